"""The projection of GaLore: the main directions of a gradient, and gradients written in them.

A gradient G (m, n) is projected from the left, L^T G, from the right, G R, or both, with L (m, r)
and R (n, r) the first singular vectors of the gradient of one step; d goes back as L d R^T.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from burnish.core.errors import TrainingError

BYTE = 8


def sides(shape: torch.Size, kind: str) -> tuple[bool, bool]:
    """Whether a gradient of `shape` is projected from the left, and from the right.

    std shortens the longer side's partner: from the right where there are at least as many rows as
    columns, else from the left; reverse_std is the opposite.
    """
    if kind in ("std", "reverse_std"):
        tall = shape[0] >= shape[1]
        right = tall if kind == "std" else not tall
        return not right, right
    return kind in ("left", "full"), kind in ("right", "full")


def basis(gradient: Tensor, rank: int, left: bool, right: bool) -> tuple[Tensor, Tensor]:
    """The first `rank` left (m, r) and right (n, r) singular vectors, orthonormal; a side that is
    not wanted is empty.

    They are the eigenvectors of G G^T or G^T G, whichever is smaller, which takes a fraction of the
    time of a singular value decomposition. The other side follows: G^T l is parallel to r.

    Raises:
        TrainingError: the gradient is not finite.
    """
    rank = min(rank, *gradient.shape)
    wide = gradient.shape[0] < gradient.shape[1]
    short = gradient if wide else gradient.mT  # (s, l) with s <= l
    short = short / short.abs().max().clamp_min(torch.finfo(short.dtype).tiny)  # squares fit
    square = short @ short.mT
    if not bool(torch.isfinite(square).all()):
        raise TrainingError("a gradient is not a number: lower --learning_rate")
    near = torch.linalg.eigh(square).eigenvectors[:, -rank:].flip(-1)
    none = gradient.new_empty(0)
    far = torch.linalg.qr(short.mT @ near).Q if (right if wide else left) else none
    first, second = (near, far) if wide else (far, near)
    return (first.contiguous() if left else none), (second.contiguous() if right else none)


def aligned(new: Tensor, old: Tensor | None) -> Tensor:
    """`new` (m, r) with each column's sign, which is arbitrary, such that moments gathered along
    the old column still point the right way; at first, its largest entry is positive.
    """
    if old is None or old.shape != new.shape:
        signs = new.gather(0, new.abs().argmax(0, keepdim=True)).sign()
    else:
        signs = (old * new).sum(0, keepdim=True).sign()
    return new * torch.where(signs == 0, torch.ones_like(signs), signs)


def likeness(new: Tensor, old: Tensor) -> float:
    """Mean cosine similarity, between 0 and 1, of the columns of two bases (m, r)."""
    return float((new * old).sum(0).abs().mean())


def project(gradient: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """The gradient (m, n) in low rank: (r, n), (m, r) or (r, r)."""
    low = left.mT @ gradient if left.numel() else gradient
    return low @ right if right.numel() else low


def project_back(low: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """(m, n) again."""
    whole = left @ low if left.numel() else low
    return whole @ right.mT if right.numel() else whole


def squeeze(matrix: Tensor, bits: int, group_size: int) -> tuple[Tensor, Tensor, Tensor]:
    """A matrix in few bits: codes (uint8, several in a byte where they fit evenly), and each
    group's step and lowest value (float32).
    """
    flat = matrix.reshape(-1)
    flat = F.pad(flat, (0, -len(flat) % group_size)).view(-1, group_size)
    lowest = flat.amin(1, keepdim=True)
    step = ((flat.amax(1, keepdim=True) - lowest) / (2**bits - 1)).clamp_min(1e-12)
    codes = ((flat - lowest) / step).round().to(torch.uint8).view(-1)
    each = BYTE // bits
    codes = F.pad(codes, (0, -len(codes) % each)).view(-1, each)
    shifts = torch.arange(each, device=codes.device, dtype=torch.uint8) * bits
    packed = (codes << shifts).sum(1, dtype=torch.uint8)
    return packed, step, lowest


def stretch(
    packed: Tensor,
    step: Tensor,
    lowest: Tensor,
    bits: int,
    group_size: int,
    shape: tuple[int, ...],
) -> Tensor:
    """The matrix that `squeeze` made small, near enough."""
    shifts = torch.arange(BYTE // bits, device=packed.device, dtype=torch.uint8) * bits
    codes = ((packed[:, None] >> shifts) & (2**bits - 1)).view(-1)
    flat = codes[: len(step) * group_size].view(-1, group_size) * step + lowest
    return flat.view(-1)[: math.prod(shape)].view(shape)
