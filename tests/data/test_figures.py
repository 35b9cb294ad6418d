import numpy as np
import pytest

from burnish.data.audit import Counts
from burnish.data.figures import lengths_of, packing_of, reject_groups, unrolled_of
from burnish.data.rejects import Rejects


class Columns:
    """As much of Sequences as figures are counted from."""

    def __init__(self, lengths: list[int], is_first: list[int], answers: list[int]) -> None:
        self.fields = {"length": lengths, "is_first": is_first, "answers": answers}

    def column(self, name: str) -> np.ndarray:
        return np.array(self.fields[name], bool if name == "is_first" else np.int32)

    @property
    def lengths(self) -> np.ndarray:
        return self.column("length")


def of(*lengths: int) -> Columns:
    return Columns(list(lengths), [1] * len(lengths), [1] * len(lengths))


def test_bins_cover_every_length_once() -> None:
    found = lengths_of(of(3, 40, 41, 119), 128)
    assert found is not None
    assert [(low, high, n) for low, high, n in found.bins if n] == [
        (1, 10, 1), (31, 40, 1), (41, 50, 1), (111, 120, 1),
    ]  # fmt: skip
    assert (found.median, found.longest, found.limit) == (41, 119, 128)
    assert lengths_of(of(), None) is None
    assert lengths_of(of(7), None).bins == [(7, 7, 1)]


def test_unrolled_conversations_and_not_the_blocks_of_a_text() -> None:
    talks = Columns([5] * 6, [1, 0, 0, 1, 1, 0], [1, 1, 1, 1, 0, 0])
    found = unrolled_of(talks)
    assert (found.samples, found.sequences) == (1, 3)


def test_packing_needs_a_size() -> None:
    found = packing_of(of(6, 4, 5, 5), 10)
    assert found is not None and (found.bins, found.fill) == (2, 1.0)
    assert packing_of(of(6), None) is None


def test_rejects_by_reason_the_commonest_first() -> None:
    rejects = Rejects()
    rejects.add("a", 1, "too long: 99 tokens", "cut")
    rejects.add("a", 2, "response is null")
    rejects.add("b", 3, "query is null")
    rejects.add("b", 4, "query is null")
    found = [(g.kind, g.reason, g.rows) for g in reject_groups(rejects)]
    assert found == [
        ("rejected", "query is null", ["b:3", "b:4"]),
        ("rejected", "response is null", ["a:2"]),
        ("cut", "too long: 99 tokens", ["a:1"]),
    ]


def test_shares() -> None:
    assert (Counts(10, 4) + Counts(10, 1)).share == pytest.approx(0.25)
    assert Counts().share == 0
