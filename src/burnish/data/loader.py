"""One global order of the sequences, dealt to the ranks.

The order depends on the seed, the epoch and the number of sequences, never on the number of ranks:
a step takes the next `batch_size x accumulation x ranks` sequences, whoever computes them. So equal
total batches see equal samples, every sequence is seen exactly once an epoch, and the position to
resume at is the step number alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from burnish.core.lazy import torch
from burnish.data.collate import Batch, collate
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
    """Batches of each optimiser step, by step number (from 1)."""

    def __init__(
        self, sequences: Sequence[Encoded], deal: Deal, seed: int, pad_id: int, shuffle: bool = True
    ) -> None:
        self.sequences = sequences
        self.deal = deal
        self.seed = seed
        self.pad_id = pad_id
        self.shuffle = shuffle
        self.steps_per_epoch = -(-len(sequences) // deal.total)
        self._epoch = -1
        self._order: list[int] = []

    def window(self, step: int) -> list[int]:
        """Indices of the sequences of step `step`, the longest first: micro-batches of like lengths
        waste less padding.
        """
        epoch, place = divmod(step - 1, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._permutation(epoch)
        chosen = self._order[place * self.deal.total : (place + 1) * self.deal.total]
        return sorted(chosen, key=lambda i: (-len(self.sequences[i]), i))

    def ids(self, step: int) -> list[SampleId]:
        """The samples of step `step` over all ranks, for the ledger."""
        return [self.sequences[i].sample for i in self.window(step)]

    def take(self, step: int) -> list[Batch]:
        """This rank's micro-batches of step `step`; a filler where the epoch's last step has none
        left for it.
        """
        window, deal = self.window(step), self.deal
        batches = []
        stride = deal.batch_size * deal.world
        for start in range(0, max(len(window), 1), stride):
            share = window[start : start + stride][deal.rank :: deal.world]
            batches.append(collate([self.sequences[i] for i in share], self.pad_id))
        return batches

    def _permutation(self, epoch: int) -> list[int]:
        if not self.shuffle:
            return list(range(len(self.sequences)))
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        order: list[int] = torch.randperm(len(self.sequences), generator=generator).tolist()
        return order


class EvalLoader:
    """Batches of the validation sequences, by length; every rank takes its share, each sequence
    exactly once.
    """

    def __init__(self, sequences: Sequence[Encoded], deal: Deal, pad_id: int) -> None:
        self.sequences = sequences
        self.deal = deal
        self.pad_id = pad_id

    def __len__(self) -> int:
        return -(-len(self.sequences) // (self.deal.batch_size * self.deal.world))

    def __iter__(self):  # type: ignore[no-untyped-def]
        order = sorted(range(len(self.sequences)), key=lambda i: (-len(self.sequences[i]), i))
        stride = self.deal.batch_size * self.deal.world
        for start in range(0, len(order), stride):
            share = order[start : start + stride][self.deal.rank :: self.deal.world]
            yield collate([self.sequences[i] for i in share], self.pad_id)
