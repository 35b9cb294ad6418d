# ruff: noqa: E501  (a case of a table stays on one line)
"""Rows that are tokenised already, from the file to the ids."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from tests.data.rows import samples, table

from burnish.commands.check import COMMAND
from burnish.config.resolve import resolve
from burnish.core.errors import DataError
from burnish.data.anatomy import cells_of, dissect
from burnish.data.cleaned import row_of
from burnish.data.convert import survey
from burnish.data.encode import TOKENISED, Encoder
from burnish.data.examine import examine
from burnish.data.mapping import Mapping
from burnish.data.sample import IGNORE, Sample, Tokenised
from burnish.data.table import open_table
from burnish.data.template import Template

N = IGNORE
ROW = {"input_ids": [5, 6, 7, 258], "labels": [N, N, 7, 258]}


def of(found: Sample | str) -> Tokenised:
    assert isinstance(found, Sample), found
    assert found.tokenised is not None and not found.messages
    return found.tokenised


GOOD: dict[str, tuple[dict[str, Any], Tokenised]] = {
    "plain": (ROW, Tokenised((5, 6, 7, 258), (0, 0, 1, 1))),
    "trained whole": ({"input_ids": [5, 6], "labels": [5, 6]}, Tokenised((5, 6), (1, 1))),
    "padded": ({"input_ids": [5, 6, 0, 0], "labels": [N, 6, N, N], "attention_mask": [1, 1, 0, 0], "loss_weights": [1, 0.5, 1, 1]}, Tokenised((5, 6), (0, 0.5))),
    "weights": ({**ROW, "loss_weights": [3, 3, 2, 0]}, Tokenised((5, 6, 7, 258), (0, 0, 2, 0))),
    "beside text": ({**ROW, "text": "T", "query": "Q", "response": "A"}, Tokenised((5, 6, 7, 258), (0, 0, 1, 1))),
    "a csv's cells": ({"input_ids": "[5, 6]", "labels": "[-100, 6]"}, Tokenised((5, 6), (0, 1))),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_ids_and_weights(name: str, tmp_path: Path) -> None:
    row, wanted = GOOD[name]
    (found,) = samples(tmp_path, row)
    assert of(found) == wanted


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "lengths": ({"labels": [5]}, "labels and input_ids are of different lengths: 1 and 4"),
    "another id": ({"labels": [N, N, 9, 258]}, "labels differs from input_ids at position 2: 9, not 7 (a label is the id of its own position, or -100)"),
    "shifted": ({"labels": [N, 7, 258, N]}, "labels differs from input_ids at position 1: 7, not 6 (a label is the id of its own position, or -100; these are shifted by one)"),
    "no number": ({"input_ids": [5, 6, "7", 258]}, "input_ids holds text at position 2, not a whole number"),
    "a batch": ({"input_ids": [[5, 6, 7, 258]]}, "input_ids holds a list at position 0, not a whole number"),
    "a fraction": ({"labels": [N, N, 7.5, 258]}, "labels holds 7.5 at position 2, not a whole number"),
    "nothing": ({"input_ids": []}, "input_ids is empty"),
    "text": ({"input_ids": "five"}, "input_ids is text that is neither JSON nor a Python literal"),
    "mask's length": ({"attention_mask": [1]}, "attention_mask and input_ids are of different lengths: 1 and 4"),
    "mask's values": ({"attention_mask": [1, 1, 1, 2]}, "attention_mask holds 2: it may hold 0 and 1"),
    "padding on the left": ({"attention_mask": [0, 1, 1, 1]}, "attention_mask is 0 at position 0 and 1 again at 1: only padding on the right may be hidden"),
    "all hidden": ({"attention_mask": [0] * 4, "labels": [N] * 4}, "attention_mask hides every position"),
    "trained padding": ({"attention_mask": [1, 1, 1, 0]}, "labels trains position 3, which attention_mask hides: use -100"),
    "weights' length": ({"loss_weights": [1.0]}, "loss_weights and input_ids are of different lengths: 1 and 4"),
    "a negative weight": ({"loss_weights": [1, 1, -1, 1]}, "loss_weights holds -1 at position 2, not a number of 0 or more"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_with_its_place(name: str, tmp_path: Path) -> None:
    change, reason = BAD[name]
    assert samples(tmp_path, {**ROW, **change}, ROW)[0] == reason


def test_reasons_are_distinct() -> None:
    assert len({reason for _, reason in BAD.values()}) == len(BAD)


def test_parquet_and_renamed_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([ROW]), path)
    reading = survey(open_table(path))
    ((number, raw),) = reading.table.raws()
    assert of(reading.sample(number, raw)).ids == (5, 6, 7, 258)
    renamed = {"tokens": ROW["input_ids"], "targets": ROW["labels"]}
    mapping = Mapping({"tokens": "input_ids", "targets": "labels"})
    assert of(samples(tmp_path, renamed, mapping=mapping)[0]).ids == (5, 6, 7, 258)


def test_they_ask_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="fit no known format") as error:
        survey(table(tmp_path, ROW), "prompt")
    assert "(tokenised)" not in str(error.value)
    both = {**ROW, "query": "Q", "response": "A"}
    (found,) = samples(tmp_path, both, purpose="prompt")
    assert isinstance(found, Sample) and found.tokenised is None and found.messages[0].text == "Q"


def test_they_are_trained_as_they_stand(tmp_path: Path, template: Template) -> None:
    rows = samples(tmp_path, ROW, {**ROW, "loss_weights": [1, 1, 2.0, 1]})
    outcomes = list(Encoder(template).outcomes([row for row in rows if isinstance(row, Sample)]))
    plain, heavy = (encoded for outcome in outcomes for encoded in outcome.encoded())
    assert (plain.input_ids, plain.labels) == ([5, 6, 7, 258], [N, 7, 258, N])
    assert plain.weights is None
    assert heavy.weights is not None and list(heavy.weights)[1:3] == [2.0, 1.0]
    assert [outcome.tokens[0].answers for outcome in outcomes] == [1, 1]
    assert outcomes[0].notes == {TOKENISED: 1}
    (refused,) = Encoder(template, max_length=3).outcomes([rows[0]])  # type: ignore[list-item]
    assert refused.is_refused and not refused.notes


@pytest.mark.parametrize("wrong", [259, -1])
def test_ids_of_another_vocabulary_are_refused(
    wrong: int, tmp_path: Path, template: Template
) -> None:
    (row,) = samples(tmp_path, {"input_ids": [5, wrong, 6], "labels": [N, N, 6]})
    assert isinstance(row, Sample)
    (outcome,) = Encoder(template).outcomes([row])
    reason = f"input_ids holds {wrong} at position 1: the tokenizer has ids from 0 to 258"
    assert outcome.refusals == [("rejected", reason)] and not outcome.tokens


def test_max_length_is_that_of_conversations(tmp_path: Path, template: Template) -> None:
    (row,) = samples(tmp_path, ROW)
    assert isinstance(row, Sample)
    (dropped,) = Encoder(template, 3).outcomes([row])
    assert dropped.refusals == [("dropped_long", "too long: 4 tokens, --max_length 3")]
    (cut,) = Encoder(template, 3, "truncation_left").outcomes([row])
    assert cut.tokens[0].ids == [6, 7, 258] and cut.tokens[0].spans == [(1, 3, 1.0)]
    (untrained,) = Encoder(template).outcomes(
        [replace(row, tokenised=Tokenised((5, 6), (1.0, 0.0)))]
    )
    assert untrained.refusals == [("rejected", "no token of it carries loss")]


def test_check_shows_them_and_the_cleaned_copy_holds_them(
    tmp_path: Path, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    rows = [ROW, {**ROW, "loss_weights": [1, 1, 0.5, 1]}, {**ROW, "input_ids": [5, 6, 7, 999]}]
    Path("t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = resolve(COMMAND, {"model_type": "demo", "dataset": ["t.jsonl"], "fix": "f.jsonl"})
    audit = examine(config, template, "demo")
    assert [cell.kind for cell in audit.shown[0].cells] == [*["tokenised"] * 3, "template"]
    assert [cell.weight for cell in audit.shown[0].cells] == [0, 0, 1, 1]
    assert audit.notes == {TOKENISED: 2} and audit.lost == 1
    kept = [json.loads(line) for line in Path("f.jsonl").read_text().splitlines()]
    assert kept == [ROW, {**ROW, "loss_weights": [0, 0, 0.5, 1]}]
    again = [of(found) for found in samples(tmp_path, *kept)]
    assert again == [of(found) for found in samples(tmp_path, *rows[:2])]


def test_a_row_and_its_anatomy(tmp_path: Path, template: Template) -> None:
    (row,) = samples(tmp_path, {**ROW, "loss_weights": [1, 1, 0.5, 1]})
    assert isinstance(row, Sample)
    (one,) = dissect(template, row, Encoder(template).encode([row]))
    assert [cell.weight for cell in cells_of(template, one)] == [0, 0, 0.5, 1]
    assert row_of(row)["loss_weights"] == [0, 0, 0.5, 1]
