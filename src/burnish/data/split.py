"""Sampling (`#N`) and the validation split, per item, by a random state of its own."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from burnish.core.errors import DataError
from burnish.data.sample import Sample


@dataclass(slots=True)
class Split:
    """Samples to train on and samples to validate with; disjoint unless rows are repeated on
    request.
    """

    train: list[Sample] = field(default_factory=list)
    validation: list[Sample] = field(default_factory=list)


def draw(size: int, wanted: int, chance: random.Random) -> list[int]:
    """Exactly `wanted` of `size` rows: each `wanted // size` times, and the rest distinct and at
    random.
    """
    full, rest = divmod(wanted, size)
    return [*list(range(size)) * full, *sorted(chance.sample(range(size), rest))]


def split_item(
    samples: Sequence[Sample], count: int | None, ratio: float, seed: int, name: str
) -> Split:
    """Split one item: validation rows are set aside first, the rest is drawn from what is left.

    ratio 0: no validation; ratio 1: every row validates. Raises DataError when too few rows are
    there.
    """
    chance = random.Random(seed)
    size = len(samples)
    wanted = size if count is None else count
    if ratio >= 1:
        return Split([], take_whole(samples, count, seed, name))
    if ratio <= 0:
        return Split([samples[i] for i in draw(size, wanted, chance)], [])
    held = max(int(min(size, wanted) * ratio), 1)
    if held >= min(size, wanted):
        raise DataError(
            f"{name}: of {min(size, wanted)} usable row{'s' * (min(size, wanted) > 1)}, {held} "
            "would be kept aside "
            "for validation and none would be left to train on. "
            "Give more rows, or --dataset_test_ratio 0, or --val_dataset."
        )
    aside = set(chance.sample(range(size), held))
    left = [i for i in range(size) if i not in aside]
    chosen = draw(len(left), wanted - held, chance)
    return Split([samples[left[i]] for i in chosen], [samples[i] for i in sorted(aside)])


def take_whole(samples: Sequence[Sample], count: int | None, seed: int, name: str) -> list[Sample]:
    """All rows, or `count` of them; validation rows are never repeated."""
    if count is None:
        return list(samples)
    if count > len(samples):
        raise DataError(
            f"{name}: #{count} asks for more rows than the {len(samples)} usable ones; rows that "
            "validate are not repeated."
        )
    return [samples[i] for i in draw(len(samples), count, random.Random(seed))]
