import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burnish.core.errors import DataError
from burnish.data.split import draw, split_by_position, split_item, take_whole


@pytest.mark.parametrize(("size", "held"), [(19, 0), (20, 1), (45, 2)])
def test_the_first_twentieth_validates(size: int, held: int) -> None:
    train, validation = split_by_position(size, None, 0)
    assert validation.tolist() == list(range(held))
    assert train.tolist() == list(range(held, size))
    few, same = split_by_position(size, 5, 0)
    assert len(set(few.tolist())) == 5 and min(few) >= held and same.tolist() == validation.tolist()


def test_more_rows_than_there_are_repeats_them_evenly() -> None:
    assert sorted(Counter(draw(3, 7, random.Random(0))).values()) == [2, 2, 3]


def test_fewer_rows_are_distinct() -> None:
    chosen = draw(3, 2, random.Random(0))
    assert len(set(chosen)) == 2


@given(st.integers(2, 60), st.integers(2, 150), st.floats(0.01, 0.5), st.integers(0, 9))
def test_counts_and_disjointness(size: int, count: int, ratio: float, seed: int) -> None:
    train, validation = split_item(size, count, ratio, seed, "x")
    held = max(int(min(size, count) * ratio), 1)
    assert (len(train), len(validation)) == (count - held, held)
    assert not set(train.tolist()) & set(validation.tolist())
    assert {*train.tolist(), *validation.tolist()} <= set(range(size))
    times = Counter(train.tolist()).values()
    assert count - held < size - held or max(times) - min(times) <= 1, "repeated evenly"
    again = split_item(size, count, ratio, seed, "x")
    assert [p.tolist() for p in again] == [train.tolist(), validation.tolist()]


def test_all_rows_by_default_and_another_seed_another_split() -> None:
    train, validation = split_item(100, None, 0.1, 42, "x")
    assert (len(train), len(validation)) == (90, 10)
    assert train.tolist() == sorted(train), "in the order of the file"
    assert validation.tolist() != split_item(100, None, 0.1, 43, "x")[1].tolist()


def test_ratio_zero_and_one() -> None:
    for ratio, expected in ((0, [[0, 1, 2], []]), (1, [[], [0, 1, 2]])):
        assert [p.tolist() for p in split_item(3, None, ratio, 1, "x")] == expected
    with pytest.raises(DataError, match="are not repeated"):
        split_item(3, 4, 1, 1, "x")


def test_one_row_cannot_be_split() -> None:
    with pytest.raises(DataError, match="--dataset_test_ratio 0"):
        split_item(1, None, 0.01, 1, "x")


def test_validation_rows_are_never_repeated() -> None:
    assert len(take_whole(5, 2, 0, "v")) == 2
    with pytest.raises(DataError, match="#9 asks for more rows than the 5"):
        take_whole(5, 9, 0, "v")
