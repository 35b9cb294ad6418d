"""Adapters after Houlsby: a bottleneck behind every MLP (arXiv:1902.00751).

The second matrix starts at zero, so that the model starts as its base; the paper starts it close to
that.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from burnish.config.flag import flag, group
from burnish.tuners import own
from burnish.tuners.base import Tuner

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config


@group(applies=("sft_type", {"adapter"}))
class AdapterGroup:
    """Adapters after Houlsby: a bottleneck behind every MLP (arXiv:1902.00751)."""

    adapter_length: int = flag(128, "Width of the bottleneck.", ge=1, origin="burnish")
    adapter_act: Literal["gelu", "relu", "silu", "tanh"] = flag(
        "gelu", "What lies between its two matrices.", origin="burnish"
    )


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model with a fresh adapter behind the MLP of every layer."""
    options = config[AdapterGroup]
    settings = {"length": options.adapter_length, "act": options.adapter_act}
    return own.attach(model, "adapter", settings, build)


def build(model: Any, settings: Mapping[str, Any]) -> "Iterator[nn.Parameter]":
    """Put the adapters there; gives their weights."""
    from burnish.nn.layers import stack
    from burnish.nn.layers.adapter import Bottleneck, put_behind

    width = stack.text_config(model).hidden_size
    for layer in stack.decoder_layers(model)[1]:
        mlp = stack.part(layer, stack.MLP)
        adapter = Bottleneck(width, settings["length"], settings["act"], stack.device_of(mlp))
        put_behind(mlp, adapter)
        yield from adapter.parameters()


def load(model: "nn.Module", folder: Path) -> "nn.Module":
    """The base model with the adapters of `folder`, for inference."""
    return own.load(model, folder, "adapter", build)


TUNER = Tuner(
    attach=attach,
    save=own.save,
    restore=own.restore,
    load=load,
    groups=(AdapterGroup,),
    merges=False,
    paper="arXiv:1902.00751",
    trains="a bottleneck behind the MLP of every layer",
)
