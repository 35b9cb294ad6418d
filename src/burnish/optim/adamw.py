"""AdamW (arXiv:1711.05101): torch's own for float32 weights, a split one for bfloat16."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from burnish.core.lazy import torch
from burnish.optim.base import is_half
from burnish.optim.each import State, buffer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

    from burnish.config.groups.optim import OptimGroup


def adamw(groups: list[dict[str, Any]], options: OptimGroup, fused: bool = False) -> Optimizer:
    """Decoupled weight decay; bfloat16 weights are trained as float32 ones, in two halves."""
    from burnish.nn.split_adamw import SplitAdamW

    settings: dict[str, Any] = {
        "lr": options.learning_rate,
        "betas": (options.adam_beta1, options.adam_beta2),
        "eps": options.adam_epsilon,
    }
    if is_half(groups):
        return SplitAdamW(groups, **settings)
    on_gpu = all(p.is_cuda for g in groups for p in g["params"])
    return torch.optim.AdamW(groups, **settings, fused=True if fused or on_gpu else None)


def adam(gradient: Tensor, state: State, group: dict[str, Any]) -> Tensor:
    """Adam's direction (arXiv:1412.6980), as a rule of `optim.each`."""
    (beta1, beta2), step = group["betas"], state["step"]
    mean = buffer(state, "exp_avg", gradient).lerp_(gradient, 1 - beta1)
    square = buffer(state, "exp_avg_sq", gradient)
    square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    size = (square / (1 - beta2**step)).sqrt_().add_(group["eps"])
    return (mean / (1 - beta1**step)).div_(size)


def fused_adamw(groups: list[dict[str, Any]], options: OptimGroup) -> Optimizer:
    return adamw(groups, options, fused=True)


OPTIMIZERS = {"adamw_torch": adamw, "adamw_hf": adamw, "adamw_torch_fused": fused_adamw}
