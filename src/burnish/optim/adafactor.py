"""Adafactor: Adam whose second moment is a row and a column (arXiv:1804.04235).

As training with a schedule wants it: the rate is that of the schedule, without the paper's own
course (relative step) and without scaling by the weight's size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from burnish.core.lazy import torch
from burnish.optim.each import Each, State, buffer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

    from burnish.config.groups.optim import OptimGroup

TINY, DECAY, LONGEST = 1e-30, -0.8, 1.0  # the paper's eps1, exponent of beta2 and threshold


def adafactor(gradient: Tensor, state: State, group: dict[str, Any]) -> Tensor:
    """g / sqrt(v), v from its row and column means (a vector's v is whole); no longer than 1 by
    root mean square.
    """
    kept = 1 - state["step"] ** DECAY
    square = gradient.square() + TINY
    if gradient.ndim < 2:
        root = buffer(state, "square", gradient).lerp_(square, 1 - kept).rsqrt()
    else:
        rows = buffer(state, "rows", gradient[..., 0]).lerp_(square.mean(-1), 1 - kept)
        columns = buffer(state, "columns", gradient[..., 0, :]).lerp_(square.mean(-2), 1 - kept)
        share = rows / rows.mean(-1, keepdim=True)
        root = share.rsqrt().unsqueeze(-1) * columns.rsqrt().unsqueeze(-2)
    direction = root * gradient
    size = direction.square().mean().sqrt()
    return direction / torch.clamp(size / LONGEST, min=1.0)


def build(groups: list[dict[str, Any]], options: OptimGroup) -> Optimizer:
    return Each(groups, adafactor, "Adafactor", lr=options.learning_rate)


OPTIMIZERS = {"adafactor": build}
