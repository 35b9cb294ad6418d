"""Triton kernels over rows of 8-bit numbers, for `float8`: one program a row, or a part of one."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

BLOCK = 4096


@triton.jit
def _pack(rows, packed, scales, width, stride, INVERSE: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    source, target = rows + row * stride, packed + row * width
    largest = tl.zeros([BLOCK], tl.float32)
    for start in range(0, width, BLOCK):
        columns = start + tl.arange(0, BLOCK)
        block = tl.load(source + columns, mask=columns < width, other=0.0).to(tl.float32)
        largest = tl.maximum(largest, tl.abs(block))
    scale = tl.maximum(tl.max(largest, axis=0), 1e-12) * INVERSE
    tl.store(scales + row, scale)
    for start in range(0, width, BLOCK):  # the row is still in the cache
        columns = start + tl.arange(0, BLOCK)
        block = tl.load(source + columns, mask=columns < width, other=0.0).to(tl.float32)
        block = tl.math.div_rn(block, tl.zeros_like(block) + scale)
        # the cast saturates, and what is no number stays so
        tl.store(target + columns, block.to(packed.dtype.element_ty), mask=columns < width)


@triton.jit
def _unpack(packed, scales, wide, width, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = columns < width
    block = tl.load(packed + row * width + columns, mask=inside, other=0.0).to(tl.float32)
    block = block * tl.load(scales + row)
    tl.store(wide + row * width + columns, block.to(wide.dtype.element_ty), mask=inside)


def pack(rows: Tensor) -> tuple[Tensor, Tensor]:
    """See `float8.pack`."""
    rows = rows if rows.stride(1) == 1 else rows.contiguous()
    packed = torch.empty(rows.shape, dtype=torch.float8_e4m3fn, device=rows.device)
    scales = torch.empty(len(rows), 1, dtype=torch.float32, device=rows.device)
    _pack[(len(rows),)](
        rows, packed, scales, rows.shape[1], rows.stride(0),
        INVERSE=1 / 448, BLOCK=block_of(rows.shape[1]), num_warps=8,
    )  # fmt: skip
    return packed, scales


def unpack(packed: Tensor, scale: Tensor, dtype: torch.dtype) -> Tensor:
    """See `float8.unpack`."""
    packed = packed.contiguous()
    wide = torch.empty(packed.shape, dtype=dtype, device=packed.device)
    block = block_of(packed.shape[1])
    grid = (len(packed), triton.cdiv(packed.shape[1], block))
    _unpack[grid](packed, scale, wide, packed.shape[1], BLOCK=block, num_warps=4)
    return wide


def block_of(width: int) -> int:
    """Numbers of a row that are held at once."""
    return min(BLOCK, triton.next_power_of_2(width))
