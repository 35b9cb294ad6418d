"""Every file of the real data sets loads with the command that the table names, and every row of it
is kept or refused for the reason that stands there.

The commands are written for the folder of the data sets as the working directory.
"""

import dataclasses
import json
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from burnish.commands import sft
from burnish.config.resolve import resolve
from burnish.data.cells import BadRow
from burnish.data.items import sources

TABLE = Path(__file__).with_name("real_datasets.json")
SETS: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
NO_ROWS = {"ms-swift/dataset_info.json"}
"""A registry, which is read by a test of its own."""

pytestmark = [pytest.mark.shared]


def flags(command: str) -> dict[str, Any]:
    """The flags of a command that concern data, with --val_dataset as --dataset."""
    given: dict[str, list[str]] = {}
    for word in shlex.split(command)[2:]:
        if word.startswith("--"):
            given[word[2:]] = []
        else:
            given[[*given][-1]].append(word)
    given["dataset"] = given.pop("val_dataset", []) or given["dataset"]
    given.pop("rlhf_type", None)
    return {k: v[0] if k == "custom_dataset_info" else v for k, v in given.items()}


@pytest.mark.parametrize("entry", SETS, ids=lambda entry: entry["files"][-1])
def test_every_row_is_kept_or_refused_for_a_reason(
    entry: dict[str, Any], shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shared / "data/datasets")
    config = resolve(sft.COMMAND, {"model_type": "demo", **flags(entry["command"])})
    kept, reasons = 0, Counter[str]()
    for source in sources(config, entry["purpose"]):
        for reading in source.readings:
            reading = dataclasses.replace(reading, shows_media=entry.get("media", False))
            for number, raw in reading.table.raws():
                try:
                    reading.sample(number, raw)
                    kept += 1
                except BadRow as error:
                    reasons[str(error)] += 1
    assert (kept, dict(reasons)) == (entry["kept"], entry["reasons"])
    assert reasons.total() == entry["rejected"]


def test_no_file_is_left_out(shared: Path) -> None:
    folder = shared / "data/datasets"
    named = {file for entry in SETS for file in entry["files"]}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there - named == NO_ROWS and not named - there
