"""Sequences to a batch, with what the model and the ledger need beside them.

Three layouts, one for each way a model may attend:
- padded: a row is one sequence, padded on the right. Causal attention never looks to the right, so
  this needs no attention mask: no real position can see a pad, and pads carry no label.
- packed: a row is several whole sequences. Positions restart with each, and none may see another.
- flat: all sequences in one row and no padding at all, for kernels that take bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from burnish.core.lazy import torch
from burnish.data.sample import IGNORE, Encoded, SampleId

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """B rows of T positions holding S sequences."""

    input_ids: Tensor
    """(B, T) int64."""
    labels: Tensor
    """(B, T) int64: the id to predict AT each position, IGNORE where no loss is taken."""
    weights: Tensor | None
    """(B, T) float32 loss weights; None: all 1."""
    targets: Tensor
    """(N,) int64: flat positions (row * T + column) that carry a label, in order."""
    rows: Tensor
    """(N,) int64: which sequence each of them belongs to."""
    positions: Tensor | None
    """(B, T) int64, restarting at 0 for every sequence; None: each row is one sequence."""
    bounds: Tensor | None
    """(G + 1,) int32: where each sequence, and each row's padding, ends among the B * T flat
    positions, from 0; None: one sequence a row.
    """
    ids: tuple[SampleId, ...]
    """(S,) for the ledger and for reports of bad losses; empty for a filler."""
    tokens: int
    """Positions that are not padding."""
    extra: Mapping[str, Tensor] = field(default_factory=dict)
    longest: int = 0
    """The largest step between two bounds, known on the host; 0 without bounds."""

    def to(self, device: torch.device | str) -> Batch:
        """The same batch with every tensor on `device`; a GPU is not waited for."""
        moved = {}
        pinned = torch.device(device).type == "cuda"
        for entry in fields(self):
            value = getattr(self, entry.name)
            if hasattr(value, "to"):
                value = value.pin_memory() if pinned else value
                moved[entry.name] = value.to(device, non_blocking=True)
        return replace(self, **moved)


def batch_of(rows: Sequence[Sequence[Encoded]], pad_id: int = 0, flat: bool = False) -> Batch:
    """The batch of `rows`, each a list of whole sequences; a list of one where nothing is packed.

    Args:
        flat: put all of them into one row without padding; only for a model that takes bounds.
    """
    if flat and rows:
        return collate_packed([list(chain.from_iterable(rows))], pad_id)
    if all(len(row) == 1 for row in rows):
        return collate([row[0] for row in rows], pad_id)
    return collate_packed(rows, pad_id)


def collate(sequences: Sequence[Encoded], pad_id: int = 0) -> Batch:
    """A row for each of `sequences`; none at all gives a filler: one position without a label."""
    return lay_out([[sequence] for sequence in sequences] or [[]], pad_id)


def collate_packed(rows: Sequence[Sequence[Encoded]], pad_id: int = 0) -> Batch:
    """Several whole sequences in each row, one after the other."""
    rows = rows or [[]]
    batch = lay_out(rows, pad_id)
    width = batch.input_ids.shape[1]
    ends = [0]
    places = np.zeros(batch.input_ids.shape, dtype=np.int64)
    for number, row in enumerate(rows):
        start = 0
        for length in (*(len(sequence) for sequence in row), width):
            end = min(start + length, width)  # the last one is what is left: padding
            if end > start:
                places[number, start:end] = np.arange(end - start)
                ends.append(number * width + end)
            start = end
    bounds = np.array(ends, dtype=np.int32)
    return replace(
        batch,
        positions=torch.from_numpy(places),
        bounds=torch.from_numpy(bounds),
        longest=int(np.diff(bounds).max(initial=0)),
    )


def lay_out(rows: Sequence[Sequence[Encoded]], pad_id: int) -> Batch:
    """The sequences of each row one after the other, padded to the longest row; still without
    positions and bounds.
    """
    sequences = list(chain.from_iterable(rows))
    shape = len(rows), max(1, max(sum(map(len, row)) for row in rows))
    input_ids = np.full(shape, pad_id, dtype=np.int64)
    labels = np.full(shape, IGNORE, dtype=np.int64)
    owners = np.zeros(shape, dtype=np.int64)
    weighted = any(sequence.weights is not None for sequence in sequences)
    weights = np.ones(shape, dtype=np.float32) if weighted else None
    count = 0
    for number, row in enumerate(rows):
        start = 0
        for sequence in row:
            here = slice(start, start + len(sequence))
            input_ids[number, here] = sequence.input_ids
            labels[number, here] = sequence.labels
            owners[number, here] = count
            if weights is not None and sequence.weights is not None:
                weights[number, here] = sequence.weights
            start, count = here.stop, count + 1
    targets = np.flatnonzero(labels != IGNORE)
    return Batch(
        input_ids=torch.from_numpy(input_ids),
        labels=torch.from_numpy(labels),
        weights=None if weights is None else torch.from_numpy(weights),
        targets=torch.from_numpy(targets),
        rows=torch.from_numpy(owners.reshape(-1)[targets]),
        positions=None,
        bounds=None,
        ids=tuple(sequence.sample for sequence in sequences),
        tokens=sum(map(len, sequences)),
    )
