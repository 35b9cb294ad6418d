"""Triton kernels over rows of logits, for `rows`: one program walks a row in blocks.

The running maximum and sum of exponentials are kept as it goes (online softmax, arXiv:1805.02867),
so
a row is read once.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

BLOCK = 4096


@triton.jit
def _sums(logits, labels, logps, totals, hits, width, stride, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    start_of_row = logits + row * stride
    label = tl.load(labels + row)
    best_value = float("-inf")
    best_column = 0
    total = 0.0
    for start in range(0, width, BLOCK):
        columns = start + tl.arange(0, BLOCK)
        block = tl.load(start_of_row + columns, mask=columns < width, other=float("-inf"))
        block = block.to(tl.float32)
        highest = tl.max(block, axis=0)
        where = start + tl.argmax(block, axis=0)
        best_column = tl.where(highest > best_value, where, best_column)
        higher = tl.maximum(best_value, highest)
        total = total * tl.exp(best_value - higher) + tl.sum(tl.exp(block - higher), axis=0)
        best_value = higher
    log_total = best_value + tl.log(total)
    chosen = tl.load(start_of_row + label).to(tl.float32)
    tl.store(logps + row, chosen - log_total)
    tl.store(totals + row, log_total)
    tl.store(hits + row, best_column == label)


@triton.jit
def _slopes(
    logits, labels, totals, factors, width, stride, HAS_FACTORS: tl.constexpr, BLOCK: tl.constexpr
):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = columns < width
    place = logits + row * stride + columns
    block = tl.load(place, mask=inside, other=float("-inf")).to(tl.float32)
    slope = tl.where(columns == tl.load(labels + row), 1.0, 0.0) - tl.exp(
        block - tl.load(totals + row)
    )
    if HAS_FACTORS:
        slope = slope * tl.load(factors + row)
    tl.store(place, slope.to(logits.dtype.element_ty), mask=inside)


def sums(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """See `rows.sums`; rows of `logits` must be contiguous."""
    assert logits.stride(1) == 1
    logps = torch.empty(len(labels), dtype=torch.float32, device=logits.device)
    totals, hits = torch.empty_like(logps), torch.empty_like(labels, dtype=torch.bool)
    _sums[(len(labels),)](
        logits,
        labels,
        logps,
        totals,
        hits,
        logits.shape[1],
        logits.stride(0),
        BLOCK=BLOCK,
        num_warps=8,
    )
    return logps, totals, hits


def slopes(logits: Tensor, labels: Tensor, totals: Tensor, factors: Tensor | None) -> Tensor:
    """See `rows.slopes`; rows of `logits` must be contiguous."""
    assert logits.stride(1) == 1
    grid = (len(labels), triton.cdiv(logits.shape[1], BLOCK))
    has_factors = factors is not None
    given = factors.float().contiguous() if has_factors else totals
    _slopes[grid](
        logits, labels, totals, given, logits.shape[1], logits.stride(0),
        HAS_FACTORS=has_factors, BLOCK=BLOCK, num_warps=8,
    )  # fmt: skip
    return logits
