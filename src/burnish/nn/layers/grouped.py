"""A frozen linear layer as GPTQ and AWQ files hold it: integers of few bits, and for each group of
inputs and each output a scale and a zero point.

weight[o, i] = scale[g, o] * (number[i, o] - zero[g, o]), g the group of input i (GPTQ:
arXiv:2210.17323, AWQ: arXiv:2306.00978). It is made anew, in float32 and rounded once, whenever it
is multiplied; gradients go to the inputs alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from burnish.core.errors import ModelError

WORD = 32
"""Bits of the integers that numbers are packed into, the lowest bits first."""
AWQ_ORDER = (0, 4, 1, 5, 2, 6, 3, 7)
"""Where the eight outputs of a word of AWQ lie in it."""


@dataclass(frozen=True, slots=True)
class Packing:
    """How the numbers of a layer are laid out."""

    kind: Literal["gptq", "awq"]
    bits: int
    less: bool = False
    """Zero points are stored one less than they are, modulo 2 ** bits."""


class GroupedLinear(nn.Linear):
    """A linear layer of packed weights, empty until a file fills its tensors by their names.

    gptq  qweight (in * bits / 32, out), qzeros (groups, out * bits / 32)
    awq   qweight (in, out * bits / 32), qzeros (groups, out * bits / 32)
    both  scales (groups, out); g_idx (in,), the group of each input, may be missing
    """

    qzeros: Tensor
    scales: Tensor
    g_idx: Tensor | None

    def __init__(
        self, linear: nn.Linear, packing: Packing, empty: dict[str, Tensor], dtype: torch.dtype
    ) -> None:
        """`empty`: tensors of the right shapes; `dtype`: that of `weight`."""
        nn.Module.__init__(self)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.packing, self.compute_dtype = packing, dtype
        self.in_order: bool | None = None
        self.qweight = nn.Parameter(empty["qweight"], requires_grad=False)
        for name in ("qzeros", "scales", "g_idx"):
            self.register_buffer(name, empty.get(name))
        bias = empty.get("bias")
        kept = None if bias is None else nn.Parameter(bias.to(dtype), requires_grad=False)
        self.register_parameter("bias", kept)

    @property
    def weight(self) -> Tensor:  # type: ignore[override]
        """(out, in), in the dtype that the rest of the model has; made anew at each call."""
        return self.widen(self.compute_dtype)

    def widen(self, dtype: torch.dtype) -> Tensor:
        """The weight that the numbers stand for, (out, in)."""
        packing, scales = self.packing, self.scales.float()
        zeros = unpack(self.qzeros, packing)
        if packing.less:
            zeros = (zeros + 1) & (2**packing.bits - 1)
        # as the words lie, so that every pass goes along the memory: gptq (out, in), awq (in, out)
        side = 1 if packing.kind == "gptq" else 0
        numbers = unpack(self.qweight.T if side else self.qweight, packing)
        if side:
            zeros, scales = zeros.T.contiguous(), scales.T.contiguous()
        if in_order := self.is_in_order():
            numbers = numbers.unflatten(side, (len(self.scales), -1))
            zeros, scales = zeros.unsqueeze(side + 1), scales.unsqueeze(side + 1)
        else:
            group = self.groups() if self.g_idx is None else self.g_idx
            zeros, scales = zeros.index_select(side, group), scales.index_select(side, group)
        from_zero = numbers.to(torch.int16).sub_(zeros)
        # one pass that multiplies in float32 and rounds once
        wide = torch.mul(from_zero, scales, out=torch.empty_like(from_zero, dtype=dtype))
        wide = wide.flatten(side, side + 1) if in_order else wide
        return wide if side else wide.T

    def is_in_order(self) -> bool:
        """Whether groups of one size follow one another; looked at once, when a file filled it."""
        if self.in_order is None:
            self.refuse_unknown_groups()
            even = self.in_features % len(self.scales) == 0
            plain = self.g_idx is None or torch.equal(self.g_idx, self.groups().to(self.g_idx))
            self.in_order = even and plain
        return self.in_order

    def refuse_unknown_groups(self) -> None:
        """Raises: ModelError where the group of an input is none of the layer's."""
        count = len(self.scales)
        if self.g_idx is None or self.g_idx.is_meta:
            return
        if not 0 <= int(self.g_idx.min()) <= int(self.g_idx.max()) < count:
            raise ModelError(
                f"g_idx of a packed layer names group {int(self.g_idx.max())} of {count}: the file "
                "is damaged; take another copy of the model"
            )

    def groups(self) -> Tensor:
        """The group of each input, where no file says it: one after the other."""
        inputs = torch.arange(self.in_features, device=self.scales.device)
        return inputs // max(1, self.in_features // len(self.scales))

    def forward(self, input: Tensor) -> Tensor:
        """(..., in) -> (..., out), in the dtype of the input or of autocast."""
        device = input.device.type
        if torch.is_autocast_enabled(device):
            input = input.to(torch.get_autocast_dtype(device))
        found = Product.apply(input, self)
        return found if self.bias is None else found + self.bias.to(found.dtype)


class Product(torch.autograd.Function):
    """x times a packed weight; nothing as large as the weight is kept for the backward pass."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, layer: GroupedLinear) -> Tensor:
        ctx.layer = layer
        return F.linear(x, layer.widen(x.dtype))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient @ ctx.layer.widen(gradient.dtype), None


def unpack(words: Tensor, packing: Packing) -> Tensor:
    """(N, M) words to (N, 32 M / bits) numbers from 0 to 2 ** bits - 1, as bytes."""
    bits, mask = packing.bits, 2**packing.bits - 1
    if WORD % bits:
        return unpack_across(words, bits)
    parts = words.contiguous().view(torch.uint8)[..., None]  # the lowest bits first, as on every
    shift = torch.arange(0, 8, bits, dtype=torch.uint8, device=words.device)  # machine of today
    numbers = (parts >> shift & mask).flatten(1)
    if packing.kind == "awq":
        numbers = numbers.unflatten(1, (-1, len(AWQ_ORDER)))[:, :, list(AWQ_ORDER)].flatten(1)
    return numbers


def unpack_across(words: Tensor, bits: int) -> Tensor:
    """The same where some numbers lie across two words, as those of 3 bits do."""
    start = torch.arange(words.shape[1] * WORD // bits, device=words.device) * bits
    word, wide = start // WORD, words.long()
    following = wide[:, (word + 1).clamp(max=words.shape[1] - 1)]
    both = wide[:, word] & (2**WORD - 1) | following << WORD
    return (both >> start % WORD & (2**bits - 1)).to(torch.uint8)
