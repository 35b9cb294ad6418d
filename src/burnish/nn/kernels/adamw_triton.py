"""The Triton twin of `adamw.step`: reads and writes every number once."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from burnish.nn.kernels.adamw import Held, Numbers

BLOCK = 2048


@triton.jit
def _step(
    upper, low, mean, square, gradient, size,
    rate, decay, beta1, beta2, eps, bias1, bias2, BLOCK: tl.constexpr,
):  # fmt: skip
    place = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = place < size
    g = tl.load(gradient + place, mask=inside, other=0.0).to(tl.float32)
    m = tl.load(mean + place, mask=inside, other=0.0).to(tl.float32)
    v = tl.load(square + place, mask=inside, other=0.0).to(tl.float32)
    bits = tl.load(upper + place, mask=inside, other=0).to(tl.int32) << 16
    bits += tl.load(low + place, mask=inside, other=0).to(tl.int32)
    weight = bits.to(tl.float32, bitcast=True)
    m = m + (g - m) * (1.0 - beta1)
    v = v + (g * g - v) * (1.0 - beta2)
    weight = weight * (1.0 - rate * decay)
    weight = weight - rate * (m / bias1) / (tl.sqrt(v / bias2) + eps)
    bits = weight.to(tl.int32, bitcast=True)
    half = (bits + 0x8000) >> 16
    tl.store(upper + place, half.to(tl.int16), mask=inside)
    tl.store(low + place, (bits - (half << 16)).to(tl.int16), mask=inside)
    tl.store(mean + place, m.to(mean.dtype.element_ty), mask=inside)
    tl.store(square + place, v.to(square.dtype.element_ty), mask=inside)


def step(held: Held, gradient: Tensor, numbers: Numbers) -> None:
    """See `adamw.step`; the weight must be in two halves."""
    size = gradient.numel()
    _step[(triton.cdiv(size, BLOCK),)](
        held.weight.view(torch.int16), held.low, held.mean, held.square, gradient.contiguous(),
        size, numbers.rate, numbers.decay, numbers.beta1, numbers.beta2, numbers.eps,
        numbers.bias1, numbers.bias2, BLOCK=BLOCK, num_warps=8,
    )  # fmt: skip
