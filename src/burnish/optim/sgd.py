"""Plain stochastic gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from burnish.core.lazy import torch

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from burnish.config.groups.optim import OptimGroup


def sgd(groups: list[dict[str, Any]], options: OptimGroup) -> Optimizer:
    return torch.optim.SGD(groups, lr=options.learning_rate)


OPTIMIZERS = {"sgd": sgd}
