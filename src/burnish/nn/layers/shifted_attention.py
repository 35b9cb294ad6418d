"""Shifted sparse attention: in training, heads attend within groups of a quarter of the row; half
of the heads have their groups moved by half of one (LongLoRA, arXiv:2309.12307).

The moved heads begin and end with a part of a group. So, other than where positions are rolled
around, none can see a later one.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AttentionInterface, AttentionMaskInterface

from burnish.core.errors import ModelError
from burnish.nn.layers import stack

NAME = "burnish_shifted"
GROUPS = 4


def install(model: Any, length: int) -> None:
    """Let `model` attend so while it is trained. Rows are padded on the right to `length`, and to
    what `GROUPS` divides: so groups have one size in every batch.

    Raises:
        ModelError: it is not of the Llama family.
    """
    if stack.text_config(model).model_type != "llama":
        raise ModelError(
            f"--sft_type longlora: {type(model).__name__} is not of the Llama family, whose "
            "attention the method changes; use --sft_type lora"
        )
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, AttentionMaskInterface()["sdpa"])
    model.set_attn_implementation(NAME)
    body = model.base_model
    body.register_forward_pre_hook(partial(lengthen, length), with_kwargs=True)
    body.register_forward_hook(shorten, with_kwargs=True)


def lengthen(length: int, body: Any, given: Any, options: dict[str, Any]) -> Any:
    """The body's call with its ids padded; right padding is never seen by what comes before."""
    body.whole_length = None
    ids = options.get("input_ids")
    if not body.training:
        return given, options
    if ids is None or options.get("attention_mask") is not None or len(given):
        raise ModelError("--sft_type longlora trains on padded rows of ids, without a mask")
    rows = ids.shape[1]
    missing = max(length, rows)
    missing += -missing % GROUPS - rows
    body.whole_length = rows
    return given, {**options, "input_ids": F.pad(ids, (0, missing))}


def shorten(body: Any, given: Any, options: dict[str, Any], out: Any) -> Any:
    """What the body gives, without the padding."""
    if body.whole_length is not None:
        out.last_hidden_state = out.last_hidden_state[:, : body.whole_length]
    return out


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,
) -> tuple[Tensor, None]:
    """Shifted attention of one layer in training, else sdpa: (B, H, T, D), keys and values
    (B, K, T, D) -> (B, T, H, D).

    Raises:
        ModelError: rows that cannot be cut into groups, or that have a mask.
    """
    if not module.training:
        plain = AttentionInterface()["sdpa"]
        found: tuple[Tensor, None] = plain(
            module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **options
        )
        return found
    length = query.shape[2]
    if length % GROUPS or attention_mask is not None or key.shape[2] != length:
        raise ModelError(
            f"--sft_type longlora: a row of {length} positions cannot be cut into {GROUPS} groups"
            if length % GROUPS
            else "--sft_type longlora trains on whole padded rows, without a mask or cache"
        )
    repeated = query.shape[1] // key.shape[1]
    key, value = (x.repeat_interleave(repeated, 1) for x in (key, value))
    half, size = query.shape[1] // 2, length // GROUPS
    way = partial(F.scaled_dot_product_attention, is_causal=True, scale=scaling, dropout_p=dropout)
    still = in_groups(way, query[:, :half], key[:, :half], value[:, :half], size, 0)
    moved = in_groups(way, query[:, half:], key[:, half:], value[:, half:], size, size // 2)
    return torch.cat([still, moved], 1).transpose(1, 2).contiguous(), None


def in_groups(way: Any, query: Tensor, key: Tensor, value: Tensor, size: int, first: int) -> Tensor:
    """Causal attention within groups of `size` positions, (B, H, T, D). `first`: positions before
    the first whole group; they are a group as well, and so is what is left at the end.
    """
    count = (query.shape[2] - first) // size
    end = first + count * size
    parts = []
    if first:
        parts.append(way(*(x[:, :, :first] for x in (query, key, value))))
    whole = (x[:, :, first:end].unflatten(2, (count, size)) for x in (query, key, value))
    # groups become rows: (B, H, G, S, D) -> (B * G, H, S, D) and back
    rows = way(*(x.transpose(1, 2).flatten(0, 1) for x in whole))
    parts.append(rows.unflatten(0, (-1, count)).transpose(1, 2).flatten(2, 3))
    if end < query.shape[2]:
        parts.append(way(*(x[:, :, end:] for x in (query, key, value))))
    return torch.cat(parts, 2)
