"""Learned keys and values that every layer attends to before the text (arXiv:2110.07602).

They enter where attention is computed, through transformers' attention interface, and not as a
cache: so positions of the text stay what they are, packed sequences all see the prefix, and it
makes no difference whether there is a cache or activations are recomputed.
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

NAME = "burnish_prefix"


class Prefix(nn.Module):
    """`length` keys and values for each of `layers`, `width` numbers each, all heads together.

    A table of (length, layers * 2 * width) numbers; with `projection` > 0 made from a table of
    (length, projection) by linear, tanh, linear.
    """

    def __init__(
        self, layers: int, length: int, width: int, projection: int = 0, device: Any = None
    ) -> None:
        super().__init__()
        self.width = width
        self.projection = projection
        made = {"device": device, "dtype": torch.float32}
        total = layers * 2 * width
        self.embedding = nn.Embedding(length, projection or total, **made)
        if projection:
            self.inner = nn.Linear(projection, projection, **made)
            self.outer = nn.Linear(projection, total, **made)

    def layer(self, index: int) -> Tensor:
        """Keys and values of one layer, (length, 2 * width); each layer makes its own, so that
        nothing is kept from one layer, or one call, to the next.
        """
        own = slice(index * 2 * self.width, (index + 1) * 2 * self.width)
        table = self.embedding.weight
        if not self.projection:
            return table[:, own]
        with torch.autocast(table.device.type, enabled=False):  # as it is folded for inference
            inner = torch.tanh(F.linear(table, self.inner.weight, self.inner.bias))
            return F.linear(inner, self.outer.weight[own], self.outer.bias[own])

    @torch.no_grad()
    def folded(self, layers: int) -> Prefix:
        """The same prefix without its projection, for inference."""
        made = Prefix(layers, len(self.embedding.weight), self.width, 0, "meta")
        table = torch.cat([self.layer(index) for index in range(layers)], 1)
        made.embedding.weight = nn.Parameter(table, requires_grad=False)
        return made


def key_width(model: nn.Module) -> int:
    """Numbers in all key heads of a position, which must be as many in its values."""
    config = stack.text_config(model)
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(heads * size)


def put_before(model: Any, prefix: Prefix) -> None:
    """Let every attention of `model` see `prefix`, which becomes the model's child.

    Raises:
        ModelError: its attention cannot be given one.
    """
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, AttentionMaskInterface()["sdpa"])
    model.prefix = prefix
    layers = stack.decoder_layers(model)[1]
    try:
        model.set_attn_implementation(NAME)
    except (ValueError, ImportError) as error:
        raise unfit(model) from error
    if stack.text_config(model)._attn_implementation != NAME:
        raise unfit(model)
    for index, layer in enumerate(layers):
        attention: Any = stack.part(layer, stack.ATTENTION)
        attention.prefix_of = partial(values_of, [prefix], index)  # in a list: not its child
        attention.prefix_seen = False
    prove(model, layers)


def values_of(prefix: list[Prefix], index: int) -> Tensor:
    """What one layer sees; a function of its own, so that a copy of the model copies it."""
    return prefix[0].layer(index)


@torch.no_grad()
def prove(model: Any, layers: nn.ModuleList) -> None:
    """See that a forward pass takes every layer's prefix; not on a model that is a shape alone."""
    if stack.device_of(model).type == "meta":
        return
    was_training = model.training
    ids = torch.zeros(1, 2, dtype=torch.long, device=stack.device_of(model))
    try:
        model.eval()(input_ids=ids, use_cache=False)
    except (ValueError, TypeError, RuntimeError) as error:  # it asks for what sdpa cannot do
        raise unfit(model) from error
    model.train(was_training)
    if not all(stack.part(layer, stack.ATTENTION).prefix_seen for layer in layers):
        raise unfit(model)


def unfit(model: nn.Module) -> ModelError:
    """What a person is told."""
    return ModelError(
        f"--sft_type p_tuning: the attention of {type(model).__name__} cannot be given a prefix; "
        "use --sft_type lora"
    )


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **options: Any,
) -> tuple[Tensor, None]:
    """sdpa with the layer's prefix before keys and values: (B, H, T, D), (B, K, S, D) twice ->
    (B, T, H, D).
    """
    plain = AttentionInterface()["sdpa"]
    if not hasattr(module, "prefix_of"):
        return plain(module, query, key, value, attention_mask, **options)
    module.prefix_seen = True
    pairs = module.prefix_of().to(key.dtype)  # (P, 2 K D)
    length = len(pairs)
    # (P, 2, K, D) -> (2, 1, K, P, D), the same for every row
    heads = pairs.view(length, 2, key.shape[1], key.shape[3]).permute(1, 2, 0, 3)[:, None]
    heads = heads.expand(-1, len(key), -1, -1, -1)
    mask = behind(attention_mask, query, key, length)
    before = (torch.cat([own, text], 2) for own, text in zip(heads, (key, value), strict=True))
    options["is_causal"] = False  # the mask says it
    found: tuple[Tensor, None] = plain(module, query, *before, mask, **options)
    return found


def behind(mask: Tensor | None, query: Tensor, key: Tensor, length: int) -> Tensor:
    """The mask of the text with `length` open columns before it; made where there is none, since
    its absence means causal.
    """
    rows, columns = query.shape[2], key.shape[2]
    if mask is None:
        mask = torch.ones(1, 1, rows, columns, dtype=torch.bool, device=key.device)
        mask = mask.tril() if rows > 1 else mask
    is_open = True if mask.dtype == torch.bool else 0.0
    return F.pad(mask, (length, 0), value=is_open)
