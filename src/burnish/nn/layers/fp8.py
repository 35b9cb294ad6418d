"""A frozen linear layer in 8-bit floating point: its weights are quantised once, its inputs each
time.

Weights take e4m3 numbers (4 bits of exponent, 3 of mantissa) and one scale a row; inputs are
rounded in the same way, one scale a position, so that the product runs on the GPU's 8-bit units
(arXiv:2209.05433). The backward pass multiplies by the weights as they were rounded.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from burnish.nn.kernels.float8 import FORMAT, pack, unpack

STEP = 16
"""Both sides of a weight must be a multiple of this for the 8-bit units."""


class Ways(NamedTuple):
    """What was compared on the device and may be used."""

    units: bool = False
    """Multiply on the 8-bit units; else the rounded numbers are multiplied in the inputs' dtype,
    which gives the same but for the order of sums.
    """
    kernels: bool = False
    """Round and widen by the kernels of `nn.kernels.float8`, bit for bit the same."""


PLAIN = Ways()


class Fp8Linear(nn.Linear):
    """What `linear` computes, its weight rounded to e4m3 numbers."""

    scale: Tensor

    def __init__(self, linear: nn.Linear, device: torch.device | str, ways: Ways = PLAIN) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.compute_dtype = linear.weight.dtype
        packed, scale = pack(linear.weight.detach().to(device), ways.kernels)
        # as bytes: casts of the whole model leave them alone
        self.packed = nn.Parameter(packed.view(torch.uint8), requires_grad=False)
        self.register_buffer("scale", scale)
        bias = linear.bias
        self.bias = None if bias is None else nn.Parameter(bias.detach().to(device), False)
        self.ways = ways

    @property
    def weight(self) -> Tensor:  # type: ignore[override]
        """The rounded weight, (out, in) in the dtype it was loaded in; made anew at each call."""
        return unpack(self.packed, self.scale, self.compute_dtype, self.ways.kernels)

    def forward(self, input: Tensor) -> Tensor:
        """(..., in) -> (..., out), in the dtype of the input or of autocast."""
        device = input.device.type
        if torch.is_autocast_enabled(device):
            input = input.to(torch.get_autocast_dtype(device))
        found = Product.apply(input, self.packed, self.scale, self.ways)
        return found if self.bias is None else found + self.bias.to(found.dtype)


class Product(torch.autograd.Function):
    """x times a packed weight; gradients go to x alone."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, packed: Tensor, scale: Tensor, ways: Ways) -> Tensor:
        ctx.save_for_backward(packed, scale)
        ctx.kernels = ways.kernels
        rows = x.reshape(-1, x.shape[-1])
        short, scales = pack(rows, ways.kernels)
        way = multiply if ways.units else multiply_plainly
        found = way(short, scales, packed, scale, x.dtype)
        return found.reshape(*x.shape[:-1], len(packed))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        packed, scale = ctx.saved_tensors
        return gradient @ unpack(packed, scale, gradient.dtype, ctx.kernels), None, None, None


def multiply(
    rows: Tensor, scales: Tensor, packed: Tensor, scale: Tensor, dtype: torch.dtype
) -> Tensor:
    """Packed (M, K) times packed (N, K), each with its scales, on the 8-bit units: (M, N)."""
    found = torch._scaled_mm(
        rows,
        packed.view(FORMAT).t(),
        scale_a=scales,
        scale_b=scale.t(),
        out_dtype=torch.bfloat16,
    )
    return found.to(dtype)


def multiply_plainly(
    rows: Tensor, scales: Tensor, packed: Tensor, scale: Tensor, dtype: torch.dtype
) -> Tensor:
    """The same numbers multiplied in `dtype`."""
    return unpack(rows, scales, dtype) @ unpack(packed, scale, dtype).T
