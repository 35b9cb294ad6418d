"""One global order of the sequences, dealt to the ranks.

The order depends on the seed, the epoch and the number of sequences, never on the number of ranks:
a step takes the next `batch_size x accumulation x ranks` sequences, whoever computes them. So equal
total batches see equal samples, every sequence is seen exactly once an epoch, and the position to
resume at is the step number alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from burnish.core.errors import DataError
from burnish.core.lazy import torch
from burnish.data.collate import Batch, batch_of
from burnish.data.rows import Rows, Single, lengths_of
from burnish.data.sample import Encoded, SampleId


@dataclass(frozen=True)
class Deal:
    """How a step's sequences are shared out: `batch_size` a rank and micro-batch, `accumulation`
    micro-batches, `world` ranks.
    """

    batch_size: int
    accumulation: int
    world: int = 1
    rank: int = 0

    @property
    def total(self) -> int:
        """Sequences in one optimiser step, over all ranks."""
        return self.batch_size * self.accumulation * self.world


class TrainLoader:
    """Batches of each optimiser step, by step number (from 1).

    `longest_first` shuffles nothing and begins with the longest, so that too little memory shows at
    once. `flat` lays a micro-batch out in one row without padding. `order` gives the units of an
    epoch, taken as they come; what does not fill a step is dropped then.
    """

    def __init__(
        self,
        rows: Rows | Sequence[Encoded],
        deal: Deal,
        seed: int,
        pad_id: int,
        shuffle: bool = True,
        *,
        longest_first: bool = False,
        flat: bool = False,
        order: Callable[[int], Sequence[int]] | None = None,
    ) -> None:
        self.source: Rows = Single(rows) if isinstance(rows, Sequence) else rows
        self.deal = deal
        self.seed = seed
        self.pad_id = pad_id
        self.shuffle = shuffle
        self.longest_first = longest_first
        self.flat = flat
        self.order = order
        self.limit: int | None = None
        """Ids from here on are refused, where data is tokenised while training."""
        self.steps_per_epoch = -(-len(self.source) // deal.total)
        if order is not None:
            self.steps_per_epoch = len(order(0)) // deal.total
        self._epoch = -1
        self._order: Sequence[int] = []
        self._made: tuple[int, list[list[Encoded]]] = (0, [])

    def window(self, step: int) -> list[list[Encoded]]:
        """The rows of step `step`, the longest first: micro-batches of like lengths waste less
        padding.
        """
        if self._made[0] != step:
            epoch, place = divmod(step - 1, self.steps_per_epoch)
            if epoch != self._epoch:
                self._epoch, self._order = epoch, self._permutation(epoch)
            chosen = self._order[place * self.deal.total : (place + 1) * self.deal.total]
            units = [int(unit) for unit in chosen]
            if self.order is None:
                units.sort()
            rows = [row for unit in units for row in self.source.rows(unit)]
            if self.order is None:
                rows.sort(key=lambda row: -sum(map(len, row)))
            refuse_unknown(rows, self.limit)
            self._made = step, rows
        return self._made[1]

    def ids(self, step: int) -> list[SampleId]:
        """The samples of step `step` over all ranks, for the ledger."""
        return [sequence.sample for row in self.window(step) for sequence in row]

    def take(self, step: int) -> list[Batch]:
        """This rank's micro-batches of step `step`; a filler where the epoch's last step has none
        left for it.
        """
        return deal_out(self.window(step), self.deal, self.pad_id, self.flat)

    def _permutation(self, epoch: int) -> Sequence[int]:
        if self.order is not None:
            return self.order(epoch)
        if self.longest_first:
            return self.source.longest_first()
        if not self.shuffle:
            return range(len(self.source))
        return shuffled(len(self.source), self.seed, epoch)


def in_order(count: int, epoch: int) -> Sequence[int]:
    """The units of an epoch as they are, in every epoch."""
    return range(count)


def shuffled(count: int, seed: int, epoch: int) -> Sequence[int]:
    """The units of an epoch in the order that the seed gives."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    return cast(Sequence[int], torch.randperm(count, generator=generator).numpy())


def refuse_unknown(rows: Sequence[list[Encoded]], limit: int | None) -> None:
    """Raises DataError for an id that the model has no embedding for."""
    if limit is None:
        return
    for sequence in (sequence for row in rows for sequence in row):
        if (highest := int(max(sequence.input_ids))) >= limit:
            raise DataError(
                f"{sequence.sample}: the tokenizer gives id {highest}, but the model has {limit} "
                "embeddings: tokenizer and weights are not of one model"
            )


def deal_out(window: Sequence[list[Encoded]], deal: Deal, pad_id: int, flat: bool) -> list[Batch]:
    """One rank's micro-batches of a step's rows."""
    stride = deal.batch_size * deal.world
    starts = range(0, max(len(window), 1), stride)
    shares = (window[start : start + stride][deal.rank :: deal.world] for start in starts)
    return [batch_of(share, pad_id, flat) for share in shares]


class EvalLoader:
    """Batches of the validation sequences, by length; every rank takes its share, each sequence
    exactly once.
    """

    def __init__(
        self, sequences: Sequence[Encoded], deal: Deal, pad_id: int, flat: bool = False
    ) -> None:
        self.sequences = sequences
        self.deal = deal
        self.pad_id = pad_id
        self.flat = flat

    def __len__(self) -> int:
        return -(-len(self.sequences) // (self.deal.batch_size * self.deal.world))

    def __iter__(self) -> Iterator[Batch]:
        order = np.argsort(-lengths_of(self.sequences), kind="stable")
        stride = self.deal.batch_size * self.deal.world
        for start in range(0, len(order), stride):
            share = order[start : start + stride][self.deal.rank :: self.deal.world]
            yield batch_of([[self.sequences[int(k)]] for k in share], self.pad_id, self.flat)
