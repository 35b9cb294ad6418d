"""LLaMA Pro: new layers between the old ones, which stay as they are (arXiv:2401.02415).

A checkpoint holds the new layers alone; put on the base they make a whole model of more layers,
which is what `burnish merge-lora` writes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.config.flag import AUTO, flag, group
from burnish.core.errors import Problem, UsageError
from burnish.core.lazy import torch
from burnish.tuners import own
from burnish.tuners.base import Tuner

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config
    from burnish.core.facts import Facts


def llamapro_num_groups(config: "Config", facts: "Facts") -> int:
    """that of --llamapro_num_new_blocks"""
    return config[LlamaproGroup].llamapro_num_new_blocks


def blocks_fill_their_groups(config: "Config") -> "Iterator[Problem]":
    """Every place gets equally many new layers."""
    options = config[LlamaproGroup]
    groups, blocks = options.llamapro_num_groups, options.llamapro_num_new_blocks
    if groups is not AUTO and blocks % groups:
        wrong = f"does not divide the {blocks} of --llamapro_num_new_blocks"
        yield Problem("llamapro_num_groups", str(groups), wrong)


@group(
    applies=("sft_type", {"llamapro"}),
    derive=(llamapro_num_groups,),
    check=(blocks_fill_their_groups,),
)
class LlamaproGroup:
    """LLaMA Pro: new layers between the old ones, which stay as they are (arXiv:2401.02415)."""

    llamapro_num_new_blocks: int = flag(4, "Layers to insert.", ge=1)
    llamapro_num_groups: int = flag(AUTO, "Places at which they are inserted.", ge=1)


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model with new layers that change nothing yet.

    Raises:
        UsageError: the new layers cannot be spread evenly over the model's.
    """
    from burnish.nn.layers import stack

    options, layers = config[LlamaproGroup], stack.text_config(model).num_hidden_layers
    blocks, groups = options.llamapro_num_new_blocks, options.llamapro_num_groups
    if layers % blocks:
        wrong = f"does not divide the {layers} layers of this model"
        fits = ", ".join(str(n) for n in range(1, layers + 1) if layers % n == 0)
        problem = Problem("llamapro_num_new_blocks", str(blocks), wrong, f"use one of {fits}")
        raise UsageError((problem,))
    settings = {"new_blocks": blocks, "groups": groups, "base_layers": layers}
    return own.attach(model, "llamapro", settings, build, merges=True)


def build(model: Any, settings: Mapping[str, Any]) -> "Iterator[nn.Parameter]":
    """Insert the layers; gives their weights, in float32 where they were float16."""
    from burnish.nn.layers import llamapro, stack

    layers = stack.text_config(model).num_hidden_layers
    plan = llamapro.layer_plan(layers, settings["new_blocks"], settings["groups"])
    for layer in llamapro.grow(model, plan):
        for parameter in layer.parameters():
            if parameter.dtype == torch.float16:
                parameter.data = parameter.data.float()
            yield parameter


def load(model: "nn.Module", folder: Path) -> "nn.Module":
    """The grown model, for inference; all of it in the number format of the base."""
    dtype = model.get_input_embeddings().weight.dtype  # type: ignore[operator]
    grown = own.load(model, folder, "llamapro", build)
    for parameter in grown.parameters():
        if dtype == torch.float16:  # the new layers were trained in float32
            parameter.data = parameter.data.to(dtype)
    return grown


TUNER = Tuner(
    attach=attach,
    save=own.save,
    restore=own.restore,
    load=load,
    groups=(LlamaproGroup,),
    paper="arXiv:2401.02415",
    trains="copies of layers, inserted between those of the base",
)
