"""Attention of packed sequences by their bounds: it cannot look across them, and no mask is made.

`attend` is registered with transformers under NAME, through its public interface. Called without
bounds (generation, padded batches) it is plain sdpa. Called with them it runs torch's varlen kernel
on a GPU, and the eager twin elsewhere.
"""

from __future__ import annotations

import inspect
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor
from torch.nn.attention.varlen import varlen_attn
from transformers import AttentionInterface, AttentionMaskInterface

from burnish.core.errors import ModelError

NAME = "burnish_varlen"

HARMLESS = {
    "is_causal", "position_ids", "position_embeddings", "cache_position", "cu_seq_lens_k",
    "max_length_k", "past_key_values", "num_items_in_batch", "layer_idx",
}  # fmt: skip
"""What models hand to attention that does not change what it computes."""


class Shape(NamedTuple):
    """What one layer asks of the kernel."""

    dtype: torch.dtype
    heads: int
    key_heads: int
    width: int
    window: int | None


def register() -> None:
    """Make NAME known to transformers; does no harm when done twice."""
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, AttentionMaskInterface()["sdpa"])


def arguments(config: Any, batch: Any, own_masks: bool = False) -> dict[str, Any]:
    """What a model is called with so that no sequence of `batch` sees another.

    transformers makes the masks itself for every kind of layer, from positions that restart, as
    long as it is given neither a mask nor a cache; a few families do not ask it to, and take
    `own_masks`. The kernel needs none: the empty mask, which is taken as finished, keeps one of
    T x T from being made.
    """
    if batch.positions is None:
        return {}
    given = {"position_ids": batch.positions}
    text = config.get_text_config()
    if text._attn_implementation != NAME:
        return {**given, "attention_mask": masks(text, batch)} if own_masks else given
    bounds, longest = batch.bounds, batch.longest
    return {
        **given,
        "attention_mask": torch.empty(1, 1, 0, 0, dtype=torch.bool, device=bounds.device),
        "cu_seq_lens_q": bounds,
        "cu_seq_lens_k": bounds,
        "max_length_q": longest,
        "max_length_k": longest,
    }


def masks(config: Any, batch: Any) -> Tensor | dict[str, Tensor]:
    """Where each position may look, (B, 1, T, T): for all layers, or by their kind where the config
    tells several; booleans for sdpa, numbers to be added for eager.
    """
    shape, device = batch.positions.shape, batch.positions.device
    flat = torch.arange(batch.positions.numel(), device=device)
    owner = torch.searchsorted(batch.bounds[1:].contiguous(), flat, right=True).view(shape)
    place = torch.arange(shape[1], device=device)
    back = place[:, None] - place  # how far a key lies behind its query
    full = (owner[:, :, None] == owner[:, None, :]) & (back >= 0)
    kinds = {"full_attention": full}
    if window := getattr(config, "sliding_window", None):
        kinds["sliding_attention"] = full & (back < window)
    made = {kind: mask[:, None] for kind, mask in kinds.items()}
    if config._attn_implementation == "eager":
        dtype = config.dtype or torch.float32
        made = {
            kind: torch.zeros_like(mask, dtype=dtype).masked_fill(~mask, torch.finfo(dtype).min)
            for kind, mask in made.items()
        }
    return made if getattr(config, "layer_types", None) else made["full_attention"]


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    cu_seq_lens_q: Tensor | None = None,
    max_length_q: int | None = None,
    burnish_shapes: set[Shape] | None = None,
    **extra: Any,
) -> tuple[Tensor, None]:
    """Causal attention of a layer: (B, H, T, D), keys and values (B, K, T, D) -> (B, T, H, D).

    `cu_seq_lens_q` are the bounds among the B * T positions. `burnish_shapes` collects what was
    asked for.

    Raises:
        ModelError: the layer wants what the kernel cannot do.
    """
    if cu_seq_lens_q is None or max_length_q is None:
        plain = AttentionInterface()["sdpa"]
        return plain(
            module, query, key, value, attention_mask,
            dropout=dropout, scaling=scaling, sliding_window=sliding_window, **extra,
        )  # fmt: skip
    refuse_extras(module, dropout, extra)
    rows, _, length, _ = query.shape
    device = query.device.type
    half = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else query.dtype
    q, k, v = (x.transpose(1, 2).flatten(0, 1).to(half) for x in (query, key, value))
    if burnish_shapes is not None:
        burnish_shapes.add(Shape(q.dtype, q.shape[1], k.shape[1], q.shape[2], sliding_window))
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    way = fast if query.is_cuda else eager
    found = way(q, k, v, cu_seq_lens_q, max_length_q, scale, sliding_window)
    return found.unflatten(0, (rows, length)), None


def refuse_extras(module: torch.nn.Module, dropout: float, extra: dict[str, Any]) -> None:
    """Raise ModelError for anything that would be left out silently: soft caps, sinks, dropout."""
    causal = extra.get("is_causal")
    wanted = [
        name
        for name, value in extra.items()
        if name not in HARMLESS and value is not None and not isinstance(value, bool)
    ]
    if dropout:
        wanted.append("dropout")
    if not (getattr(module, "is_causal", True) if causal is None else causal):
        wanted.append("attention to both sides")
    if wanted:
        raise ModelError(f"its attention uses {', '.join(wanted)}")


def fast(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bounds: Tensor,
    longest: int,
    scale: float,
    window: int | None,
) -> Tensor:
    """torch's varlen kernel: (T, H, D), keys and values (T, K, D) -> (T, H, D)."""
    left = -1 if window is None or window >= longest else window - 1  # that many to the left
    groups = query.shape[1] // key.shape[1]
    options: dict[str, Any] = {}
    if groups > 1 and takes_groups():
        options["enable_gqa"] = True
    elif groups > 1:
        key, value = (x.repeat_interleave(groups, 1) for x in (key, value))
    found = varlen_attn(
        query, key, value, bounds, bounds, longest, longest,
        scale=scale, window_size=(left, 0), **options,
    )  # fmt: skip
    return cast(Tensor, found)


@cache
def takes_groups() -> bool:
    """Whether the kernel itself shares a key head among several query heads."""
    return "enable_gqa" in inspect.signature(varlen_attn).parameters


def eager(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bounds: Tensor,
    longest: int,
    scale: float,
    window: int | None,
) -> Tensor:
    """The twin of `fast`: one sequence after the other, by matrix products."""
    groups = query.shape[1] // key.shape[1]
    wide = torch.float64 if query.dtype == torch.float64 else torch.float32
    parts = []
    for start, end in pairwise(bounds.tolist()):
        q, k, v = (x[start:end].transpose(0, 1) for x in (query, key, value))
        k, v = (x.repeat_interleave(groups, 0) for x in (k, v))
        place = torch.arange(end - start, device=query.device)
        back = place[:, None] - place  # how far a key lies behind its query
        hidden = back < 0 if window is None else (back < 0) | (back >= window)
        scores = (q @ k.transpose(1, 2) * scale).masked_fill(hidden, -torch.inf)
        parts.append((scores.softmax(-1, dtype=wide).to(v.dtype) @ v).transpose(0, 1))
    return torch.cat(parts)
