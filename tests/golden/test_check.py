"""The report of `burnish check`, byte for byte, in its three forms.

After a change that is meant, look at the new files and keep them:
`python -m tests.golden.test_check` writes them.
"""

import contextlib
import io
import os
import re
import tempfile
from pathlib import Path

import pytest

from burnish.cli import run

HERE = Path(__file__).parent / "check"
PACKAGE = str(Path(__file__).parents[2] / "src" / "burnish")
FORMS = ("terminal.txt", "colours.txt", "page.html")


def reports(folder: Path) -> dict[str, str]:
    """The three forms of the report on rows.jsonl; `folder` takes the page."""
    made = {}
    for name, color in (("terminal.txt", "false"), ("colours.txt", "true")):
        out = io.StringIO()
        words = ["check", "--model_type", "demo", "--dataset", "rows.jsonl", "--samples", "9"]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            page = str(folder / "page.html")
            assert run([*words, "--color", color, "--html", page]) == 0
        made[name] = out.getvalue()
    made["page.html"] = (folder / "page.html").read_text(encoding="utf-8")
    return {name: text.replace(PACKAGE, "PACKAGE") for name, text in made.items()}


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.chdir(HERE)
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "100")
    return reports(tmp_path)


def test_the_report_is_the_one_that_was_looked_at(found: dict[str, str]) -> None:
    for name in FORMS:
        assert found[name] == (HERE / name).read_text(encoding="utf-8"), name


def test_colours_and_page_say_what_the_plain_report_says(found: dict[str, str]) -> None:
    assert re.sub(r"\x1b\[[0-9;]*m", "", found["colours.txt"]) == found["terminal.txt"]
    for title in re.findall(r"^(rows.jsonl:\d+)", found["terminal.txt"], re.M):
        assert f"<h3>{title}</h3>" in found["page.html"]


def write() -> None:
    """Write the files anew."""
    os.chdir(HERE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"BURNISH_CACHE": f"{folder}/cache", "COLUMNS": "100"}
        for name, text in reports(Path(folder)).items():
            (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
