"""The decoder layers of a model and the parts of one, by the names that families give them."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain
from typing import Any

from torch import nn

from burnish.core.errors import ModelError

MLP = ("mlp", "feed_forward", "ffn", "block_sparse_moe", "moe")
ATTENTION = ("self_attn", "self_attention", "attention", "attn")
QUERY_KEY_VALUE = (
    "q_proj", "k_proj", "v_proj", "qkv_proj", "query_key_value", "qkv", "Wqkv", "W_pack",
    "c_attn", "query", "key", "value",
)  # fmt: skip
ATTENTION_OUT = ("o_proj", "out_proj", "dense", "c_proj", "wo", "out")
MLP_DOWN = ("down_proj", "dense_4h_to_h", "c_proj", "fc2", "w2", "wo", "output_linear")


def decoder_layers(model: nn.Module) -> tuple[str, nn.ModuleList]:
    """The list of the model's layers, with its path.

    Raises:
        ModelError: there is no list of as many layers as the config says.
    """
    count = text_config(model).num_hidden_layers
    for path, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return path, module
    raise ModelError(f"{type(model).__name__} has no list of its {count} layers to work on")


def text_config(model: Any) -> Any:
    """The config that speaks of the layers."""
    return model.config.get_text_config()


def part(layer: nn.Module, names: Collection[str]) -> nn.Module:
    """The direct child of `layer` that is called one of `names`.

    Raises:
        ModelError: there is none.
    """
    for name, child in layer.named_children():
        if name in names:
            return child
    there = ", ".join(name for name, _ in layer.named_children())
    raise ModelError(
        f"{type(layer).__name__} has none of the parts {', '.join(names)}, which this --sft_type "
        f"changes; it has {there}. Use --sft_type lora"
    )


def device_of(module: nn.Module) -> Any:
    """Where a module's weights lie; quantised ones are no parameters."""
    return next(chain(module.parameters(), module.buffers())).device
