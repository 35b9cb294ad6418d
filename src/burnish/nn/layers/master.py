"""Float32 weights in a model of half precision: who casts them, and a linear layer that does.

Weights that are trained are held in float32, so that small steps are not lost. Where the layer
itself multiplies them in the dtype of its input, the model computes in training what it computes
when it answers; where it does not, the whole forward pass needs autocast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from burnish.nn.layers import adapter, lora, prefix, reft
from burnish.nn.quantize import is_packed

OWN = (adapter.Bottleneck, reft.Intervention, prefix.Prefix)
"""Our layers: they cast what they hold."""
OF_PEFT = ("ia3_l", "boft_R", "lora_E", "lora_magnitude_vector", "lora_embedding_A")
"""Parts that tell layers of peft which compute in float32, or in the dtype of their input, and cast
the result: in training as when they answer. Vera and fourierft do as well, but their products are
wide and float32 is slow: they are left to autocast.
"""


def forward(self: Any, x: Tensor) -> Tensor:
    """A linear layer in the dtype of its input, (..., in) -> (..., out)."""
    bias = None if self.bias is None else self.bias.to(x.dtype)
    return F.linear(x, self.weight.to(x.dtype), bias)


def install(modules: Iterable[nn.Module]) -> None:
    """Let every plain linear layer among these cast its own weights."""
    for module in modules:
        if type(module) is nn.Linear:
            module.forward = MethodType(forward, module)  # type: ignore[method-assign]


def need_autocast(model: nn.Module) -> bool:
    """Whether float32 weights of the model take part in its arithmetic by themselves."""
    cast = {id(parameter) for parameter in cast_inside(model)}
    return any(
        p.dtype == torch.float32 and id(p) not in cast and not is_packed(p)
        for p in model.parameters()
    )


def cast_inside(model: nn.Module) -> Iterator[nn.Parameter]:
    """Weights that the layer which holds them casts."""
    for module in model.modules():
        if isinstance(module, OWN) or is_installed(module):
            yield from module.parameters()
        elif lora.is_installed(module) or is_of_peft(module):
            layer: Any = module
            names = (*layer.adapter_layer_names, *layer.other_param_names)
            parts = (getattr(module, name, None) for name in names)
            held = (part for part in parts if isinstance(part, nn.Module))
            yield from chain.from_iterable(part.parameters() for part in held)


def give_what_they_got(model: nn.Module) -> None:
    """Let layers of peft on quantised weights give the dtype of their input. Some give float32
    where autocast is off, which answers in half precision cannot go on with.
    """
    layer: Any
    for layer in model.modules():
        of_peft = hasattr(layer, "get_base_layer")
        if of_peft and type(layer.get_base_layer()).__name__ in lora.FROZEN:
            layer.register_forward_hook(to_input_dtype)


def to_input_dtype(layer: nn.Module, given: tuple[Any, ...], out: Any) -> Any:
    """A forward hook; under autocast the dtype is not the layer's to choose."""
    x = given[0] if given else None
    if not isinstance(x, Tensor) or torch.is_autocast_enabled(x.device.type):
        return out
    return out.to(x.dtype)


def is_installed(module: nn.Module) -> bool:
    """Whether a layer computes with `forward` of this file."""
    return getattr(module.__dict__.get("forward"), "__func__", None) is forward


def is_of_peft(module: nn.Module) -> bool:
    """Whether a layer of peft has one of the parts OF_PEFT."""
    if not hasattr(module, "get_base_layer"):
        return False
    return any(len(getattr(module, name, ())) for name in OF_PEFT)
