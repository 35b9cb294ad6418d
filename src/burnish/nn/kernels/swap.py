"""Exchange modules of one model for faster ones with the same parameters under the same names, and
say which.
"""

from __future__ import annotations

from torch import nn

from burnish.nn.layers import lora


def swap(model: nn.Module) -> list[str]:
    """Exchange what can be; returns one line a kind of module, for the start-up report."""
    exchanged, kept = lora.replace(model)
    lines = []
    if exchanged:
        lines.append(
            f"{exchanged} LoRA layers: float32 master weights, multiplied in the compute dtype"
        )
    if kept:
        lines.append(
            f"{kept} adapter layers stay peft's own (a variant, or not a plain linear base)"
        )
    return lines
