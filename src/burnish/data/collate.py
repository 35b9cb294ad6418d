"""Sequences to a batch: rows padded on the right to the longest, with what the model and the ledger
need beside them.

Causal attention never looks to the right, so right padding needs no attention mask: no real
position can see a pad, and pads carry no label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

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
    """(S + 1,) int32 cumulative lengths when packed; None: one sequence a row."""
    ids: tuple[SampleId, ...]
    """(S,) for the ledger and for reports of bad losses; empty for a filler."""
    tokens: int
    """Positions that are not padding."""
    extra: Mapping[str, Tensor] = field(default_factory=dict)

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


def collate(sequences: Sequence[Encoded], pad_id: int = 0) -> Batch:
    """Pad `sequences` to one batch; none at all gives a filler: one position without a label."""
    height, width = max(1, len(sequences)), max((len(s) for s in sequences), default=1)
    input_ids = torch.full((height, width), pad_id, dtype=torch.int64)
    labels = torch.full((height, width), IGNORE, dtype=torch.int64)
    weighted = any(s.weights is not None for s in sequences)
    weights = torch.ones((height, width)) if weighted else None
    for row, sequence in enumerate(sequences):
        length = len(sequence)
        input_ids[row, :length] = torch.tensor(sequence.input_ids)
        labels[row, :length] = torch.tensor(sequence.labels)
        if weights is not None and sequence.weights is not None:
            weights[row, :length] = torch.tensor(sequence.weights)
    targets = (labels.reshape(-1) != IGNORE).nonzero().squeeze(1)
    return Batch(
        input_ids=input_ids,
        labels=labels,
        weights=weights,
        targets=targets,
        rows=targets // width,
        positions=None,
        bounds=None,
        ids=tuple(s.sample for s in sequences),
        tokens=sum(len(s) for s in sequences),
    )
