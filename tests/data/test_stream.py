"""A stream's samples: each once a pass, shuffled in blocks, found again from a state."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.data.rows import table

from burnish.core.errors import DataError
from burnish.data import stream
from burnish.data.convert import survey
from burnish.data.encode import Encoder
from burnish.data.loader import Deal
from burnish.data.pipeline import Job
from burnish.data.rejects import Rejects
from burnish.data.stream import Set, StreamLoader
from burnish.data.template import Template


def job(folder: Path, template: Template, name: str, *rows: Any) -> Job:
    reading = survey(table(folder, *rows, name=name), "train")
    return Job(reading, Encoder(template, 100))


def rows(count: int) -> list[dict[str, str]]:
    return [{"query": f"q{k}", "response": "a" * (1 + k % 7)} for k in range(count)]


@pytest.fixture
def sets(tmp_path: Path, template: Template) -> tuple[Set, ...]:
    """Two tables of one set, and a set of another length with a bad and a long row."""
    long = {"query": "x" * 200, "response": "a"}
    return (
        Set(
            (
                job(tmp_path, template, "a.jsonl", *rows(5)),
                job(tmp_path, template, "b.jsonl", *rows(4)),
            )
        ),
        Set(
            (job(tmp_path, template, "c.jsonl", {"query": "q", "response": None}, *rows(3), long),)
        ),
    )


USABLE = 12


def loader(sets: Sequence[Set], total: int = 4, seed: int = 1, **more: Any) -> StreamLoader:
    deal = Deal(1, total, more.pop("world", 1), more.pop("rank", 0))
    return StreamLoader(sets, deal, seed, 256, Rejects(), total_steps=50, **more)


def walked(made: StreamLoader, first: int, last: int) -> list[list[str]]:
    return [[str(i) for i in made.ids(step)] for step in range(first, last + 1)]


@pytest.fixture(params=[1, 3, 7, 1024])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(stream, "BLOCK", request.param)
    return int(request.param)


def test_each_row_once_a_pass(sets: tuple[Set, ...], block: int) -> None:
    steps = walked(loader(sets), 1, 9)  # three passes
    assert [len(step) for step in steps] == [4] * 9
    for k in range(0, 9, 3):
        seen = Counter(sample for step in steps[k : k + 3] for sample in step)
        assert len(seen) == USABLE and set(seen.values()) == {1}


def test_it_goes_on_from_any_state(sets: tuple[Set, ...], block: int) -> None:
    """With other numbers in a step than rows in a block, over two passes and more."""
    whole = loader(sets, 5)
    expected, states = [], []
    for step in range(1, 8):
        expected += walked(whole, step, step)
        states.append(json.loads(json.dumps(whole.state())))
    for done, state in enumerate(states, 1):
        again = loader(sets, 5)
        again.go_on(state, done)
        assert walked(again, done + 1, 7) == expected[done:], f"behind step {done}"


def test_a_step_may_be_asked_for_twice(sets: tuple[Set, ...]) -> None:
    made = loader(sets)
    assert made.ids(1) == made.ids(1)
    (batch, *_), before = made.take(1), made.state()
    assert len(batch.ids) == 1 and made.state() == before


def test_ranks_share_a_step(sets: tuple[Set, ...]) -> None:
    ranks = [loader(sets, 2, world=2, rank=rank) for rank in range(2)]
    for step in (1, 2, 3):
        whole = ranks[0].ids(step)
        assert ranks[1].ids(step) == whole and len(whole) == 4
        dealt = [i for rank in ranks for batch in rank.take(step) for i in batch.ids]
        assert sorted(dealt) == sorted(whole)


def test_the_seed_shuffles_blocks_and_passes_differ(sets: tuple[Set, ...]) -> None:
    def order(seed: int) -> list[list[str]]:
        return walked(loader(sets, 1, seed), 1, 2 * USABLE)

    assert order(1) == order(1) != order(2)
    assert order(1)[:USABLE] != order(1)[USABLE:]


def test_sets_are_read_in_turn(sets: tuple[Set, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BLOCK", 1)
    found = [step[0] for step in walked(loader(sets, 1), 1, USABLE)]
    assert found[:6] == [
        "a.jsonl:1",
        "a.jsonl:2",
        "c.jsonl:2",
        "a.jsonl:3",
        "c.jsonl:3",
        "a.jsonl:4",
    ]
    assert found[-4:] == ["b.jsonl:1", "b.jsonl:2", "b.jsonl:3", "b.jsonl:4"]


def test_at_most_so_many_rows_of_a_set(sets: tuple[Set, ...], block: int) -> None:
    """Also when they end with a table, or in the next."""
    for count in (2, 5, 7):
        made = loader([Set(sets[0].jobs, count)], count)
        for _ in range(2):
            seen = walked(made, 1, 2)
        assert [len(set(step)) for step in seen] == [count, count]
        expected = [f"a.jsonl:{k}" for k in range(1, 6)] + ["b.jsonl:1", "b.jsonl:2"]
        assert sorted(seen[0]) == sorted(seen[1]) == expected[:count]


def test_what_is_left_out_is_in_the_ledger_once(sets: tuple[Set, ...], block: int) -> None:
    made = loader(sets)
    walked(made, 1, 9)
    assert {(e.file, e.row, e.kind) for e in made.rejects.rows} == {
        ("c.jsonl", 1, "rejected"), ("c.jsonl", 5, "dropped_long")
    }  # fmt: skip
    assert len(made.rejects.rows) == 2


def test_the_strategy_of_bad_rows_holds(sets: tuple[Set, ...]) -> None:
    with pytest.raises(DataError, match=r"c.jsonl:1: response is null"):
        loader(sets, strategy="error").ids(1)


@pytest.mark.parametrize("size", [1, 2, 1024])
def test_a_pass_without_a_usable_row(
    tmp_path: Path, template: Template, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(stream, "BLOCK", size)
    long = [{"query": "x" * 200, "response": "a"}] * 5
    made = loader([Set((job(tmp_path, template, "t.jsonl", *long),))])
    with pytest.raises(DataError, match="a whole pass over the data holds no row to train on"):
        made.ids(1)


def test_one_usable_row_fills_every_step(
    tmp_path: Path, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind blocks that hold none."""
    monkeypatch.setattr(stream, "BLOCK", 2)
    data = [*[{"query": "x" * 200, "response": "a"}] * 7, {"query": "q", "response": "a"}]
    made = loader([Set((job(tmp_path, template, "t.jsonl", *data),))])
    assert walked(made, 1, 2) == [["t.jsonl:8"] * 4] * 2
