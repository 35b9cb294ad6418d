"""The Triton twin of `adamw.update`: reads and writes every number once."""

from __future__ import annotations

import triton
import triton.language as tl
from torch import Tensor

from burnish.nn.kernels.adamw import Numbers

BLOCK = 2048


@triton.jit
def _step(
    weight, mean, square, compensation, gradient, size,
    rate, decay, beta1, beta2, eps, bias1, bias2, BLOCK: tl.constexpr,
):  # fmt: skip
    place = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = place < size
    g = tl.load(gradient + place, mask=inside, other=0.0).to(tl.float32)
    m = tl.load(mean + place, mask=inside, other=0.0).to(tl.float32)
    v = tl.load(square + place, mask=inside, other=0.0).to(tl.float32)
    w = tl.load(weight + place, mask=inside, other=0.0).to(tl.float32)
    c = tl.load(compensation + place, mask=inside, other=0.0).to(tl.float32)
    m = m + (g - m) * (1.0 - beta1)
    v = v + (g * g - v) * (1.0 - beta2)
    exact = (w + c) * (1.0 - rate * decay)
    exact = exact - rate * (m / bias1) / (tl.sqrt(v / bias2) + eps)
    stored = exact.to(weight.dtype.element_ty)
    tl.store(weight + place, stored, mask=inside)
    tl.store(mean + place, m.to(mean.dtype.element_ty), mask=inside)
    tl.store(square + place, v.to(square.dtype.element_ty), mask=inside)
    lost = exact - stored.to(tl.float32)
    tl.store(compensation + place, lost.to(compensation.dtype.element_ty), mask=inside)


def step(held: list[Tensor], gradient: Tensor, numbers: Numbers) -> None:
    """See `adamw.step`."""
    size = gradient.numel()
    _step[(triton.cdiv(size, BLOCK),)](
        *held, gradient.contiguous(), size, numbers.rate, numbers.decay, numbers.beta1,
        numbers.beta2, numbers.eps, numbers.bias1, numbers.bias2, BLOCK=BLOCK, num_warps=8,
    )  # fmt: skip
