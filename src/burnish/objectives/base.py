"""An objective maps per-token scores to sums with a unit; the loop divides them by the whole step's
count of that unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from burnish.core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

    from burnish.config.config import Config
    from burnish.data.collate import Batch
    from burnish.nn.scorer import Scores

Terms = Mapping[str, "Tensor"]
"""Sums keyed by unit: {"token": ...} is divided by the step's count of trained tokens over every
micro-batch and rank.
"""

View = Literal["text", "pair", "judged", "prompt"]
"""The sequences an objective wants of a sample; see docs/concepts/design.md, section 4."""


class Policy(Protocol):
    """What an objective may ask of the model in training."""

    def score(self, batch: Batch, even: bool = False) -> Scores:
        """Log-probabilities of the batch's labels; `even`: the loss pulls equally at each."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one micro-batch gives."""

    terms: Terms
    """Sums to be minimised, by unit; scalars."""
    row_loss: Tensor
    """(S,) float32: each sequence's share, without gradient; names the sequence whose loss is not
    finite.
    """
    metrics: Mapping[str, tuple[Tensor, float]]
    """For the log, by name: a sum (scalar without gradient) and what it is divided by in the
    end.
    """


@dataclass(frozen=True, slots=True)
class Objective:
    """A way to train: `loss(policy, batch, config) -> Outcome` on sequences of its `view`."""

    name: str
    view: View
    loss: Callable[[Policy, Batch, Config], Outcome]
    groups: tuple[type[Any], ...] = ()
    needs_reference: bool = False


def count_units(batches: list[Batch]) -> dict[str, int]:
    """How many of each unit the micro-batches hold, from the labels alone."""
    return {"token": sum(len(batch.targets) for batch in batches)}


def sum_by_row(values: Tensor, batch: Batch) -> Tensor:
    """Add up (N,) values over each sequence: (S,)."""
    rows = torch.zeros(max(1, len(batch.ids)), dtype=values.dtype, device=values.device)
    return rows.index_add(0, batch.rows, values)
