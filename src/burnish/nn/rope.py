"""Longer texts than a model was made for: its rotary positions stretched.

`linear` divides every position by a factor (arXiv:2306.15595); `dynamic` raises the base of the
rotation for texts beyond the original length. Both are transformers' own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

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
