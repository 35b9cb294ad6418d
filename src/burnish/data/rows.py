"""What a batch is filled with: rows of one sequence each, rows packed with several, or samples
that are tokenised when they are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from burnish.data.pack import fill, pack
from burnish.data.recipe_batches import join, length_sorted_batches
from burnish.data.sample import Encoded


class Rows(Protocol):
    """Numbered units that a loader orders and deals; each gives the rows of a batch."""

    def __len__(self) -> int: ...

    def rows(self, unit: int) -> list[list[Encoded]]:
        """The rows of one unit, each a list of whole sequences."""
        ...

    def longest_first(self) -> list[int]:
        """The units, the longest first."""
        ...


class Single:
    """A row for each sequence."""

    def __init__(self, sequences: Sequence[Encoded]) -> None:
        self.sequences = sequences

    def __len__(self) -> int:
        return len(self.sequences)

    def rows(self, unit: int) -> list[list[Encoded]]:
        return [[self.sequences[unit]]]

    def longest_first(self) -> list[int]:
        order: list[int] = np.argsort(-lengths_of(self.sequences), kind="stable").tolist()
        return order


class Packed:
    """Rows of up to `capacity` tokens, packed with whole sequences."""

    def __init__(self, sequences: Sequence[Encoded], capacity: int) -> None:
        self.sequences, self.capacity = sequences, capacity
        self.lengths = lengths_of(sequences)
        self.bins = pack(self.lengths, capacity)

    def __len__(self) -> int:
        return len(self.bins)

    def rows(self, unit: int) -> list[list[Encoded]]:
        return [[self.sequences[k] for k in self.bins[unit]]]

    def longest_first(self) -> list[int]:
        sizes = [int(self.lengths[row].sum()) for row in self.bins]
        return sorted(range(len(sizes)), key=lambda unit: -sizes[unit])

    def __str__(self) -> str:
        share = 100 * fill(self.lengths, len(self.bins), self.capacity)
        return (
            f"packing: {len(self.sequences)} sequences in {len(self.bins)} rows of "
            f"{self.capacity}, {share:.1f}% full"
        )


class Blocks(Sequence[Encoded]):
    """All sequences as one text, cut into blocks of exactly `size` tokens; see `cut_blocks`."""

    def __init__(self, sequences: Sequence[Encoded], size: int) -> None:
        self.sequences, self.size = sequences, size
        self.ends = np.cumsum(lengths_of(sequences), dtype=np.int64)
        self._total = int(self.ends[-1]) if len(self.ends) else 0

    def __len__(self) -> int:
        return max(self._total - 1, 0) // self.size

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < len(self):
            raise IndexError(number)
        start, stop = number * self.size, (number + 1) * self.size
        first, last = np.searchsorted(self.ends, [start + 1, stop])
        pieces = []
        for place in range(int(first), int(last) + 1):
            sequence = self.sequences[place]
            before = int(self.ends[place]) - len(sequence)
            pieces.append((sequence, slice(max(start - before, 0), stop - before)))
        return join([(s, slice(p.start, min(p.stop, len(s)))) for s, p in pieces])

    @property
    def lengths(self) -> np.ndarray[Any, Any]:
        """(N,) all of them `size`."""
        return np.full(len(self), self.size)


def dealt_by_length(
    lengths: np.ndarray[Any, Any], batch_size: int, world: int, seed: int
) -> list[int]:
    """The order in which `deal_out` gives every rank its `length_sorted_batches`."""
    shares = [
        length_sorted_batches(lengths, batch_size, seed=seed, world=world, rank=rank)
        for rank in range(world)
    ]
    return [
        batch[place]
        for turn in zip(*shares, strict=True)
        for place in range(batch_size)
        for batch in turn
    ]


def lengths_of(sequences: Sequence[Encoded]) -> np.ndarray[Any, Any]:
    """(N,) lengths in tokens, without reading the sequences where a store knows them."""
    known = getattr(sequences, "lengths", None)
    return np.array([len(s) for s in sequences]) if known is None else known
