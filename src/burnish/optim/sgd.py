"""Plain stochastic gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from burnish.core.lazy import torch
from burnish.core.log import log
from burnish.optim.base import is_half

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from burnish.config.groups.optim import OptimGroup


def sgd(groups: list[dict[str, Any]], options: OptimGroup) -> Optimizer:
    if is_half(groups):
        log.warning("--optim sgd: updates far smaller than a bfloat16 weight are rounded away")
    return torch.optim.SGD(groups, lr=options.learning_rate)


OPTIMIZERS = {"sgd": sgd}
