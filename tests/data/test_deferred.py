"""Data that is tokenised while training."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.data.rows import write_rows

from burnish.commands.sft import COMMAND
from burnish.config.resolve import resolve
from burnish.core.errors import DataError
from burnish.data.deferred import Deferred, lazily, streamed
from burnish.data.encode import Encoder
from burnish.data.prepare import Prepared, prepare
from burnish.data.rejects import Rejects
from burnish.data.template import Template

ROWS = [{"query": f"q{k}", "response": f"a{k}"} for k in range(20)]
BAD = {"query": "q", "response": None}


def deferred(template: Template, way: Any, size: int | None = None, **flags: Any) -> Deferred:
    config = resolve(COMMAND, {"model_type": "demo", "dataset_test_ratio": 0.0, **flags})
    return way(config, Encoder(template, size), Rejects())  # type: ignore[no-any-return]


def prepared(template: Template, **flags: Any) -> Prepared:
    config = resolve(COMMAND, {"model_type": "demo", "dataset_test_ratio": 0.0, **flags})
    return prepare(config, template.tokenizer, template)


def sample(found: Deferred | Prepared, unit: int) -> tuple[str, int]:
    assert found.lazy is not None
    ((encoded,),) = found.lazy.rows(unit)
    return Path(encoded.sample.source).name, encoded.sample.row


@pytest.mark.parametrize("count", ["", "#7", "#45"])
def test_lazy_rows_are_sampled_and_split_as_stored_ones(
    template: Template, tmp_path: Path, count: str
) -> None:
    data = write_rows(tmp_path, BAD, *ROWS, BAD)
    flags = {"dataset": [f"{data}{count}"], "dataset_test_ratio": 0.2}
    lazy, stored = prepared(template, **flags, lazy_tokenize=True), prepared(template, **flags)
    assert lazy.lazy is not None
    found = [sample(lazy, unit) for unit in range(len(lazy.lazy))]
    assert found == [("t.jsonl", e.sample.row) for e in stored.train]
    held = [e.sample.row for e in lazy.validation]
    assert held == [e.sample.row for e in stored.validation]
    assert lazy.rejects.rows == stored.rejects.rows
    assert lazy.example == stored.example


def test_lazy_rows_of_several_tables(template: Template, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for k, name in enumerate(("a.jsonl", "b.jsonl")):
        write_rows(folder, *ROWS[3 * k : 3 * k + 3], name=name)
    other = write_rows(tmp_path, *ROWS[:2])
    found = deferred(template, lazily, dataset=[f"{folder}#12", str(other)])
    assert found.lazy is not None and len(found.lazy) == 14
    count = Counter(sample(found, unit) for unit in range(14))
    twice = {(name, row): 2 for name in ("a.jsonl", "b.jsonl") for row in (1, 2, 3)}
    assert count == twice | {("t.jsonl", 1): 1, ("t.jsonl", 2): 1}
    assert found.text == "14 samples, tokenised while training"


def test_the_key_is_that_of_data_and_order(template: Template, tmp_path: Path) -> None:
    data, other = write_rows(tmp_path, *ROWS), write_rows(tmp_path, *ROWS[:9], name="o.jsonl")
    for way, more in ((lazily, {}), (streamed, {"streaming": True, "max_steps": 1})):
        keys = [
            deferred(template, way, dataset=[str(data)], **more).key,
            deferred(template, way, dataset=[str(other)], **more).key,
            deferred(template, way, dataset=[str(data), str(other)], **more).key,
            deferred(template, way, dataset=[str(other), str(data)], **more).key,
            deferred(template, way, 50, dataset=[str(data)], **more).key,
        ]
        assert len(set(keys)) == 5
        held = deferred(template, way, dataset=[str(data)], val_dataset=[str(other)], **more)
        assert held.key == keys[0], "what validates does not count"
        assert deferred(template, way, dataset=[str(data)], **more).key == keys[0]


def test_a_stream_of_so_many_rows_has_another_key(template: Template, tmp_path: Path) -> None:
    data, more = write_rows(tmp_path, *ROWS), {"streaming": True, "max_steps": 1}
    keys = {
        deferred(template, streamed, dataset=[f"{data}{count}"], **more).key
        for count in ("", "#3", "#4")
    }
    assert len(keys) == 3


def test_a_stream_reads_nothing_to_train_on_beforehand(template: Template, tmp_path: Path) -> None:
    data = write_rows(tmp_path, *ROWS)
    held = write_rows(tmp_path, *ROWS[:4], name="held.jsonl")
    found = prepared(template, dataset=[f"{data}#5"], val_dataset=[str(held)],
                     streaming=True, max_steps=3)  # fmt: skip
    assert len(found.validation) == 4 and not len(found.train)
    assert [(len(s.jobs), s.count) for s in found.stream] == [(1, 5)]
    assert found.text == "streaming 1 data set"


@pytest.mark.parametrize("flags", [{"lazy_tokenize": True}, {"streaming": True, "max_steps": 1}])
def test_faults_that_are_seen_beforehand(
    template: Template, tmp_path: Path, flags: dict[str, Any]
) -> None:
    data = write_rows(tmp_path, *ROWS)
    held = write_rows(tmp_path, {"query": "q" * 99, "response": "a"}, name="held.jsonl")
    with pytest.raises(DataError, match="none of the rows to validate with can be used"):
        prepared(template, dataset=[str(data)], val_dataset=[str(held)], max_length=80, **flags)
    with pytest.raises(DataError, match="there is no such file"):
        prepared(template, dataset=[str(tmp_path / "nowhere.jsonl")], **flags)


def test_lazy_rows_that_are_all_too_long(template: Template, tmp_path: Path) -> None:
    data = write_rows(tmp_path, *ROWS)
    with pytest.raises(DataError, match="every row is longer than --max_length 5"):
        prepared(template, dataset=[str(data)], max_length=5, lazy_tokenize=True)
