"""Lion: the sign of an interpolated momentum (arXiv:2302.06675), its state in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from burnish.optim.each import Each, State, buffer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

    from burnish.config.groups.optim import OptimGroup


def lion(gradient: Tensor, state: State, group: dict[str, Any]) -> Tensor:
    """sign(beta1 m + (1 - beta1) g); then m <- beta2 m + (1 - beta2) g."""
    beta1, beta2 = group["betas"]
    mean = buffer(state, "mean", gradient)
    direction = mean.lerp(gradient, 1 - beta1).sign_()
    mean.lerp_(gradient, 1 - beta2)
    return direction


def build(groups: list[dict[str, Any]], options: OptimGroup) -> Optimizer:
    betas = (options.adam_beta1, options.adam_beta2)
    return Each(groups, lion, "Lion", lr=options.learning_rate, betas=betas)


OPTIMIZERS = {"lion_32bit": build}
