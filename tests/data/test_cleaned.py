"""The cleaned copy: read again, its rows are the same samples."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from burnish.core.errors import DataError
from burnish.data.again import samples_again
from burnish.data.cells import BadRow
from burnish.data.cleaned import row_of, write_cleaned
from burnish.data.convert import survey
from burnish.data.draft import Purpose
from burnish.data.rejects import Rejects
from burnish.data.sample import Message, Sample, SampleId
from burnish.data.table import open_table

CALL = {"type": "function", "function": {"name": "f", "arguments": {"x": [1]}}, "id": "c1"}
ROWS: tuple[dict[str, Any], ...] = (
    {"query": "q", "response": "  a\n", "history": [["h", "i"]], "system": "Be brief."},
    {"query": "你好", "response": "\u2028é😀", "label": True},
    {"query": "q", "response": "a", "rejected_response": "b"},
    {"text": "plain\ntext"},
    {
        "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": "", "tool_calls": [CALL], "reasoning_content": "hm"},
            {"role": "tool", "content": "r", "tool_call_id": "c1", "name": "f"},
            {"role": "assistant", "content": "a", "loss": 0.5},
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": "b", "loss": False},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
    },
)


def write(path: Path, rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def samples(path: Path) -> list[Sample]:
    reading = survey(open_table(path))
    return list(samples_again([reading], {str(path): range(1, 99)}))


def bare(sample: Sample) -> Any:
    return {name: getattr(sample, name) for name in Sample.__slots__ if name != "id"}


def test_a_copy_gives_the_same_samples(tmp_path: Path) -> None:
    first = samples(write(tmp_path / "a.jsonl", ROWS))
    assert len(first) == len(ROWS)
    rejects = Rejects()
    rejects.add("a.jsonl", 9, "it is bad")
    copy = tmp_path / "out" / "b.jsonl"
    assert write_cleaned(copy, first, rejects) == len(ROWS)
    assert [bare(s) for s in samples(copy)] == [bare(s) for s in first]
    (ledger,) = (copy.parent / "rejected.jsonl").read_text().splitlines()
    assert json.loads(ledger)["reason"] == "it is bad"
    assert sorted(os.listdir(copy.parent)) == ["b.jsonl", "rejected.jsonl"]


def test_a_worse_answer_that_is_more_than_text(tmp_path: Path) -> None:
    turns = [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]
    call = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    answer = {"role": "assistant", "content": "a"}
    row = {"messages": [*turns, answer], "rejected_messages": [*turns, call]}

    def pairs(path: Path) -> list[Sample]:
        reading = survey(open_table(path), "pair")
        return list(samples_again([reading], {str(path): {1}}))

    (first,) = pairs(write(tmp_path / "a.jsonl", [row]))
    assert first.rejected is not None and first.rejected.tool_calls
    (again,) = pairs(write(tmp_path / "b.jsonl", [row_of(first)]))
    assert bare(again) == bare(first)


Q = {"role": "user", "content": "q"}
A, B = ({"role": "assistant", "content": text} for text in "ab")
PAIRS: tuple[dict[str, Any], ...] = (
    {"query": "q", "response": "a", "rejected_response": "b", "label": False},
    {"instruction": "q", "output": ["a", "b"], "label": True},
    {"prompt": "q", "chosen": "a", "rejected": "b"},
    {"prompt": "q", "chosen": [Q, A], "rejected": [Q, B]},
    {"chosen": "\n\nHuman: q\n\nAssistant: a", "rejected": "\n\nHuman: q\n\nAssistant: b"},
    {"chosen_messages": [Q, A], "rejected_messages": [Q, B]},
    {"input": {"messages": [Q]}, "preferred_output": [A], "non_preferred_output": [B]},
    {"messages": [Q, A], "rejected_messages": [Q, B]},
    {"messages": [Q, A], "rejected_response": "b"},
)


@pytest.mark.parametrize("purpose", ["train", "pair", "prompt"])
def test_both_answers_and_the_label_are_kept_for_every_purpose(
    tmp_path: Path, purpose: Purpose
) -> None:
    def read(path: Path) -> list[Sample]:
        return list(samples_again([survey(open_table(path), purpose)], {str(path): range(1, 99)}))

    first = read(write(tmp_path / "a.jsonl", PAIRS))
    assert [s.rejected and s.rejected.text for s in first] == ["b"] * len(PAIRS)
    assert [s.label for s in first[:3]] == [False, True, None]
    again = read(write(tmp_path / "b.jsonl", map(row_of, first)))
    assert [bare(s) for s in again] == [bare(s) for s in first]


@pytest.mark.parametrize(
    "row",
    [
        {"query": "q", "response": "a", "rejected_response": ""},
        {"prompt": "q", "chosen": "a", "rejected": ""},
        {"instruction": "q", "output": ["a", ""]},
        {"chosen_messages": [Q, A], "rejected_messages": [Q, A]},
    ],
)
def test_a_worse_answer_that_is_none_is_left_out_of_rows_to_train_and_refused_for_pairs(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    (first,) = samples(write(tmp_path / "a.jsonl", [row]))
    assert first.rejected is None
    (again,) = samples(write(tmp_path / "b.jsonl", [row_of(first)]))
    assert bare(again) == bare(first)
    reading = survey(open_table(tmp_path / "a.jsonl"), "pair")
    ((number, raw),) = reading.table.raws()
    with pytest.raises(BadRow, match=r"is empty|are the same"):
        reading.sample(number, raw)


def test_a_row_is_in_the_form_of_messages() -> None:
    turns = (Message.of("user", "q"), Message.of("assistant", "a", weight=0))
    assert row_of(Sample(SampleId("a", 1), turns, system="")) == {
        "messages": [
            {"role": "system", "content": ""},
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": "a", "loss": 0},
        ]
    }


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Any:
        yield Sample(SampleId("a", 1), (), text="x")
        raise DataError("stop")

    with pytest.raises(DataError):
        write_cleaned(tmp_path / "b.jsonl", broken(), Rejects())
    assert os.listdir(tmp_path) == []
