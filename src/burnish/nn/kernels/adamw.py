"""One AdamW step of a weight held in two halves; see `nn.split_adamw`.

`update` is the eager twin, `adamw_triton` does the same in one pass over memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

import torch
from torch import Tensor

from burnish.core.require import is_installed

CHUNK = 2**23  # elements the eager twin takes at once: it needs float32 copies of them


@dataclass(frozen=True, slots=True)
class Numbers:
    """The scalars of one step: `bias1` and `bias2` are 1 - beta ** step."""

    rate: float
    decay: float
    beta1: float
    beta2: float
    eps: float
    bias1: float
    bias2: float


@dataclass(frozen=True, slots=True)
class Held:
    """What a step changes in place; all of one size and contiguous."""

    weight: Tensor
    """bfloat16: the upper half of the float32 weight. Or float32, then the whole of it."""
    low: Tensor | None
    """int16: what is to be added to the upper half's bits."""
    mean: Tensor
    square: Tensor


@cache
def triton_adamw() -> ModuleType | None:
    """The Triton kernel, where it can run."""
    if not torch.cuda.is_available() or not is_installed("triton"):
        return None
    return import_module("burnish.nn.kernels.adamw_triton")


def step(held: Held, gradient: Tensor, numbers: Numbers, fast: bool) -> None:
    """Update `held` in place; `fast`: by the Triton kernel where there is one."""
    kernel = triton_adamw() if fast and gradient.is_cuda and held.low is not None else None
    if kernel is not None:
        kernel.step(held, gradient, numbers)
        return
    weight, mean, square = (t.view(-1) for t in (held.weight, held.mean, held.square))
    low = None if held.low is None else held.low.view(-1)
    gradient = gradient.reshape(-1)
    for start in range(0, gradient.numel(), CHUNK):
        part = slice(start, start + CHUNK)
        whole = weight[part].float() if low is None else join(weight[part], low[part])
        whole, mean[part], square[part] = update(
            numbers, whole, mean[part], square[part], gradient[part]
        )
        if low is None:
            weight[part] = whole
        else:
            weight[part], low[part] = split(whole)


def update(
    n: Numbers, weight: Tensor, mean: Tensor, square: Tensor, gradient: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """New weight and moments in float32."""
    gradient = gradient.float()
    mean = mean.float().lerp(gradient, 1 - n.beta1)
    square = square.float().lerp(gradient.square(), 1 - n.beta2)
    weight = weight * (1 - n.rate * n.decay)
    return weight - n.rate * (mean / n.bias1) / ((square / n.bias2).sqrt() + n.eps), mean, square


def join(weight: Tensor, low: Tensor) -> Tensor:
    """bfloat16 and int16 halves to float32."""
    upper = weight.contiguous().view(torch.int16).to(torch.int32) << 16
    return (upper + low.to(torch.int32)).view(torch.float32)


def split(whole: Tensor) -> tuple[Tensor, Tensor]:
    """float32 to its nearest bfloat16 and what is missing to it, as int16; `join` undoes it."""
    bits = whole.view(torch.int32)
    upper = (bits + 0x8000) >> 16
    low = bits - (upper << 16)
    return upper.to(torch.int16).view(torch.bfloat16), low.to(torch.int16)
