"""Every file of the real data sets is read by the command that the table names, and every row of it
is used, longer than the model takes, or refused for the reason that stands there.

The commands are written for the folder of the data sets as the working directory.
"""

import json
import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from burnish.cli import run

TABLE = Path(__file__).with_name("real_datasets.json")
SETS: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
NO_ROWS = {"ms-swift/dataset_info.json"}
"""A registry, which is read by a test of its own."""
EPOCH = re.compile(r"^  ([\d,]+) samples? -> ([\d,]+) sequences?, ", re.M)

pytestmark = [pytest.mark.shared]


def checked(words: list[str], fixed: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What `burnish check` prints and writes of a data set, in the words of the table."""
    assert run([*words, "--samples", "0", "--fix", str(fixed)]) == 0, capsys.readouterr().err
    figures = EPOCH.search(capsys.readouterr().out)
    assert figures
    kept, sequences = (int(figure.replace(",", "")) for figure in figures.groups())
    ledger = (fixed.parent / "rejected.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in ledger.splitlines()]
    bad = [row["reason"] for row in rows if row["kind"] == "rejected"]
    reasons = Counter(reason.split(": '")[0] for reason in bad)  # without what the row holds
    with fixed.open(encoding="utf-8") as file:
        assert sum(1 for _ in file) == kept
    return {
        "kept": kept,
        "sequences": sequences,
        "rejected": reasons.total(),
        "too_long": sum(row["kind"] == "dropped_long" for row in rows),
        "reasons": dict(reasons),
    }


@pytest.mark.parametrize("entry", SETS, ids=lambda entry: entry["files"][-1])
def test_every_row_is_used_or_refused_for_a_reason(
    entry: dict[str, Any],
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(shared / "data/datasets")
    program, *words = shlex.split(entry["command"])
    found = checked(words, tmp_path / "fixed.jsonl", capsys)
    assert program == "burnish" and words[0] == "check"
    assert found == {name: entry[name] for name in found}


def test_a_folder_with_the_template_of_a_model_that_sees_is_enough(
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (model / name).symlink_to(shared / "data/tokenizers/qwen2.5" / name)
    own = shared / "data/templates/qwen2.5-vl.jinja"
    (model / "chat_template.jinja").symlink_to(own)
    monkeypatch.chdir(shared / "data/datasets")
    entry = next(each for each in SETS if each["files"][0].endswith("mllm_demo.json"))
    words = shlex.split(entry["command"])[1:]
    words[words.index("--model_id_or_path") + 1] = str(model)
    words[words.index("--template_type") + 1] = "AUTO"
    found = checked(words, tmp_path / "fixed.jsonl", capsys)
    assert found == {name: entry[name] for name in found}


def test_no_file_is_left_out(shared: Path) -> None:
    folder = shared / "data/datasets"
    named = {file for entry in SETS for file in entry["files"]}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there - named == NO_ROWS and not named - there
