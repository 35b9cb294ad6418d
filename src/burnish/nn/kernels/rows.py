"""What is done to rows of logits: their sums, and their slopes in place.

On a GPU with Triton each row is read once by the kernels of `rows_triton`; elsewhere torch does the
same arithmetic, in float32 either way.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

import torch
from torch import Tensor

from burnish.core.require import is_installed


@cache
def triton_rows() -> ModuleType | None:
    """The Triton kernels, where they can run."""
    if not torch.cuda.is_available() or not is_installed("triton"):
        return None
    return import_module("burnish.nn.kernels.rows_triton")


def sums(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Log-probability of each label, logsumexp of its row, and whether it was the likeliest.

    (N, V), (N,) -> (N,) float32, (N,) float32, (N,) bool; float64 logits give float64.
    """
    kernels = triton_rows() if logits.is_cuda and logits.dtype != torch.float64 else None
    if kernels is not None:
        return kernels.sums(logits, labels)
    wide = logits if logits.dtype == torch.float64 else logits.float()
    total = wide.logsumexp(1)
    chosen = wide.gather(1, labels[:, None]).squeeze(1)
    return chosen - total, total, wide.argmax(1) == labels


def slopes(logits: Tensor, labels: Tensor, totals: Tensor, factors: Tensor | None) -> Tensor:
    """factors * (one-hot(labels) - softmax(logits)), written over `logits` (N, V) in its dtype.

    `totals` (N,) are the rows' logsumexp; `factors` (N,) or None for 1.
    """
    kernels = triton_rows() if logits.is_cuda and logits.dtype != torch.float64 else None
    if kernels is not None:
        return kernels.slopes(logits, labels, totals, factors)
    wide = logits.to(totals.dtype)
    wide = (wide - totals[:, None]).exp_().neg_()
    wide.scatter_add_(1, labels[:, None], torch.ones_like(totals)[:, None])
    if factors is not None:
        wide *= factors[:, None]
    return logits.copy_(wide)
