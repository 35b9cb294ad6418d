"""A frozen linear layer in 8-bit floating point: its weights are quantised once, its inputs each
time.

Weights take e4m3 numbers (4 bits of exponent, 3 of mantissa) and one scale a row; inputs are
rounded in the same way, one scale a position, so that the product runs on the GPU's 8-bit units
(arXiv:2209.05433). The backward pass multiplies by the weights as they were rounded.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

FORMAT = torch.float8_e4m3fn
LARGEST = torch.finfo(FORMAT).max
STEP = 16
"""Both sides of a weight must be a multiple of this for the 8-bit units."""
CHUNK = 2**24
"""Numbers that are rounded at once: it takes float32 copies of them."""


class Fp8Linear(nn.Linear):
    """What `linear` computes, its weight rounded to e4m3 numbers.

    `fast`: multiply in 8 bits; else the rounded numbers are multiplied in the inputs' dtype, which
    gives the same but for the order of sums.
    """

    scale: Tensor

    def __init__(self, linear: nn.Linear, device: torch.device | str, fast: bool = False) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.compute_dtype = linear.weight.dtype
        packed, scale = pack(linear.weight.detach().to(device))
        # as bytes: casts of the whole model leave them alone
        self.packed = nn.Parameter(packed.view(torch.uint8), requires_grad=False)
        self.register_buffer("scale", scale)
        bias = linear.bias
        self.bias = None if bias is None else nn.Parameter(bias.detach().to(device), False)
        self.fast = fast

    @property
    def weight(self) -> Tensor:  # type: ignore[override]
        """The rounded weight, (out, in) in the dtype it was loaded in; made anew at each call."""
        return unpack(self.packed, self.scale, self.compute_dtype)

    def forward(self, input: Tensor) -> Tensor:
        """(..., in) -> (..., out), in the dtype of the input or of autocast."""
        device = input.device.type
        if torch.is_autocast_enabled(device):
            input = input.to(torch.get_autocast_dtype(device))
        found = Product.apply(input, self.packed, self.scale, self.fast)
        return found if self.bias is None else found + self.bias.to(found.dtype)


class Product(torch.autograd.Function):
    """x times a packed weight; gradients go to x alone."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, packed: Tensor, scale: Tensor, fast: bool) -> Tensor:
        ctx.save_for_backward(packed, scale)
        rows = x.reshape(-1, x.shape[-1])
        found = (multiply if fast else multiply_plainly)(rows, packed, scale)
        return found.reshape(*x.shape[:-1], len(packed))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        packed, scale = ctx.saved_tensors
        return gradient @ unpack(packed, scale, gradient.dtype), None, None, None


def pack(rows: Tensor) -> tuple[Tensor, Tensor]:
    """(N, K) -> the same in e4m3 numbers, and the scale of each row, (N, 1) float32."""
    largest = torch.linalg.vector_norm(rows, torch.inf, 1, keepdim=True).float()
    scale = largest.clamp_min(1e-12) / LARGEST
    packed = torch.empty_like(rows, dtype=FORMAT)
    at_once = max(1, CHUNK // rows.shape[1])
    for start in range(0, len(rows), at_once):
        part = slice(start, start + at_once)
        packed[part] = (rows[part].float() / scale[part]).clamp_(-LARGEST, LARGEST).to(FORMAT)
    return packed, scale


def unpack(packed: Tensor, scale: Tensor, dtype: torch.dtype) -> Tensor:
    """The numbers that packed bytes stand for."""
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    return packed.view(FORMAT).to(wide).mul_(scale).to(dtype)


def multiply(rows: Tensor, packed: Tensor, scale: Tensor) -> Tensor:
    """(M, K) times a packed (N, K), on the 8-bit units; (M, N)."""
    short, scales = pack(rows)
    found = torch._scaled_mm(
        short,
        packed.view(FORMAT).t(),
        scale_a=scales,
        scale_b=scale.t(),
        out_dtype=torch.bfloat16,
    )
    return found.to(rows.dtype)


def multiply_plainly(rows: Tensor, packed: Tensor, scale: Tensor) -> Tensor:
    """The same from numbers that are rounded as there and multiplied in the inputs' dtype."""
    short, scales = pack(rows)
    dtype = rows.dtype
    return unpack(short.view(torch.uint8), scales, dtype) @ unpack(packed, scale, dtype).T
