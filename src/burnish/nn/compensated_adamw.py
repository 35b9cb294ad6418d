"""AdamW for weights held in bfloat16, with the rounding error of each weight carried to its next
step.

A bfloat16 weight of 0.02 changes in steps of 1.2e-4, so an update of 1e-5 would be rounded away
every time. Beside each weight lies its compensation, what the last store lost; it is added before
the next store (Kahan summation, doi:10.1145/363707.363723).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

CHUNK = 2**23  # elements updated at once: their float32 temporaries stay in a GPU's cache


class CompensatedAdamW(torch.optim.Optimizer):
    """AdamW (arXiv:1711.05101); moments and compensation in each parameter's own dtype, arithmetic
    in float32.

    Args:
        params: parameters or groups of them, with `lr` and `weight_decay` a group. betas, eps: as
            in the paper.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-5,
        betas: tuple[float, float] = (0.9, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:
        """One update of every parameter that has a gradient."""
        assert closure is None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros(())
            for name in ("exp_avg", "exp_avg_sq", "compensation"):
                state[name] = torch.zeros_like(parameter)
        state["step"] += 1
        step, (beta1, beta2) = state["step"].item(), group["betas"]
        held = (parameter, state["exp_avg"], state["exp_avg_sq"], state["compensation"])
        flat = [tensor.view(-1) for tensor in held]
        gradient = parameter.grad.reshape(-1)
        for start in range(0, parameter.numel(), CHUNK):
            part = slice(start, start + CHUNK)
            updated = adam_update(
                *(tensor[part] for tensor in flat),
                gradient[part],
                group["lr"],
                group["weight_decay"],
                beta1,
                beta2,
                group["eps"],
                1 - beta1**step,
                1 - beta2**step,
            )
            for target, value in zip(flat, updated, strict=True):
                target[part] = value


def adam_update(
    weight: Tensor,
    mean: Tensor,
    square: Tensor,
    compensation: Tensor,
    gradient: Tensor,
    rate: float,
    decay: float,
    beta1: float,
    beta2: float,
    eps: float,
    bias1: float,
    bias2: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """New weight, moments and compensation: all of one shape, each in its old dtype; arithmetic in
    float32.
    """
    gradient = gradient.float()
    new_mean = mean.float().lerp(gradient, 1 - beta1)
    new_square = square.float().lerp(gradient.square(), 1 - beta2)
    exact = weight.float() + compensation.float()
    exact = exact * (1 - rate * decay)
    exact = exact - rate * (new_mean / bias1) / ((new_square / bias2).sqrt() + eps)
    stored = exact.to(weight.dtype)
    return (
        stored,
        new_mean.to(mean.dtype),
        new_square.to(square.dtype),
        (exact - stored.float()).to(compensation.dtype),
    )
