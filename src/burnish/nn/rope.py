"""Longer texts than a model was made for: its rotary positions stretched.

`linear` divides every position by a factor (arXiv:2306.15595); `dynamic` raises the base of the
rotation for texts beyond the original length. The formulas are transformers' own, but its `dynamic`
remembers the longest text it has seen: here a text's rotation depends on nothing but its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import torch
from torch import Tensor, nn
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from burnish.config.config import Config
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.template import TemplateGroup
from burnish.core.errors import ModelError, Problem, UsageError
from burnish.core.log import log


@dataclass(frozen=True, slots=True)
class Stretch:
    """How far positions are stretched: until `length` tokens fit."""

    kind: str
    length: int


def stretched(config: Config, trained: int | None = None) -> Stretch | None:
    """What --rope_scaling asks for. `trained`: the --max_length of the checkpoint, which wins.

    Raises:
        UsageError: no length to stretch to.
    """
    kind = config[ModelGroup].rope_scaling
    if kind is None:
        return None
    length = trained or config[TemplateGroup].max_length
    if length is None:
        wrong = "stretches positions until --max_length fits, which is not given"
        raise UsageError((Problem("rope_scaling", kind, wrong, "give --max_length"),))
    return Stretch(kind, length)


def stretch(config: Any, wanted: Stretch) -> None:
    """Set the positions of a model's config; it is saved with the model.

    Raises:
        ModelError: the model has no rotary positions, or some that are stretched already.
    """
    inner = config.get_text_config()
    limit = getattr(inner, "max_position_embeddings", None)
    present = getattr(inner, "rope_parameters", None)
    if not isinstance(present, dict) or not limit or "rope_theta" not in present:
        raise ModelError(
            f"--rope_scaling {wanted.kind}: a {inner.model_type} model has no rotary positions of "
            "one kind that could be stretched; leave it out"
        )
    if present.get("rope_type", "default") != "default":
        raise ModelError(
            f"--rope_scaling {wanted.kind}: the model's config.json stretches positions already "
            f"({present['rope_type']}); leave it out"
        )
    factor = max(ceil(wanted.length / limit), 1)
    inner.rope_parameters = {**present, "rope_type": wanted.kind, "factor": float(factor)}
    if wanted.kind == "linear":  # `dynamic` reckons from the length the model was made for
        inner.max_position_embeddings = limit * factor
    log.info("positions: %s, factor %d: %d tokens fit", wanted.kind, factor, limit * factor)


def reach(config: Any) -> int | None:
    """The most positions a model takes; None: its config does not say."""
    inner = config.get_text_config()
    limit = getattr(inner, "max_position_embeddings", None)
    rope = getattr(inner, "rope_parameters", None)
    if limit and isinstance(rope, dict) and rope.get("rope_type") == "dynamic":
        return int(limit * rope.get("factor", 1))
    return limit


class DynamicRotary(nn.Module):
    """A model's own rotation, with the frequencies of each text's length: texts in one batch, and
    texts before it, change nothing.

    While answering with a cache, keys stay as they were rotated when they were made.
    """

    def __init__(self, rotary: Any) -> None:
        super().__init__()
        self.rotary = rotary
        self.limit = int(rotary.original_max_seq_len)
        rotary.rope_type = "default"  # which keeps it from changing its frequencies by itself

    def forward(self, x: Tensor, position_ids: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, H) for its device and dtype, (B, T) -> cosines and sines, (B, T, D) each."""
        lengths = text_lengths(position_ids).clamp(min=self.limit)
        different = lengths.unique().tolist()
        if len(different) == 1:
            return self.rotated(x, position_ids, different[0])
        cosines, sines = self.rotated(x, position_ids, different[0])
        for length in different[1:]:
            own = (lengths == length).unsqueeze(-1)
            cosine, sine = self.rotated(x, position_ids, length)
            cosines, sines = torch.where(own, cosine, cosines), torch.where(own, sine, sines)
        return cosines, sines

    def rotated(self, x: Tensor, position_ids: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """The rotation of a text of so many tokens."""
        find = ROPE_INIT_FUNCTIONS["dynamic"]
        self.rotary.inv_freq = find(self.rotary.config, x.device, seq_len=length)[0]
        found: tuple[Tensor, Tensor] = self.rotary(x, position_ids)
        return found


def text_lengths(position_ids: Tensor) -> Tensor:
    """(B, T) -> (B, T): how long the text is that each token belongs to, as far as it is there; a
    text begins wherever positions do not go on.
    """
    begins = torch.ones_like(position_ids)
    begins[:, 1:] = position_ids[:, 1:] != position_ids[:, :-1] + 1
    text = begins.cumsum(1) - 1
    last = torch.zeros_like(position_ids).scatter_reduce(1, text, position_ids, "amax")
    return last.gather(1, text) + 1


def forget(model: nn.Module) -> None:
    """Give every dynamic rotation of a model no memory."""
    for name, module in list(model.named_modules()):
        if getattr(module, "rope_type", None) == "dynamic":
            model.set_submodule(name, DynamicRotary(module))
