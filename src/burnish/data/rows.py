"""What a batch is filled with: rows of one sequence each, rows packed with several, or samples
that are tokenised when they are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from burnish.data.pack import fill, pack
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


def lengths_of(sequences: Sequence[Encoded]) -> np.ndarray[Any, Any]:
    """(N,) lengths in tokens, without reading the sequences where a store knows them."""
    known = getattr(sequences, "lengths", None)
    return np.array([len(s) for s in sequences]) if known is None else known
