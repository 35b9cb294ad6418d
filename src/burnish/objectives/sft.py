"""Next-token cross-entropy on the labelled positions: supervised fine-tuning and pretraining."""

from __future__ import annotations

from typing import TYPE_CHECKING

from burnish.config.groups.validation import ValidationGroup
from burnish.core.lazy import torch
from burnish.objectives.base import Objective, Outcome, Policy, sum_by_row

if TYPE_CHECKING:
    from torch import Tensor

    from burnish.config.config import Config
    from burnish.data.collate import Batch
    from burnish.nn.scorer import Scores


def loss(policy: Policy, batch: Batch, config: Config) -> Outcome:
    """-sum of weight x log-probability over the labels, in units of tokens.

    A weighted token counts as one token: weights change its pull, not the divisor.
    """
    scores = policy.score(batch, even=batch.weights is None)
    losses = -scores.logps
    if batch.weights is not None:
        losses = losses * batch.weights.reshape(-1)[batch.targets]
    return Outcome(
        terms={"token": losses.sum()},
        row_loss=sum_by_row(losses.detach(), batch),
        metrics={"acc": accuracy(scores, batch, config[ValidationGroup].acc_strategy)},
    )


def accuracy(scores: Scores, batch: Batch, strategy: str) -> tuple[Tensor, float]:
    """Right labels among all of them, or ("sentence") sequences with every label right among all
    sequences.
    """
    if strategy == "token":
        return scores.hits.sum(), float(len(batch.targets))
    wrong = sum_by_row((~scores.hits).double(), batch)
    labelled = sum_by_row(torch.ones_like(scores.hits, dtype=torch.float64), batch) > 0
    return ((wrong == 0) & labelled).sum(), float(len(batch.ids))


OBJECTIVE = Objective("sft", view="text", loss=loss)
