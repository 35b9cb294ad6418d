"""A bottleneck behind a module: two small matrices and what lies between (arXiv:1902.00751)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ACTIVATIONS = {"gelu": F.gelu, "relu": F.relu, "silu": F.silu, "tanh": torch.tanh}


class Bottleneck(nn.Module):
    """x + W2 act(W1 x + b1) + b2, with x (..., width); W2 and b2 start at 0, so it starts as x.

    Weights are held in float32 and multiplied in the dtype of x.
    """

    def __init__(self, width: int, length: int, act: str, device: Any = None) -> None:
        super().__init__()
        self.down = nn.Linear(width, length, device=device, dtype=torch.float32)
        self.up = nn.Linear(length, width, device=device, dtype=torch.float32)
        self.act = act
        nn.init.xavier_uniform_(self.down.weight)
        for start_at_zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(start_at_zero)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.linear(x, self.down.weight.to(x.dtype), self.down.bias.to(x.dtype))
        inner = ACTIVATIONS[self.act](inner).to(x.dtype)
        return x + F.linear(inner, self.up.weight.to(x.dtype), self.up.bias.to(x.dtype))


def put_behind(module: nn.Module, adapter: Bottleneck) -> None:
    """Let `module` give what `adapter` makes of its output; the adapter becomes its child."""
    module.adapter = adapter
    module.register_forward_hook(through_adapter)


def through_adapter(module: Any, given: object, out: Any) -> Any:
    """A module's output through its adapter; of several outputs, the first."""
    if isinstance(out, tuple):
        return (module.adapter(out[0]), *out[1:])
    return module.adapter(out)
