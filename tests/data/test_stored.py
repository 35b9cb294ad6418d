"""Items as stored sequences: sampled exactly, tokenised once, found again."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.data.rows import write_rows

from burnish.commands.sft import COMMAND
from burnish.config.config import Config
from burnish.config.resolve import resolve
from burnish.core.errors import DataError
from burnish.data import cache
from burnish.data.encode import Encoder
from burnish.data.items import sources
from burnish.data.rejects import Rejects
from burnish.data.store import Sequences
from burnish.data.stored import encoded_item, joined
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

ROWS = [{"query": f"q{k}", "response": f"a{k}"} for k in range(20)]


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cache of this test."""
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    cache._root.cache_clear()
    yield
    cache._root.cache_clear()


@pytest.fixture
def tokenised(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that is tokenised in a batch."""
    texts: list[str] = []
    batch = Tokenizer.encode_batch

    def counted(self: Tokenizer, given: Any) -> Any:
        texts.extend(given)
        return batch(self, given)

    monkeypatch.setattr(Tokenizer, "encode_batch", counted)
    return texts


def config(*dataset: str, **flags: Any) -> Config:
    given = {"model_type": "demo", "dataset_test_ratio": 0.0, **flags}
    return resolve(COMMAND, {**given, "dataset": list(dataset)})


def encoded(
    flags: Config, template: Template, rejects: Rejects | None = None
) -> tuple[Sequences, Sequences]:
    encoder = Encoder(template, 100)
    ledger = Rejects() if rejects is None else rejects
    parts = [encoded_item(flags, source, encoder, ledger) for source in sources(flags)]
    return joined([train for train, _ in parts]), joined([held for _, held in parts])


def rows_of(sequences: Sequences) -> list[tuple[str, int]]:
    return [(Path(e.sample.source).name, e.sample.row) for e in sequences]


def test_more_rows_than_there_are(template: Template, tmp_path: Path) -> None:
    data = write_rows(tmp_path, *ROWS[:3])
    train, held = encoded(config(f"{data}#7"), template)
    assert sorted(Counter(rows_of(train)).values()) == [2, 2, 3] and not len(held)


def test_only_the_drawn_rows_are_tokenised(
    template: Template, tmp_path: Path, tokenised: list[str]
) -> None:
    data = write_rows(tmp_path, *ROWS)
    train, _ = encoded(config(f"{data}#2"), template)
    said = "".join(tokenised)
    drawn = {row - 1 for _, row in rows_of(train)}
    assert len(drawn) == 2
    assert {k for k in range(20) if f"a{k}<" in said} == drawn
    for sequence in train:
        text = template.tokenizer.decode(sequence.input_ids)
        assert f"q{sequence.sample.row - 1}<" in text, "the row that it says it is"


def test_drawn_rows_are_usable_ones(template: Template, tmp_path: Path) -> None:
    """Bad rows are told and never drawn, wherever they stand."""
    bad = {"query": "q", "response": None}
    data = write_rows(tmp_path, bad, *ROWS[:3], bad, ROWS[3], bad)
    rejects = Rejects()
    train, _ = encoded(config(f"{data}#4"), template, rejects)
    assert sorted(rows_of(train)) == [("t.jsonl", row) for row in (2, 3, 4, 6)]
    assert [entry.row for entry in rejects.rows] == [1, 5, 7]
    with pytest.raises(DataError, match="response is null"):
        encoded(config(f"{data}#4", check_dataset_strategy="error"), template)


@pytest.mark.parametrize("count", ["", "#6", "#23"])
def test_rows_to_validate_with_are_others(template: Template, tmp_path: Path, count: str) -> None:
    data = write_rows(tmp_path, *ROWS)
    flags = config(f"{data}{count}", dataset_test_ratio=0.3)
    train, held = encoded(flags, template)
    wanted = int(count[1:] or 20)
    aside = int(0.3 * min(wanted, 20))
    assert (len(train), len(held)) == (wanted - aside, aside)
    assert not set(rows_of(train)) & set(rows_of(held)) and len(set(rows_of(held))) == aside
    again = encoded(flags, template)
    assert [s.digest() for s in again] == [train.digest(), held.digest()]
    other = encoded(config(f"{data}{count}", dataset_test_ratio=0.3, dataset_seed=7), template)
    assert rows_of(other[1]) != rows_of(held)


def test_rows_of_a_folder_are_drawn_from_all_its_files(template: Template, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for k, name in enumerate(("a.jsonl", "b.jsonl", "c.jsonl")):
        write_rows(folder, *ROWS[4 * k : 4 * k + 4], name=name)
    train, _ = encoded(config(f"{folder}#30"), template)
    count = Counter(rows_of(train))
    assert len(count) == 12 and set(count.values()) == {2, 3}
    for sequence in train:
        name, row = Path(sequence.sample.source).name, sequence.sample.row
        k = 4 * "abc".index(name[0]) + row - 1
        assert f"q{k}<" in template.tokenizer.decode(sequence.input_ids)


def test_the_second_time_nothing_is_tokenised(
    template: Template, tmp_path: Path, tokenised: list[str]
) -> None:
    data = write_rows(tmp_path, *ROWS, {"query": "q", "response": None})
    first, again = Rejects(), Rejects()
    for spec in (str(data), f"{data}#6"):
        whole = encoded(config(spec), template, first)[0]
        tokenised.clear()
        same = encoded(config(spec), template, again)[0]
        assert tokenised == [] and same.digest() == whole.digest()
    assert first.rows == again.rows


def test_processes_make_the_same_store(template: Template, tmp_path: Path) -> None:
    data = write_rows(tmp_path, *ROWS)
    digests = []
    for processes in (1, 2):
        cache._root.cache_clear()
        flags = config(str(data), preprocess_num_proc=processes)
        digests.append(encoded(flags, template)[0].digest())
        for entry in (tmp_path / "cache" / "tokens").iterdir():
            if entry.is_dir():
                (entry / "about.json").unlink()
    assert digests[0] == digests[1]


def test_a_damaged_entry_is_made_anew(template: Template, tmp_path: Path) -> None:
    data = write_rows(tmp_path, *ROWS)
    digest = encoded(config(str(data)), template)[0].digest()
    (entry,) = (tmp_path / "cache" / "tokens").glob("*/ids.bin")
    entry.write_bytes(entry.read_bytes()[:-4])
    assert encoded(config(str(data)), template)[0].digest() == digest


def test_progress_is_told(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr("burnish.data.stored.TOLD_EVERY", 0.0)
    data = write_rows(tmp_path, *ROWS)
    with caplog.at_level("INFO", logger="burnish"):
        encoded(config(str(data)), template)
    assert "t.jsonl: 20 rows tokenised, " in caplog.text


def test_nothing_joined_is_nothing(talk: Callable[..., Any]) -> None:
    assert len(joined([])) == 0 and joined([]).digest()
