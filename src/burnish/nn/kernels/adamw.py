"""One AdamW step of a half-precision weight and its compensation; see `nn.compensated_adamw`.

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


@cache
def triton_adamw() -> ModuleType | None:
    """The Triton kernel, where it can run."""
    if not torch.cuda.is_available() or not is_installed("triton"):
        return None
    return import_module("burnish.nn.kernels.adamw_triton")


def step(held: list[Tensor], gradient: Tensor, numbers: Numbers, fast: bool) -> None:
    """Update `held` = [weight, mean, square, compensation] in place.

    All are of one size and contiguous. `fast`: by the Triton kernel where there is one.
    """
    kernel = triton_adamw() if fast and gradient.is_cuda else None
    if kernel is not None:
        kernel.step(held, gradient, numbers)
        return
    flat = [tensor.view(-1) for tensor in held]
    gradient = gradient.reshape(-1)
    for start in range(0, gradient.numel(), CHUNK):
        part = slice(start, start + CHUNK)
        updated = update(numbers, *(tensor[part] for tensor in [*flat, gradient]))
        for target, value in zip(flat, updated, strict=True):
            target[part] = value


def update(
    n: Numbers, weight: Tensor, mean: Tensor, square: Tensor, compensation: Tensor, gradient: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """New weight, moments and compensation, each in its old dtype; arithmetic in float32."""
    gradient = gradient.float()
    new_mean = mean.float().lerp(gradient, 1 - n.beta1)
    new_square = square.float().lerp(gradient.square(), 1 - n.beta2)
    exact = (weight.float() + compensation.float()) * (1 - n.rate * n.decay)
    exact = exact - n.rate * (new_mean / n.bias1) / ((new_square / n.bias2).sqrt() + n.eps)
    stored = exact.to(weight.dtype)
    lost = exact - stored.float()
    return (
        stored,
        new_mean.to(mean.dtype),
        new_square.to(square.dtype),
        lost.to(compensation.dtype),
    )
