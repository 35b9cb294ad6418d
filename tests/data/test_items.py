"""Items opened and divided."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.data.rows import write_rows

from burnish.commands.sft import COMMAND
from burnish.config.config import Config
from burnish.config.resolve import resolve
from burnish.core.errors import DataError
from burnish.data.items import by_table, note, read_samples, sources
from burnish.data.rejects import Reject, Rejects

ROWS = [{"query": f"q{k}", "response": f"a{k}"} for k in range(20)]


def config(**flags: Any) -> Config:
    return resolve(COMMAND, {"model_type": "demo", **flags})


def test_every_item_is_opened_in_order(tmp_path: Path) -> None:
    one = write_rows(tmp_path, *ROWS, name="one.jsonl")
    folder = tmp_path / "folder"
    for name in ("a.jsonl", "b.jsonl"):
        write_rows(folder, *ROWS[:3], name=name)
    found = sources(config(dataset=[f"{one}#5", str(folder)], val_dataset=[str(one)]))
    assert [s.item.flag for s in found] == ["--dataset", "--dataset", "--val_dataset"]
    assert [len(s.readings) for s in found] == [1, 2, 1]
    assert [s.item.count for s in found] == [5, None, None]
    divided = [[len(part) for part in s.divide(20)] for s in found]
    assert divided == [[5, 0], [20, 0], [0, 20]]


def test_alpaca_of_the_recipes_is_divided_by_position(tmp_path: Path) -> None:
    rows = [{"instruction": f"i{k}", "output": f"o{k}"} for k in range(40)]
    write_rows(tmp_path, *rows)
    info = {"al": {"dataset_path": str(tmp_path / "t.jsonl"), "code": "alpaca_dataset"}}
    given = {"dataset": ["al"], "custom_dataset_info": json.dumps(info)}
    found = read_samples(config(**given), Rejects())
    assert [sample.text for sample in found.validation] == ["o0", "o1"]
    assert [sample.text for sample in found.train] == [f"o{k}" for k in range(2, 40)]
    found = read_samples(config(**given, dataset_test_ratio=0), Rejects())
    assert (len(found.train), len(found.validation)) == (40, 0)


def test_the_same_rows_to_train_and_to_validate_with(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = str(write_rows(tmp_path, *ROWS, name="one.jsonl"))
    copy = str(write_rows(tmp_path, *ROWS, name="copy.jsonl"))
    other = str(write_rows(tmp_path, *ROWS[::-1], name="other.jsonl"))
    for path, is_said in ((one, True), (copy, True), (other, False)):
        caplog.clear()
        sources(config(dataset=[f"{one}#5"], val_dataset=[path]))
        assert caplog.text.count("are the same rows") == is_said


def test_no_item_at_all() -> None:
    with pytest.raises(DataError, match="no data: give --dataset"):
        sources(config(dataset=["x.jsonl"]).replace(dataset=[]))


def test_samples_in_memory(tmp_path: Path) -> None:
    data = write_rows(tmp_path, *ROWS, {"query": "q", "response": None})
    rejects = Rejects()
    found = read_samples(config(dataset=[str(data)], dataset_test_ratio=0.2), rejects)
    assert (len(found.train), len(found.validation)) == (16, 4)
    rows = {sample.id.row for sample in found.train + found.validation}
    assert rows == set(range(1, 21)) and rejects.count("rejected") == 1


def test_places_by_table() -> None:
    found = by_table(np.array([5, 0, 3, 3, 4]), [3, 0, 2, 1])
    assert [places.tolist() for places in found] == [[0], [], [0, 0, 1], [0]]


BAD = Reject("t.jsonl", 3, "rejected", "response is null")
LONG = Reject("t.jsonl", 4, "dropped_long", "too long")


def test_what_is_refused_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    for strategy, said in (("none", 0), ("discard", 0), ("warning", 1)):
        rejects = Rejects()
        with caplog.at_level(logging.WARNING, logger="burnish"):
            note([BAD, LONG], rejects, strategy)
            note([BAD, LONG], rejects, strategy)
        assert rejects.rows == [BAD, LONG]
        assert caplog.text.count("t.jsonl:3: response is null") == said
    with pytest.raises(DataError, match=r"^t.jsonl:3: response is null\.$"):
        note([LONG, BAD], Rejects(), "error")
