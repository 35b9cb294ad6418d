"""A plain LoRA linear layer: fp32 master weights, multiplied in the compute dtype
(arXiv:2106.09685).

peft builds, names and saves the adapters; `replace` then exchanges the forward arithmetic of each
plain LoRA layer and keeps its parameters under their names. peft casts the activations up to the
adapters' float32 instead, which costs a fifth of the speed.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LoraLinear(nn.Module):
    """y = base(x) + scaling * B(A(dropout(x))), with x (..., in) and y (..., out).

    `lora_A.<name>.weight` is (rank, in), `lora_B.<name>.weight` is (out, rank); the attribute names
    are peft's, so its state dict functions work on a model that holds these layers.
    """

    def __init__(
        self,
        base_layer: nn.Linear,
        lora_A: nn.ModuleDict,
        lora_B: nn.ModuleDict,
        lora_dropout: nn.ModuleDict,
        name: str,
        scaling: float,
    ) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.lora_A = lora_A
        self.lora_B = lora_B
        self.lora_dropout = lora_dropout
        self.adapter = name
        self.scaling = scaling

    @property
    def weight(self) -> Tensor:
        """The base weight (out, in): some models look at the dtype or device of their
        projections.
        """
        return self.base_layer.weight

    @property
    def bias(self) -> Tensor | None:
        return self.base_layer.bias

    def forward(self, x: Tensor) -> Tensor:
        out = self.base_layer(x)
        down, up = self.lora_A[self.adapter].weight, self.lora_B[self.adapter].weight
        dtype = out.dtype
        inner = F.linear(self.lora_dropout[self.adapter](x).to(dtype), down.to(dtype))
        # scaled while it is still rank wide: B (s z) = s B z
        return out + F.linear(inner * self.scaling, up.to(dtype))


def replace(model: nn.Module, name: str = "default") -> tuple[int, int]:
    """Exchange every plain LoRA linear layer of `model`; returns how many were exchanged and how
    many stay peft's.
    """
    exchanged = kept = 0
    for parent in list(model.modules()):
        for attribute, child in list(parent.named_children()):
            if not hasattr(child, "lora_A") or isinstance(child, LoraLinear):
                continue
            if is_plain(child, name):
                layer = LoraLinear(
                    child.base_layer,
                    child.lora_A,
                    child.lora_B,
                    child.lora_dropout,
                    name,
                    child.scaling[name],
                )
                layer.train(child.training)
                setattr(parent, attribute, layer)
                exchanged += 1
            else:
                kept += 1
    return exchanged, kept


def is_plain(layer: nn.Module, name: str) -> bool:
    """Whether a peft layer computes just the plain formula: a linear base, one adapter, no DoRA or
    other variant.
    """
    return (
        type(layer.get_base_layer()) is nn.Linear
        and list(layer.lora_A) == [name]
        and not getattr(layer, "use_dora", {}).get(name, False)
        and not getattr(layer, "lora_variant", {}).get(name)
        and not getattr(layer, "lora_bias", {}).get(name, False)
        and not layer.merged
        and isinstance(layer.lora_A[name], torch.nn.Linear)
    )
