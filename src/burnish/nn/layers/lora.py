"""The forward pass of a plain LoRA layer: fp32 master weights, multiplied in the compute dtype.

peft builds, names, saves and merges the adapters (LoRA: arXiv:2106.09685). `install` gives each
plain
LoRA layer of one model another forward function and leaves everything else of it peft's. peft casts
the activations up to the adapters' float32, which costs a fifth of the speed.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FROZEN = ("Linear4bit", "Linear8bitLt", "HqqLinear", "Fp8Linear", "GroupedLinear")
"""Linear layers in fewer bits: they map (..., in) to (..., out) as a plain one does."""


def forward(self: Any, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """y = base(x) + scaling * B(A(dropout(x))), with x (..., in) and y (..., out).

    A layer that is merged, switched off or called in a special way computes as peft wrote it.
    """
    if self.disable_adapters or self.merged or args or kwargs or len(self.active_adapters) != 1:
        return type(self).forward(self, x, *args, **kwargs)
    name = self.active_adapters[0]
    out = self.base_layer(x)
    down, up = self.lora_A[name].weight, self.lora_B[name].weight  # (rank, in), (out, rank)
    inner = F.linear(self.lora_dropout[name](x).to(out.dtype), down.to(out.dtype))
    # scaled while it is still rank wide: B (s z) = s B z
    return out + F.linear(inner * self.scaling[name], up.to(out.dtype))


def install(model: nn.Module) -> tuple[int, int]:
    """Give every plain LoRA linear layer this forward; returns how many got it and how many not."""
    installed = kept = 0
    for layer in model.modules():
        if not hasattr(layer, "lora_A") or not hasattr(layer, "get_base_layer"):
            continue
        if is_plain(layer):
            layer.forward = MethodType(forward, layer)
            installed += 1
        else:
            kept += 1
    return installed, kept


def is_installed(layer: nn.Module) -> bool:
    """Whether `layer` computes with `forward` of this file."""
    return getattr(layer.__dict__.get("forward"), "__func__", None) is forward


def is_plain(layer: Any) -> bool:
    """Whether a peft layer computes just the plain formula: linear base, no variant."""
    names = list(layer.lora_A)
    base = type(layer.get_base_layer())
    return (base is nn.Linear or base.__name__ in FROZEN) and all(
        isinstance(layer.lora_A[name], torch.nn.Linear)
        and not layer.use_dora.get(name, False)
        and not layer.lora_variant.get(name)
        and not layer.lora_bias.get(name, False)
        for name in names
    )
