"""Raw rows on disk, and samples that are tokenised when they are asked for."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.data.rows import table

from burnish.core.errors import DataError
from burnish.data.convert import survey
from burnish.data.encode import Encoder
from burnish.data.lazy import Lazy, RawRows, RawWriter
from burnish.data.pipeline import Job
from burnish.data.rejects import Reject, Rejects
from burnish.data.template import Template

RAW: list[Any] = [(1, b'{"query": "a"}'), (3, {"query": "\u2028 \ud800"}), (4, b"")]


def written(folder: Path, rows: Sequence[Any] = RAW, refused: Sequence[Reject] = ()) -> RawRows:
    folder.mkdir(exist_ok=True)
    writer = RawWriter(folder)
    for raw in rows:
        writer.add(raw)
    writer.close(refused)
    return RawRows(folder, "new.jsonl")


def test_raw_rows_come_back_in_any_order(tmp_path: Path) -> None:
    bad = Reject("old.jsonl", 2, "rejected", "role is \ud800")
    rows = written(tmp_path, refused=[bad])
    assert len(rows) == 3
    assert [rows[k] for k in (2, 0, 1, 0)] == [RAW[k] for k in (2, 0, 1, 0)]
    assert rows.refused == [Reject("new.jsonl", 2, "rejected", "role is \ud800")]


def test_no_rows(tmp_path: Path) -> None:
    assert len(written(tmp_path, [])) == 0


DATA = [
    {"query": "q", "response": "one"},
    {"query": "q" * 99, "response": "too long"},
    {"query": "q", "response": "three, longer"},
]


def lazy(folder: Path, template: Template, chosen: Sequence[int], **more: Any) -> Lazy:
    job = Job(survey(table(folder, *DATA), "train"), Encoder(template, 80))
    raws = written(folder / "raws", list(job.reading.table.raws()))
    return Lazy([job], [raws], np.array([(0, k) for k in chosen]), Rejects(), **more)


def test_samples_are_encoded_when_asked_for(template: Template, tmp_path: Path) -> None:
    made = lazy(tmp_path, template, [2, 0, 2])
    assert len(made) == 3
    ((first,),), ((second,),) = made.rows(0), made.rows(1)
    assert (first.sample.row, second.sample.row) == (3, 1)
    assert template.tokenizer.decode(first.input_ids).count("three, longer") == 1
    assert made.longest_first() == [0, 2, 1]


def test_what_is_left_out_is_told_once(
    template: Template, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = lazy(tmp_path, template, [1, 1])
    with caplog.at_level(logging.WARNING, logger="burnish"):
        assert made.rows(0) == made.rows(1) == []
    assert caplog.text.count("t.jsonl:2 is left out: too long: ") == 1
    (entry,) = made.rejects.rows
    assert (entry.file, entry.row, entry.kind) == ("t.jsonl", 2, "dropped_long")


def test_the_strategy_of_bad_rows_holds(
    template: Template, tmp_path: Path, talk: Callable[..., Any]
) -> None:
    made = lazy(tmp_path, template, [0], strategy="error")
    made.jobs[0].reading.table.path.unlink()  # the rows lie in the folder of raw rows
    assert len(made.rows(0)) == 1
    view = Job(made.jobs[0].reading, Encoder(template, view="pair"))
    pairs = Lazy([view], made.raws, made.chosen, Rejects(), "error")
    with pytest.raises(DataError, match=r"t.jsonl:1: it has no worse answer"):
        pairs.rows(0)
