"""README.md is the map: a line for every file of the package; the two languages keep step."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "burnish"
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def mapped(text: str) -> dict[str, str]:
    """Path: purpose, for every line of the block that begins with src/burnish/."""
    block = text.split("```text\nsrc/burnish/\n", 1)[1].split("```", 1)[0]
    found: dict[str, str] = {}
    folders: list[str] = []
    for line in filter(None, block.splitlines()):
        name, _, purpose = line.strip().partition(" ")
        folders = folders[: (len(line) - len(line.lstrip())) // 2]
        if name.endswith("/"):
            folders.append(name)
        else:
            found["".join([*folders, name])] = purpose.strip()
    return found


def test_the_map_equals_the_tree() -> None:
    files = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if path.name != "__init__.py" or path.stat().st_size
    }
    assert set(mapped(ENGLISH)) == files, "run make docs"


def test_every_line_of_the_map_says_something() -> None:
    assert not [name for name, purpose in mapped(ENGLISH).items() if not purpose]


def test_the_map_says_what_the_files_say() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "make_map.py", "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_both_languages_have_the_same_headings_and_blocks() -> None:
    def headings(text: str) -> list[int]:
        outside = re.sub(r"```.*?```", "", text, flags=re.S)
        return [len(found) for found in re.findall(r"^(#+) ", outside, flags=re.M)]

    def blocks(text: str) -> list[str]:
        return re.findall(r"```.*?```", text, flags=re.S)

    assert headings(ENGLISH) == headings(CHINESE)
    assert blocks(ENGLISH) == blocks(CHINESE)


def test_links_lead_somewhere() -> None:
    for text in (ENGLISH, CHINESE):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (ROOT / target).exists(), target
