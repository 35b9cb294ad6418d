# ruff: noqa: E501  (a case of a table stays on one line)
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from burnish.config.config import Config
from burnish.config.resolve import resolve
from burnish.core.errors import DataError
from burnish.data.prepare import Prepared, prepare
from burnish.data.sample import Encoded
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer


def configured(command: str, **flags: Any) -> Config:
    import importlib

    module = importlib.import_module(f"burnish.commands.{command}")
    return resolve(module.COMMAND, {"model_type": "demo", **flags})


def lines(path: Path, *rows: Any) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def ready(template: Template, command: str = "sft", **flags: Any) -> Prepared:
    return prepare(configured(command, **flags), template.tokenizer, template)


def rows_of(sequences: Sequence[Encoded]) -> list[int]:
    return [encoded.sample.row for encoded in sequences]


ROWS = [{"query": f"q{k}", "response": f"a{k}"} for k in range(20)]


def test_from_flags_to_sequences(template: Template, tmp_path: Path) -> None:
    data = lines(tmp_path / "a.jsonl", *ROWS, {"query": "q", "response": None})
    done = ready(template, dataset=[data], dataset_test_ratio=0.1)
    assert (len(done.train), len(done.validation)) == (18, 2)
    assert "18 samples -> 18 sequences" in done.text
    assert f"1 x response is null, not text (first: {data}:21)" in done.text
    assert done.example.startswith(f"[SAMPLE] {data}:")
    done.write(tmp_path)
    assert json.loads((tmp_path / "rejected.jsonl").read_text())["row"] == 21


def test_several_sets_and_separate_validation(template: Template, tmp_path: Path) -> None:
    one = lines(tmp_path / "a.jsonl", *ROWS)
    two = lines(tmp_path / "b.jsonl", *ROWS[:3])
    done = ready(template, dataset=[f"{one}#5", f"{two}#7"], val_dataset=[two])
    assert (len(done.train), len(done.validation)) == (12, 3)


def test_the_same_seed_gives_the_same_rows(template: Template, tmp_path: Path) -> None:
    data = lines(tmp_path / "a.jsonl", *ROWS)
    first = ready(template, dataset=[f"{data}#6"], dataset_seed=1)
    same = ready(template, dataset=[f"{data}#6"], dataset_seed=1)
    other = ready(template, dataset=[f"{data}#6"], dataset_seed=2)
    assert rows_of(first.train) == rows_of(same.train) and first.key == same.key
    assert rows_of(first.validation) == rows_of(same.validation)
    assert rows_of(first.train) != rows_of(other.train) and first.key != other.key


def test_plain_text_for_pt(template: Template, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one two\nthree four five six seven\n")
    done = ready(
        template, "pt", dataset=[str(tmp_path / "a.txt")], max_length=16, dataset_test_ratio=0
    )
    assert [len(e) for e in done.train] == [8, 16, 10]
    assert "2 texts cut into 3 blocks; nothing of them is lost" in done.text


@pytest.mark.parametrize(
    ("command", "row", "says"),
    [
        ("pt", ROWS[0], "through a chat template"),
        ("sft", {"text": "plain"}, "as plain text, without a chat template"),
    ],
)
def test_the_other_form_of_data_is_pointed_out(
    template: Template, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    command: str, row: dict[str, str], says: str,
) -> None:  # fmt: skip
    data = lines(tmp_path / "a.jsonl", row, row)
    with caplog.at_level(logging.WARNING, logger="burnish"):
        ready(template, command, dataset=[data], dataset_test_ratio=0)
    assert says in caplog.text


BAD = {
    "all rows bad": ([{"query": "q", "response": ""}], {}, "none of its rows can be used"),
    "too many bad": ([ROWS[0], {"query": "q", "response": ""}], {"max_bad_rows": 0}, "max_bad_rows"),
    "all too long": (ROWS, {"max_length": 4}, "nothing is left to train on"),
    "all masked": (
        [{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": 0}]}] * 2,
        {},
        "every answer has weight 0",
    ),
    "wrong columns": ([{"mesages": []}], {}, "mesages -> messages"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_faults_end_before_any_weight_is_read(
    template: Template, tmp_path: Path, case: str
) -> None:
    rows, flags, says = BAD[case]
    data = lines(tmp_path / "a.jsonl", *rows)
    with pytest.raises(DataError, match=says):
        ready(template, dataset=[data], **flags)


def test_validation_rows_that_are_all_too_long(
    template: Template, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train = lines(tmp_path / "a.jsonl", *ROWS)
    held = lines(tmp_path / "b.jsonl", {"query": "q" * 99, "response": "a"})
    with pytest.raises(DataError, match="to validate with can be used"):
        ready(template, dataset=[train], val_dataset=[held], max_length=50)


def test_a_missing_file(template: Template) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        ready(template, dataset=["nowhere.jsonl"])


@pytest.mark.shared
def test_a_real_set_for_a_real_tokenizer(shared: Path) -> None:
    tokenizer = Tokenizer.load(shared / "data/tokenizers/smollm2")
    data = shared / "data/datasets/llamafactory/alpaca_en_demo.json"
    done = ready(Template.resolve("AUTO", tokenizer), dataset=[f"{data}#50"])
    report = done.report
    assert report.answers == report.stops == len(done.train) == 49
