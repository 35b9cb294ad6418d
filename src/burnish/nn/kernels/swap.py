"""Give modules of one model a faster way to compute the same, and say which got it."""

from __future__ import annotations

import sys
from typing import Any

from torch import nn

from burnish.core.errors import ModelError
from burnish.core.require import require
from burnish.nn.layers import lora

LIGER = {
    "llama": "swiglu",
    "mistral": "swiglu",
    "mixtral": "swiglu",
    "gemma": "geglu",
    "qwen2": "swiglu",
}
"""Families that Liger's layers were tried on here, and the kind of their feed-forward part."""


def swap(model: nn.Module, use_liger: bool = False) -> list[str]:
    """Speed up what can be; returns one line a kind of module, for the start-up report."""
    lines = [liger(model)] if use_liger else []
    fast, kept = lora.install(model)
    if fast:
        lines.append(f"{fast} LoRA layers: float32 master weights, multiplied in the compute dtype")
    if kept:
        lines.append(
            f"{kept} adapter layers stay peft's own (a variant, or not a plain linear base)"
        )
    return lines


def refuse_liger(config: Any) -> None:
    """Raises: ModelError for a family that Liger's layers are not used on."""
    if config.model_type not in LIGER:
        raise ModelError(
            f"--use_liger true: a {config.model_type} model is none of {', '.join(LIGER)}, which "
            "have Liger layers; leave it out"
        )


def liger(model: Any) -> str:
    """Liger's norms and feed-forward parts in this model, and in no other; returns a line of the
    report.

    Its loss is left out, since `nn.kernels.logps` has a fused head; its rotary positions, too: they
    can only be given to all models of a process.
    """
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    refuse_liger(inner.config)
    require("liger_kernel", extra="liger", needed_by="--use_liger")
    from liger_kernel.transformers import monkey_patch  # noqa: PLC0415  (an extra, GPU only)

    kind = inner.config.model_type
    code = sys.modules[type(inner).__module__]
    before = dict(vars(code))
    apply = getattr(monkey_patch, f"apply_liger_kernel_to_{kind}")
    wanted = {"rms_norm": True, LIGER[kind]: True}
    left_out = dict.fromkeys(("rope", "cross_entropy", "fused_linear_cross_entropy"), False)
    try:
        apply(model=inner, **wanted, **left_out)
    finally:  # it changes the classes of the family as well, for models that come later
        for name, value in before.items():
            setattr(code, name, value)
    return "Liger's norms and feed-forward layers"
