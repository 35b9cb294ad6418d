"""The commands in the guides work: every bash block, in order, in one empty folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ("quickstart", "finetune", "data", "datasets", "resume", "infer", "check")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (ROOT / "src/burnish/assets/demo/model.safetensors").is_file(),
        reason="the demo model is not there",
    ),
]


@pytest.mark.parametrize("name", GUIDES)
def test_commands_of_a_guide_work(name: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "guides" / f"{name}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", text, flags=re.S)
    assert blocks
    script = "\n".join(
        ["set -euo pipefail", f'burnish() {{ "{sys.executable}" -m burnish "$@"; }}', *blocks]
    )
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert "Traceback" not in done.stderr


def test_the_quickstart_is_the_same_in_both_languages() -> None:
    english, chinese = (
        (ROOT / "docs" / "guides" / name).read_text(encoding="utf-8")
        for name in ("quickstart.md", "quickstart.zh-CN.md")
    )
    for pattern in (r"```.*?```", r"^#+ (?=.)"):
        flags = re.S if pattern.startswith("`") else re.M
        assert re.findall(pattern, english, flags) == re.findall(pattern, chinese, flags)


def test_every_guide_is_tested() -> None:
    found = {path.stem for path in (ROOT / "docs" / "guides").glob("*.md")}
    assert {name.removesuffix(".zh-CN") for name in found} == set(GUIDES)
