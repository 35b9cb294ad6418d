"""AdamW for bfloat16 weights that are float32 all the same: the other half is kept beside them.

A bfloat16 weight of 0.02 changes in steps of 1.2e-4, so an update of 1e-5 would be rounded away
every time. A float32 number is a bfloat16 number and 16 more bits; the forward pass sees the first,
the optimiser keeps the rest, and its arithmetic is that of float32 weights at two thirds of their
memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from burnish.nn.kernels import adamw, verify


class SplitAdamW(torch.optim.Optimizer):
    """AdamW (arXiv:1711.05101), arithmetic in float32.

    The second moment is held in float32, since with beta2 near 1 its steps are too small for
    bfloat16; the first in each parameter's dtype. A parameter in float32 has no second half.

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
        if "step" not in state:
            state["step"] = torch.zeros(())
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_sq"] = torch.zeros_like(parameter, dtype=torch.float32)
            if parameter.dtype == torch.bfloat16 and "low" not in state:
                state["low"] = torch.zeros_like(parameter, dtype=torch.int16)
        state["step"] += 1
        step, (beta1, beta2) = state["step"].item(), group["betas"]
        numbers = adamw.Numbers(
            rate=group["lr"],
            decay=group["weight_decay"],
            beta1=beta1,
            beta2=beta2,
            eps=group["eps"],
            bias1=1 - beta1**step,
            bias2=1 - beta2**step,
        )
        held = adamw.Held(parameter, state.get("low"), state["exp_avg"], state["exp_avg_sq"])
        adamw.step(held, gradient, numbers, fast=verify.adamw_works(str(parameter.device)))

    def exact(self, parameter: Tensor) -> Tensor:
        """The float32 weight that `parameter` is the upper half of."""
        low = self.state[parameter].get("low")
        return parameter.detach().float() if low is None else adamw.join(parameter.detach(), low)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take a saved state, every tensor in the dtype it was saved in; torch alone would cast
        it to the parameter's.
        """
        super().load_state_dict(state_dict)
        parameters = [p for group in self.param_groups for p in group["params"]]
        for index, saved in state_dict["state"].items():
            parameter = parameters[index]
            for name in saved.keys() - {"step"}:
                self.state[parameter][name] = saved[name].to(parameter.device, copy=True)
