"""Sampling (`#N`) and the validation split, per item, by a random state of its own."""

import random
from typing import Any

import numpy as np

from burnish.core.errors import DataError

MOST = 1_000_000_000
Places = np.ndarray[Any, np.dtype[np.int64]]
"""Which usable rows of an item, counted from 0; one may stand there several times."""


def split_item(
    size: int, count: int | None, ratio: float, seed: int, name: str
) -> tuple[Places, Places]:
    """(rows to train on, rows to validate with) of an item with `size` usable rows.

    Validation rows are set aside first, the rest is drawn from what is left; the two are disjoint
    unless rows are repeated on request. ratio 0: no validation; ratio 1: every row validates.
    Raises DataError when too few rows are there.
    """
    chance = random.Random(seed)
    wanted = size if count is None else count
    if ratio >= 1:
        return np.zeros(0, np.int64), take_whole(size, count, seed, name)
    if ratio <= 0:
        return draw(size, wanted, chance), np.zeros(0, np.int64)
    held = max(int(min(size, wanted) * ratio), 1)
    if held >= min(size, wanted):
        raise DataError(
            f"{name}: of {min(size, wanted)} usable row{'s' * (min(size, wanted) > 1)}, {held} "
            "would be kept aside for validation and none would be left to train on. "
            "Give more rows, or --dataset_test_ratio 0, or --val_dataset."
        )
    aside = np.array(sorted(chance.sample(range(size), held)), np.int64)
    left = np.delete(np.arange(size, dtype=np.int64), aside)
    return left[draw(len(left), wanted - held, chance)], aside


def split_by_position(size: int, count: int | None, seed: int) -> tuple[Places, Places]:
    """(rows to train on, rows to validate with): the first twentieth validates, and the others, or
    `count` of them, train.
    """
    rows = np.arange(size, dtype=np.int64)
    aside, left = rows[: size // 20], rows[size // 20 :]
    return (left if count is None else left[draw(len(left), count, random.Random(seed))]), aside


def take_whole(size: int, count: int | None, seed: int, name: str) -> Places:
    """All rows, or `count` of them; validation rows are never repeated."""
    if count is None:
        return np.arange(size, dtype=np.int64)
    if count > size:
        raise DataError(
            f"{name}: #{count} asks for more rows than the {size} usable ones; rows that "
            "validate are not repeated."
        )
    return draw(size, count, random.Random(seed))


def draw(size: int, wanted: int, chance: random.Random) -> Places:
    """Exactly `wanted` of `size` rows: each `wanted // size` times, and the rest distinct and at
    random.
    """
    if wanted > MOST:
        raise DataError(
            f"#{wanted} asks for more than {MOST:,} rows; repeat them by --num_train_epochs."
        )
    full, rest = divmod(wanted, size)
    chosen = np.array(sorted(chance.sample(range(size), rest)), np.int64)
    return np.concatenate([np.tile(np.arange(size, dtype=np.int64), full), chosen])
