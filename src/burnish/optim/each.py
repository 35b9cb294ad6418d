"""One weight after another, in float32: what every optimiser here but AdamW shares.

A rule says in which direction a gradient moves a weight; `Each` does the rest, the same for all:

    w <- (1 - rate x decay) w - rate x direction

A bfloat16 weight is a float32 one in two halves (see nn/split_adamw.py): small updates add up in
the half that the forward pass does not see, whatever the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from burnish.nn.kernels.adamw import CHUNK, join, split

State = dict[str, Any]
Direction = Callable[[Tensor, State, dict[str, Any]], Tensor]
"""(gradient in float32, the weight's state, its group) -> direction, of the gradient's shape. The
state holds tensors and plain values, and the number of this step under "step", from 1.
"""


class Each(torch.optim.Optimizer):
    """Steps by `direction`, with decoupled weight decay.

    Args:
        groups: parameter groups with `lr` and `weight_decay`.
        direction: the rule.
        called: what a checkpoint says it was trained by.
        defaults: further options of a group.
    """

    def __init__(
        self, groups: list[dict[str, Any]], direction: Direction, called: str, **defaults: Any
    ) -> None:
        super().__init__(groups, defaults)
        self.direction = direction
        self.called = called

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update of every parameter that has a gradient."""
        assert closure is None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.update(parameter, group)

    def update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        state["step"] = state.get("step", 0) + 1
        direction = self.direction(parameter.grad.float(), state, group)
        self.move(parameter, direction, group)

    def move(self, parameter: Tensor, direction: Tensor, group: dict[str, Any]) -> None:
        """Decay and move the weight; a bfloat16 one part by part, since it takes float32 copies."""
        if parameter.dtype != torch.bfloat16:
            parameter.copy_(moved(parameter.float(), direction, group))
            return
        state = self.state[parameter]
        if "low" not in state:
            state["low"] = torch.zeros_like(parameter, dtype=torch.int16)
        upper, low, direction = parameter.view(-1), state["low"].view(-1), direction.reshape(-1)
        for start in range(0, upper.numel(), CHUNK):
            part = slice(start, start + CHUNK)
            weight = moved(join(upper[part], low[part]), direction[part], group)
            upper[part], low[part] = split(weight)

    def exact(self, parameter: Tensor) -> Tensor:
        """The float32 weight."""
        low = self.state[parameter].get("low")
        return parameter.detach().float() if low is None else join(parameter.detach(), low)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take a saved state, every tensor in the dtype it was saved in; torch alone would cast
        it to the parameter's.
        """
        super().load_state_dict(state_dict)
        take_as_saved(self, state_dict)


def moved(weight: Tensor, direction: Tensor, group: dict[str, Any]) -> Tensor:
    """The weight after its step, in place."""
    weight.mul_(1 - group["lr"] * group["weight_decay"])
    return weight.sub_(direction, alpha=group["lr"])


def take_as_saved(optimizer: torch.optim.Optimizer, state_dict: dict[str, Any]) -> None:
    """Give the optimiser's state the dtypes that the saved tensors have."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for index, saved in state_dict["state"].items():
        parameter = parameters[index]
        for name, value in saved.items():
            if isinstance(value, Tensor):
                optimizer.state[parameter][name] = value.to(parameter.device, copy=True)


def buffer(state: State, name: str, like: Tensor) -> Tensor:
    """A float32 tensor of the state, zeros at first."""
    if name not in state:
        state[name] = torch.zeros_like(like, dtype=torch.float32)
    return state[name]  # type: ignore[no-any-return]
