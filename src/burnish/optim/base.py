"""From flags to an optimiser: parameter groups, and builders found by the value of --optim."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from burnish.config.groups.optim import OptimGroup
from burnish.core.lazy import torch
from burnish.optim import galore

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer

    from burnish.config.config import Config

PLACES = (
    "adamw",
    "sgd",
    "lion",
    "adafactor",
    "muon",
    "bnb",
)  # files of this folder that hold OPTIMIZERS
Builder = Callable[[list[dict[str, Any]], "OptimGroup"], "Optimizer"]
EMBEDDING_RATE = 1e-6


def build_optimizer(model: nn.Module, config: Config) -> Optimizer:
    """The optimiser that the flags ask for, over every trainable parameter."""
    options = config[OptimGroup]
    plus = "lora_lr_ratio" in config.flags and config.acts("lora_lr_ratio")
    lora_lr_ratio = config.value("lora_lr_ratio") if plus else None
    apart: set[int] = set()
    if galore.is_on(config):
        apart = galore.targets(model, config[galore.GaloreGroup])
    elif options.optim == "muon":
        apart = import_module("burnish.optim.muon").matrices(model)
    groups = parameter_groups(
        model, options.learning_rate, options.weight_decay, lora_lr_ratio, apart
    )
    if galore.is_on(config):
        return galore.build(groups, config)
    return find_optimizer(options.optim)(groups, options)


def parameter_groups(
    model: nn.Module,
    learning_rate: float,
    weight_decay: float,
    lora_lr_ratio: float | None = None,
    apart: Collection[int] = (),
) -> list[dict[str, Any]]:
    """Trainable parameters, split by weight decay (none on biases and norm weights) and by LoRA+
    rate (arXiv:2402.12354).

    With `lora_lr_ratio`, B matrices and vectors learn at `learning_rate` x ratio and LoRA on
    embeddings at 1e-6. Each group keeps its parameters' names under "names"; those of `apart`, by
    identity, are in groups of their own that say so under "apart".
    """
    undecayed = norm_parameters(model)
    groups: dict[tuple[float, float, bool], dict[str, Any]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        kept = id(parameter) in undecayed or getattr(parameter, "undecayed", False)
        decay = 0.0 if parameter.ndim < 2 or kept else weight_decay
        rate = (
            learning_rate
            if lora_lr_ratio is None
            else plus_rate(name, parameter.ndim, learning_rate, lora_lr_ratio)
        )
        special = id(parameter) in apart
        group = groups.setdefault(
            (rate, decay, special), {"params": [], "names": [], "lr": rate, "weight_decay": decay}
        )
        if special:
            group["apart"] = True
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
