import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burnish.core.errors import DataError
from burnish.data.sample import Sample, SampleId
from burnish.data.split import draw, split_item, take_whole


def rows(count: int) -> list[Sample]:
    return [Sample(SampleId("x", k), ()) for k in range(count)]


def test_more_rows_than_there_are_repeats_them_evenly() -> None:
    assert sorted(Counter(draw(3, 7, random.Random(0))).values()) == [2, 2, 3]


def test_fewer_rows_are_distinct() -> None:
    chosen = draw(3, 2, random.Random(0))
    assert len(set(chosen)) == 2


@given(st.integers(2, 60), st.integers(2, 150), st.floats(0.01, 0.5), st.integers(0, 9))
def test_counts_and_disjointness(size: int, count: int, ratio: float, seed: int) -> None:
    samples = rows(size)
    split = split_item(samples, count, ratio, seed, "x")
    held = max(int(min(size, count) * ratio), 1)
    assert (len(split.train), len(split.validation)) == (count - held, held)
    assert not {s.id for s in split.train} & {s.id for s in split.validation}
    assert split == split_item(samples, count, ratio, seed, "x")


def test_all_rows_by_default_and_another_seed_another_split() -> None:
    split = split_item(rows(100), None, 0.1, 42, "x")
    assert (len(split.train), len(split.validation)) == (90, 10)
    assert split.validation != split_item(rows(100), None, 0.1, 43, "x").validation


def test_ratio_zero_and_one() -> None:
    assert split_item(rows(3), None, 0, 1, "x").train == rows(3)
    assert split_item(rows(3), None, 1, 1, "x").validation == rows(3)
    with pytest.raises(DataError, match="are not repeated"):
        split_item(rows(3), 4, 1, 1, "x")


def test_one_row_cannot_be_split() -> None:
    with pytest.raises(DataError, match="--dataset_test_ratio 0"):
        split_item(rows(1), None, 0.01, 1, "x")


def test_validation_rows_are_never_repeated() -> None:
    assert len(take_whole(rows(5), 2, 0, "v")) == 2
    with pytest.raises(DataError, match="#9 asks for more rows than the 5"):
        take_whole(rows(5), 9, 0, "v")
