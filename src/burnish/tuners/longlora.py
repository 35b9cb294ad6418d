"""LongLoRA: LoRA for long rows, with attention in groups while training (arXiv:2309.12307).

As in the paper's better variant, embeddings and norms are trained as well. The adapter is a LoRA
of peft's layout, which needs nothing of this file: attention is plain whenever it answers.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from burnish.config.groups.template import TemplateGroup
from burnish.core.errors import Problem, UsageError
from burnish.tuners import lora

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config

TRAINED_WHOLE = ["EMBEDDING", "LN"]


def attach(model: Any, config: "Config", total_steps: int) -> "nn.Module":
    """The model with a fresh LoRA, and shifted attention in training.

    Raises:
        ModelError: a model that is not of the Llama family.
        UsageError: --max_length is missing or cannot be cut into four groups.
    """
    from burnish.nn.layers.shifted_attention import install

    if problems := list(length_has_groups(config)):
        raise UsageError(tuple(problems))
    install(model, config[TemplateGroup].max_length or 0)
    own = {name: info.default for name, info in config.flags.items()
           if info.group is lora.LoraGroup and not config.acts(name)}  # fmt: skip
    plain = config.replace("rule", "it belongs to --sft_type lora", **own)
    why = "--sft_type longlora trains them"
    return lora.attach(
        model, plain.replace("rule", why, modules_to_save=TRAINED_WHOLE), total_steps
    )


def length_has_groups(config: "Config") -> "Iterator[Problem]":
    """Rows of --max_length tokens are cut into four groups."""
    length = config[TemplateGroup].max_length
    wrong = "with --sft_type longlora must be a number that 4 divides"
    if length is None:
        yield Problem("max_length", "none", wrong, "give --max_length")
    elif length % 4:
        yield Problem("max_length", str(length), wrong, f"use {length + -length % 4}")


TUNER = replace(
    lora.TUNER,
    attach=attach,
    needs=frozenset({"padded rows"}),
    paper="arXiv:2309.12307",
    trains="low-rank updates of linear layers, embeddings and norms",
)
