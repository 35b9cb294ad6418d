"""What is written is what comes back: every id, label and weight, of every kind of row."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from burnish.data.encode import Encoder
from burnish.data.sample import Encoded, Message, Sample, SampleId
from burnish.data.store import Sequences, Store, Writer, choose, chunk_of
from burnish.data.template import Template
from burnish.data.weights import LossScale

Talk = Callable[..., Sample]


def text(content: str, row: int = 1) -> Sample:
    return Sample(SampleId("talk.jsonl", row), (), text=content)


def stored(folder: Path, encoder: Encoder, *chunks: Sequence[Sample]) -> Store:
    """The samples written chunk by chunk, and opened."""
    folder.mkdir(exist_ok=True)
    writer, stops = Writer(folder), frozenset(encoder.template.stop_ids)
    for samples in chunks:
        writer.add(chunk_of(encoder.outcomes(samples), stops))
    writer.close()
    return Store(folder, "talk.jsonl")


def plain(encoded: Encoded) -> tuple[object, ...]:
    """A sequence as plain values; weights all 1 are those that are not written."""
    weights = encoded.weights
    even = [1.0] * len(encoded) if weights is None else [float(np.float32(w)) for w in weights]
    ids, labels = ([int(i) for i in found] for found in (encoded.input_ids, encoded.labels))
    return encoded.sample, ids, labels, even, encoded.label


def assert_round_trip(folder: Path, encoder: Encoder, *chunks: Sequence[Sample]) -> Store:
    store = stored(folder, encoder, *chunks)
    expected = [e for samples in chunks for e in encoder.encode(samples)]
    assert [plain(store.encoded(k)) for k in range(len(store.sequences))] == [
        plain(e) for e in expected
    ]
    assert store.sequences["length"].tolist() == [len(e) for e in expected]
    assert store.sequences["trained"].tolist() == [e.trained_tokens for e in expected]
    return store


def test_talks_come_back(template: Template, talk: Talk, tmp_path: Path) -> None:
    rows = [talk("q" * k, "a" * k, "r", "b", row=k) for k in range(1, 6)]
    store = assert_round_trip(tmp_path, Encoder(template), rows[:2], rows[2:])
    assert store.sequences["answers"].tolist() == store.sequences["stops"].tolist() == [2] * 5
    assert store.rows["row"].tolist() == [1, 2, 3, 4, 5]
    assert store.weights.dtype == np.uint8


@pytest.mark.parametrize("length", range(7, 14))
def test_blocks_of_a_text_reach_into_the_next(
    template: Template, talk: Talk, tmp_path: Path, length: int
) -> None:
    """Whether or not its last id would be a block of its own, and whatever comes behind it."""
    samples = [text("x" * length), text("y" * length, 2), talk("q", "a", row=3)]
    long = replace(Encoder(template), max_length=4)
    assert_round_trip(tmp_path / "last", long, samples[:2])
    store = assert_round_trip(tmp_path / "amid", long, samples[:1], samples[1:2], samples[2:])
    trained = store.sequences["trained"][store.sequences["row"] == 1].sum()
    assert trained == length, "every id of text and end but the first"


def test_uneven_weights_in_a_later_chunk(template: Template, talk: Talk, tmp_path: Path) -> None:
    muted = talk("q", "first", "r", "second", row=2)
    half = replace(muted.messages[1], weight=0.25)
    muted = replace(muted, messages=(muted.messages[0], half, *muted.messages[2:]))
    rows = [talk("q", "even"), muted, talk("q", "even again", row=3)]
    store = assert_round_trip(tmp_path, Encoder(template), rows[:1], rows[1:2], rows[2:])
    assert store.weights.dtype == np.float32
    assert not list(tmp_path.glob("*.wide"))
    one = stored(tmp_path / "one", Encoder(template), rows)
    assert one.weights.tolist() == store.weights.tolist()


def test_pieces_of_an_answer_have_their_weight(
    template: Template, talk: Talk, tmp_path: Path
) -> None:
    scale = LossScale(literal=(("Action:", 2.0, 3.0), ("Silent:", 0.0, 0.0)))
    rows = [talk("q", "think Action: go Silent: no"), talk("q", "nothing", row=2)]
    store = assert_round_trip(tmp_path, Encoder(template, scale=scale), rows)
    weights = {float(w) for w in store.weights}
    assert weights == {0.0, 1.0, 2.0, 3.0}


def test_pairs_and_labels_come_back(template: Template, talk: Talk, tmp_path: Path) -> None:
    pair = replace(talk("q", "yes"), rejected=Message.of("assistant", "no"))
    store = assert_round_trip(tmp_path / "pair", Encoder(template, view="pair"), [pair])
    assert [store.encoded(k).label for k in (0, 1)] == [True, False]
    assert store.rows["count"].tolist() == [2]
    labelled = [replace(talk("q", "a", row=k), label=k > 1) for k in (1, 2)]
    store = assert_round_trip(tmp_path / "label", Encoder(template, view="label"), labelled)
    assert [store.encoded(k).label for k in (0, 1)] == [False, True]


def test_refused_rows_keep_their_place(template: Template, talk: Talk, tmp_path: Path) -> None:
    rows = [talk("q", "a"), talk("q" * 99, "a", row=2), talk("q", "b", row=3)]
    store = stored(tmp_path, Encoder(template, max_length=60), rows)
    assert store.rows["count"].tolist() == [1, 0, 1]
    (entry,) = store.refused
    assert (entry.file, entry.row, entry.kind) == ("talk.jsonl", 2, "dropped_long")
    assert Store(tmp_path, "other.jsonl").refused[0].file == "other.jsonl"


def test_a_reason_may_quote_anything(template: Template, tmp_path: Path) -> None:
    folder = tmp_path
    chunk = chunk_of(Encoder(template).outcomes([text("")]))
    chunk.refused = [replace(chunk.refused[0], reason="a \ud800 role")]
    writer = Writer(folder)
    writer.add(chunk)
    writer.close()
    assert Store(folder, "x").refused[0].reason == "a \ud800 role"


def test_nothing_at_all(template: Template, tmp_path: Path) -> None:
    store = stored(tmp_path, Encoder(template), [])
    assert len(store.rows) == len(store.sequences) == 0
    assert len(choose([store], [np.zeros(0, np.int64)])) == 0


def test_it_is_mapped_not_read(template: Template, talk: Talk, tmp_path: Path) -> None:
    store = stored(tmp_path, Encoder(template), [talk("q", "a")])
    for array in (store.ids, store.weights, store.sequences, store.rows):
        assert isinstance(array, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        store.ids[0] = 1


def rows_of(sequences: Sequences) -> list[tuple[str, int]]:
    return [(e.sample.source, e.sample.row) for e in sequences]


def test_rows_of_several_stores_are_chosen(template: Template, talk: Talk, tmp_path: Path) -> None:
    encoder = replace(Encoder(template), max_length=10)
    one = stored(tmp_path / "one", encoder, [text("abc"), text("x" * 25, 2), text("d", 3)])
    two = stored(tmp_path / "two", Encoder(template), [talk("q", "a"), talk("q", "b", row=2)])
    two.name = "two"
    chosen = choose([one, two], [np.array([1, 0, 1]), np.array([1])])
    blocks = [("talk.jsonl", 2)] * 3
    assert rows_of(chosen) == [*blocks, ("talk.jsonl", 1), *blocks, ("two", 2)]
    assert chosen.lengths.tolist() == [len(e) for e in chosen]
    assert chosen.column("is_first").tolist() == [k in (0, 3, 4, 7) for k in range(8)]
    assert rows_of(chosen[6:]) == rows_of(chosen)[6:] and len(chosen[-1]) == len(chosen[7])


def test_the_digest_sees_content_and_order(template: Template, talk: Talk, tmp_path: Path) -> None:
    one = stored(tmp_path / "one", Encoder(template), [talk("q", "a"), talk("q", "b", row=2)])
    same = stored(tmp_path / "same", Encoder(template), [talk("q", "a"), talk("q", "b", row=2)])
    other = stored(tmp_path / "other", Encoder(template), [talk("q", "a"), talk("q", "c", row=2)])
    both, turned = np.array([0, 1]), np.array([1, 0])
    digest = choose([one], [both]).digest()
    assert choose([same], [both]).digest() == digest
    others = [choose([one], [turned]), choose([other], [both]), choose([one], [both[:1]])]
    none = np.zeros(0, np.int64)
    assert choose([other, one, other], [none, both, none]).digest() == digest, "validation's rows"
    assert len({digest, *(found.digest() for found in others)}) == 4
