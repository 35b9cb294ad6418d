"""The sums of a run, and how they are told."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from burnish.data.account import Account, account_of
from burnish.data.encode import Encoder
from burnish.data.sample import Sample, SampleId
from burnish.data.store import Store, Writer, choose, chunk_of
from burnish.data.template import Template

Talk = Callable[..., Sample]


def stored(folder: Path, name: str, encoder: Encoder, *samples: Sample) -> Store:
    folder.mkdir()
    writer = Writer(folder)
    writer.add(chunk_of(encoder.outcomes(samples), frozenset(encoder.template.stop_ids)))
    writer.close()
    return Store(folder, name)


def test_the_account_counts_what_is_kept(template: Template, talk: Talk, tmp_path: Path) -> None:
    made = Encoder(template)
    rows = [talk("q", "one", "r", "two"), talk("q", "x", row=2)]
    store = stored(tmp_path / "a", "a.jsonl", made, *rows)
    account = account_of(choose([store], [np.array([0, 1])]))
    assert (account.samples, account.sequences, account.answers, account.stops) == (2, 2, 3, 3)
    assert account.tokens == sum(map(len, made.encode(rows)))
    assert account.trained == len("one") + len("two") + len("x") + 3
    lines = account.lines()
    assert lines[0].startswith("2 samples -> 2 sequences, ")
    assert "stop tokens trained: 3, of 3 answers" in lines
    assert len(lines) == 2, "one data set is not told apart"


def test_only_chosen_rows_count_and_repeats_count_again(
    template: Template, talk: Talk, tmp_path: Path
) -> None:
    store = stored(tmp_path / "a", "a", Encoder(template), talk("q", "a"), talk("q", "b", row=2))
    account = account_of(choose([store], [np.array([1, 1, 1])]))
    assert (account.samples, account.sequences, account.answers) == (3, 3, 3)


def test_sets_are_told_apart_and_texts_are_told(
    template: Template, talk: Talk, tmp_path: Path
) -> None:
    encoder = Encoder(template, 10)
    texts = [Sample(SampleId("b", k), (), text="x" * 15) for k in (1, 2)]
    one = stored(tmp_path / "a", "a", Encoder(template), talk("q", "a"))
    two = stored(tmp_path / "b", "b", encoder, *texts)
    account = account_of(choose([one, two], [np.array([0]), np.array([0, 1])]))
    assert (account.texts, account.blocks, account.samples) == (2, 4, 3)
    lines = account.lines()
    assert lines[1].startswith("  a: 1 sample -> 1 sequence, ")
    assert lines[2] == "  b: 2 samples -> 4 sequences, 32 tokens, 93.8% trained"
    assert lines[-1] == "2 texts cut into 4 blocks; nothing of them is lost"


def test_notes_come_with_their_count(template: Template, talk: Talk, tmp_path: Path) -> None:
    store = stored(tmp_path / "a", "a", Encoder(template), talk("<|im_end|>", "a"))
    lines = account_of(choose([store], [np.array([0])])).lines()
    assert lines[-1].startswith("1 turns whose text holds a stop token")


def test_nothing_to_tell() -> None:
    assert Account().lines() == ["no sequence to train"]
