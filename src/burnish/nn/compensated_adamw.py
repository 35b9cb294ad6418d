"""AdamW for weights held in bfloat16, with the rounding error of each weight carried to its next
step.

A bfloat16 weight of 0.02 changes in steps of 1.2e-4, so an update of 1e-5 would be rounded away
every time. Beside each weight lies its compensation, what the last store lost; it is added before
the next store (Kahan summation, doi:10.1145/363707.363723).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from burnish.nn.kernels import adamw, verify


class CompensatedAdamW(torch.optim.Optimizer):
    """AdamW (arXiv:1711.05101); moments and compensation in each parameter's own dtype, arithmetic
    in float32.

    Args:
        params: parameters or groups of them, with `lr` and `weight_decay` a group.
        betas, eps: as in the paper.
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
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update of every parameter that has a gradient."""
        assert closure is None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, parameter.grad, group)

    def _update(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros(())
            for name in ("exp_avg", "exp_avg_sq", "compensation"):
                state[name] = torch.zeros_like(parameter)
        state["step"] += 1
        step, (beta1, beta2) = state["step"].item(), group["betas"]
        adamw.step(
            [parameter, state["exp_avg"], state["exp_avg_sq"], state["compensation"]],
            gradient,
            adamw.Numbers(
                rate=group["lr"],
                decay=group["weight_decay"],
                beta1=beta1,
                beta2=beta2,
                eps=group["eps"],
                bias1=1 - beta1**step,
                bias2=1 - beta2**step,
            ),
            fast=verify.adamw_works(str(parameter.device), parameter.dtype),
        )
