# ruff: noqa: E501  (a case of a table stays on one line)
import json
import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT

from burnish.config.config import Config
from burnish.config.resolve import resolve
from burnish.core.errors import DataError
from burnish.data import cache
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


# Drawn, split, cached: what a whole call makes of real files.


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of this test."""
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    cache._root.cache_clear()
    yield tmp_path / "cache" / "tokens"
    cache._root.cache_clear()


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts each batch that is tokenised has."""
    sizes: list[int] = []
    batch = Tokenizer.encode_batch

    def counted(self: Tokenizer, texts: Any) -> Any:
        sizes.append(len(texts))
        return batch(self, texts)

    monkeypatch.setattr(Tokenizer, "encode_batch", counted)
    return sizes


def entries(folder: Path) -> int:
    return sum(path.is_dir() for path in folder.iterdir())


def test_exact_counts(template: Template, tmp_path: Path) -> None:
    one = lines(tmp_path / "a.jsonl", *ROWS)
    two = lines(tmp_path / "b.jsonl", *ROWS[:3])
    done = ready(template, dataset=[f"{one}#10", f"{two}#7", two], dataset_test_ratio=0.2)
    # 10 of 20, 2 aside; 7 of 3 rows, of which 1 is aside; 3 rows, of which 1 is aside
    assert (len(done.train), len(done.validation)) == (8 + 6 + 2, 2 + 1 + 1)
    found = [(Path(e.sample.source).name, e.sample.row) for e in done.train]
    assert len(set(found[:8])) == 8
    assert sorted(Counter(found[8:14]).values()) == [3, 3]
    held = [(Path(e.sample.source).name, e.sample.row) for e in done.validation]
    assert not set(found[:8]) & set(held[:2])
    assert not set(found[8:14]) & {held[2]} and not set(found[14:]) & {held[3]}
    assert done.report.samples == 16
    assert f"  {one}: 8 samples" in done.text and f"  {two}: 8 samples" in done.text


@pytest.mark.parametrize("count", ["", "#6"])
def test_a_second_call_tokenises_nothing_and_says_the_same(
    template: Template, tmp_path: Path, own_cache: Path, batches: list[int], count: str
) -> None:
    data = lines(tmp_path / "a.jsonl", *ROWS, {"query": "q", "response": None})
    flags: dict[str, Any] = {"dataset": [f"{data}{count}"], "dataset_test_ratio": 0.2}
    first = ready(template, **flags)
    assert batches and entries(own_cache) == 1
    batches.clear()
    again = ready(template, **flags)
    assert batches == [] and entries(own_cache) == 1
    for name in ("text", "example", "key", "report"):
        assert getattr(again, name) == getattr(first, name), name
    assert again.rejects.rows == first.rejects.rows
    ready(template, **flags, max_length=99)
    assert batches and entries(own_cache) == 2


RANK = """
import json, sys
from tests.data.test_prepare import configured
from burnish.data import cache
from burnish.data.prepare import prepare
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

sizes, batch = [], Tokenizer.encode_batch

def counted(self, texts):
    sizes.append(len(texts))
    return batch(self, texts)

Tokenizer.encode_batch = counted
tokenizer = Tokenizer.load(sys.argv[1])
template = Template.own(tokenizer)
sizes.clear()
done = prepare(configured("sft", dataset=[sys.argv[2]]), tokenizer, template)
print(sizes, file=sys.stderr)
print(json.dumps([done.key, done.text, len(sizes)]))
"""


def test_ranks_at_once_tokenise_once(folder: Path, tmp_path: Path, own_cache: Path) -> None:
    data = lines(tmp_path / "a.jsonl", *ROWS * 40)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, str(folder), data],
            env={**environment, "RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": "2"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for rank in ("0", "1")
    ]  # fmt: skip
    said = [process.communicate(timeout=120) for process in processes]
    assert [p.returncode for p in processes] == [0, 0], said
    one, other = (json.loads(out) for out, _ in said)
    assert one[:2] == other[:2]
    assert sorted([one[2] > 0, other[2] > 0]) == [False, True], said
    assert entries(own_cache) == 1


def test_a_run_that_asks_for_no_validation_is_not_warned(
    template: Template, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = lines(tmp_path / "a.jsonl", *ROWS)
    with caplog.at_level(logging.WARNING, logger="burnish"):
        done = ready(template, dataset=[data], dataset_test_ratio=0)
    assert not len(done.validation) and caplog.text == ""


def test_rows_kept_aside_that_are_all_too_long_are_told(
    template: Template, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = lines(tmp_path / "a.jsonl", *ROWS, *[{"query": "q" * 99, "response": "a"}] * 20)
    with caplog.at_level(logging.WARNING, logger="burnish"):
        for seed in range(9):
            done = ready(template, dataset=[data], dataset_seed=seed, max_length=50,
                         dataset_test_ratio=0.03)  # fmt: skip
            if not len(done.validation):
                break
    assert not len(done.validation)
    assert "to validate with can be used; this run goes on without validation" in caplog.text


def test_rows_of_half_a_character(template: Template, tmp_path: Path) -> None:
    """JSON can write half of a surrogate pair; no tokenizer can read one."""
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"query": "\\ud800", "response": "a"}\n{"query": "q", "response": "a \\udfff"}\n'
        '{"messages": [{"role": "\\ud800", "content": "q"}]}\n'
        + "".join(json.dumps(row) + "\n" for row in ROWS)
    )
    for more in ({}, {"preprocess_num_proc": 2}, {"lazy_tokenize": True}):
        done = ready(template, dataset=[str(path)], dataset_test_ratio=0, **more)
        assert {entry.row for entry in done.rejects.rows} == {1, 2, 3}, done.rejects.rows
        done.write(tmp_path)
        assert len((tmp_path / "rejected.jsonl").read_text().splitlines()) == 3
