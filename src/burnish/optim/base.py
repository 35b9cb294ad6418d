"""From flags to an optimiser: parameter groups, and builders found by the value of --optim."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from burnish.core.lazy import torch

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer

    from burnish.config.groups.optim import OptimGroup

PLACES = ("adamw", "sgd")  # files of this folder that hold OPTIMIZERS
Builder = Callable[[list[dict[str, Any]], "OptimGroup"], "Optimizer"]
EMBEDDING_RATE = 1e-6


def parameter_groups(
    model: nn.Module, learning_rate: float, weight_decay: float, lora_lr_ratio: float | None = None
) -> list[dict[str, Any]]:
    """Trainable parameters, split by weight decay (none on biases and norm weights) and by LoRA+
    rate (arXiv:2402.12354).

    With `lora_lr_ratio`, B matrices and vectors learn at `learning_rate` x ratio and LoRA on
    embeddings at 1e-6. Each group keeps its parameters' names under "names".
    """
    undecayed = norm_parameters(model)
    groups: dict[tuple[float, float], dict[str, Any]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        decay = 0.0 if parameter.ndim < 2 or id(parameter) in undecayed else weight_decay
        rate = (
            learning_rate
            if lora_lr_ratio is None
            else plus_rate(name, parameter.ndim, learning_rate, lora_lr_ratio)
        )
        group = groups.setdefault(
            (rate, decay), {"params": [], "names": [], "lr": rate, "weight_decay": decay}
        )
        group["params"].append(parameter)
        group["names"].append(name)
    return list(groups.values())


def find_optimizer(name: str) -> Builder:
    """The builder that a value of --optim names; the flag's choices were checked before."""
    for place in PLACES:
        builders: dict[str, Builder] = import_module(f"burnish.optim.{place}").OPTIMIZERS
        if name in builders:
            return builders[name]
    raise AssertionError(f"no builder for --optim {name}")


def plus_rate(name: str, ndim: int, learning_rate: float, ratio: float) -> float:
    """LoRA+'s rate for one parameter."""
    if "lora_embedding" in name:
        return EMBEDDING_RATE
    return learning_rate * ratio if "lora_B" in name or ndim == 1 else learning_rate


def norm_parameters(model: nn.Module) -> set[int]:
    """Identities of the parameters that belong to normalisation layers, whatever their shape."""
    norms: Iterable[nn.Module] = (m for m in model.modules() if "norm" in type(m).__name__.lower())
    return {id(p) for norm in norms for p in norm.parameters(recurse=False)}


def is_half(groups: list[dict[str, Any]]) -> bool:
    """Whether any weight to be trained is held in half precision."""
    return any(p.dtype in (torch.bfloat16, torch.float16) for g in groups for p in g["params"])
