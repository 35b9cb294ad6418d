"""Rows of numbers in 8-bit floating point and back: e4m3 numbers and one scale a row.

e4m3 has 4 bits of exponent and 3 of mantissa; a row's largest number becomes the format's, 448.

On a GPU with Triton each row is read once by the kernels of `float8_triton`, after
`nn.kernels.verify` found that they give the same bits; elsewhere torch does the same arithmetic, in
float32 either way.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

import torch
from torch import Tensor

from burnish.core.require import is_installed

FORMAT = torch.float8_e4m3fn
LARGEST = torch.finfo(FORMAT).max
TINY = 1e-12
CHUNK = 2**24
"""Numbers that are rounded at once: it takes float32 copies of them."""


@cache
def triton_float8() -> ModuleType | None:
    """The Triton kernels, where they can run."""
    if not torch.cuda.is_available() or not is_installed("triton"):
        return None
    return import_module("burnish.nn.kernels.float8_triton")


def pack(rows: Tensor, fast: bool = False) -> tuple[Tensor, Tensor]:
    """(N, K) -> the same in e4m3 numbers, and the scale of each row, (N, 1) float32.

    `fast`: by the kernels, which must have been compared.
    """
    kernels = triton_float8() if fast else None
    if kernels is not None:
        return kernels.pack(rows)
    largest = torch.linalg.vector_norm(rows, torch.inf, 1, keepdim=True).float()
    scale = largest.clamp_min(TINY) * (1 / LARGEST)
    packed = torch.empty(rows.shape, dtype=FORMAT, device=rows.device)
    at_once = max(1, CHUNK // rows.shape[1])
    for start in range(0, len(rows), at_once):
        part = slice(start, start + at_once)
        packed[part] = (rows[part].float() / scale[part]).clamp_(-LARGEST, LARGEST).to(FORMAT)
    return packed, scale


def unpack(packed: Tensor, scale: Tensor, dtype: torch.dtype, fast: bool = False) -> Tensor:
    """The numbers that packed ones, or their bytes, stand for: (N, K) in `dtype`."""
    kernels = triton_float8() if fast else None
    if kernels is not None:
        return kernels.unpack(packed.view(FORMAT), scale, dtype)
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    return packed.view(FORMAT).to(wide).mul_(scale).to(dtype)
