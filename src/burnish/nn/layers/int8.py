"""A linear layer whose weight is held in 8 bits and trained all the same (for Q-GaLore,
arXiv:2407.08296).

Its parameter keeps name, shape and gradient but takes no memory; the numbers are int8 codes and a
float32 scale for each row, which the optimiser changes. The backward pass computes the gradient of
the whole weight.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LARGEST, TINY = 127, 1e-12


def to_int8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """A matrix (m, n) as int8 codes and a scale for each row (m, 1), rounded to the nearest."""
    scale = (weight.abs().amax(1, keepdim=True) / LARGEST).clamp_min(TINY)
    return (weight / scale).round().to(torch.int8), scale


def round_at_random(weight: Tensor, scale: Tensor, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """The same with each number rounded up or down at random, right on average. `scale` stays
    where it is large enough, so that what did not change keeps its code.
    """
    scale = torch.maximum(scale, weight.abs().amax(1, keepdim=True) / LARGEST)
    dice = torch.rand(weight.shape, generator=draw, device=weight.device)
    codes = (weight / scale + dice).floor().clamp(-LARGEST, LARGEST)
    return codes.to(torch.int8), scale


class Int8Linear(torch.autograd.Function):
    """y = x W^T with W = codes x scale; `stand_in` receives the gradient of W."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, stand_in: Tensor, codes: Tensor, scale: Tensor) -> Tensor:
        ctx.save_for_backward(x, codes, scale)
        ctx.dtype = stand_in.dtype
        return F.linear(x, expand(codes, scale, x.dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x, codes, scale = ctx.saved_tensors
        of_x = of_weight = None
        rows = gradients[0].flatten(0, -2)
        if ctx.needs_input_grad[0]:
            of_x = gradients[0] @ expand(codes, scale, gradients[0].dtype)
        if ctx.needs_input_grad[1]:
            of_weight = (rows.mT @ x.flatten(0, -2)).to(ctx.dtype)
        return of_x, of_weight, None, None


def expand(codes: Tensor, scale: Tensor, dtype: torch.dtype) -> Tensor:
    """The weight in `dtype`."""
    return (codes * scale).to(dtype)


def forward(self: Any, x: Tensor) -> Tensor:
    """The forward pass of a layer that `install` changed."""
    if torch.is_autocast_enabled(x.device.type):
        x = x.to(torch.get_autocast_dtype(x.device.type))
    out = Int8Linear.apply(x, self.weight, self.codes, self.scale)
    return out if self.bias is None else out + self.bias.to(out.dtype)


def install(layer: nn.Linear, codes: Tensor, scale: Tensor) -> None:
    """Let `layer` compute with this weight, and give back the memory of its own."""
    layer.codes, layer.scale = codes, scale
    weight = layer.weight
    weight.data = weight.data.new_zeros(1).expand(weight.shape)
    layer.forward = MethodType(forward, layer)  # type: ignore[method-assign]
    layer.register_state_dict_post_hook(write_whole)


def write_whole(layer: Any, state: dict[str, Any], prefix: str, metadata: Any) -> None:
    """A saved model holds the numbers, not the stand-in."""
    state[f"{prefix}weight"] = expand(layer.codes, layer.scale, layer.weight.dtype)
