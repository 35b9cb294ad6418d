"""Give modules of one model a faster way to compute the same, and say which got it."""

from __future__ import annotations

from torch import nn

from burnish.nn.layers import lora


def swap(model: nn.Module) -> list[str]:
    """Speed up what can be; returns one line a kind of module, for the start-up report."""
    fast, kept = lora.install(model)
    lines = []
    if fast:
        lines.append(f"{fast} LoRA layers: float32 master weights, multiplied in the compute dtype")
    if kept:
        lines.append(
            f"{kept} adapter layers stay peft's own (a variant, or not a plain linear base)"
        )
    return lines
