"""From the words of --target_modules and --modules_to_save to the names of this model's modules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from burnish.catalog.targets import default_targets
from burnish.core.errors import Problem, UsageError
from burnish.core.lazy import torch
from burnish.core.log import log

if TYPE_CHECKING:
    from torch import nn


def target_modules(model: nn.Module, words: Sequence[str], regex: str | None) -> list[str] | str:
    """What LoRA is put on: a list of module names, or the regular expression (full match on module
    paths).

    DEFAULT and AUTO are the family's usual projections, ALL every linear layer but the output head,
    EMBEDDING the embedding layers.

    Raises:
        UsageError: a name or expression that matches no linear or embedding layer, or a name of
            something else.
    """
    if regex:
        return matching(model, regex)
    names: list[str] = []
    for word in words:
        if word in ("DEFAULT", "AUTO"):
            names += usual_targets(model)
        elif word == "ALL":
            names += linear_names(model)
            if has_fused_experts(model):
                log.warning("ALL does not reach the experts of this model: no linear layers")
        elif word == "EMBEDDING":
            names += embedding_names(model)
        else:
            names += known_name(model, word, "target_modules", is_target)
    return sorted(set(names))


def matching(model: nn.Module, regex: str) -> list[str] | str:
    """`regex` where it matches layers alone, else the layers among its matches: `.*mlp.*` matches a
    block as well.
    """
    try:
        found = {n: m for n, m in model.named_modules() if re.fullmatch(regex, n)}
    except re.error as error:
        wrong = f"is not a regular expression: {error}"
        raise UsageError((Problem("target_regex", regex, wrong),)) from None
    layers = [name for name, module in found.items() if is_target(module)]
    if not layers:
        raise no_match("target_regex", regex, [n for n, m in model.named_modules() if is_target(m)])
    return regex if len(layers) == len(found) else layers


def refuse_embeddings(model: nn.Module, names: list[str] | str, who: str) -> None:
    """Stop `who`, a flag with its value, which can only do with linear layers.

    Raises:
        UsageError: an embedding layer is among the targets.
    """
    for path, module in model.named_modules():
        if isinstance(module, torch.nn.Embedding) and is_named(path, names):
            flag = "target_regex" if isinstance(names, str) else "target_modules"
            wrong = f"adapts an embedding layer, which {who} cannot"
            given = names if isinstance(names, str) else path.rsplit(".", 1)[-1]
            raise UsageError((Problem(flag, given, wrong, "name linear layers, or ALL"),))


def is_named(path: str, names: list[str] | str) -> bool:
    """Whether a module is one of `names`: names or ends of paths, or one expression for paths."""
    if isinstance(names, str):
        return re.fullmatch(names, path) is not None
    return any(path == name or path.endswith("." + name) for name in names)


def modules_to_save(model: nn.Module, words: Sequence[str]) -> list[str]:
    """Modules trained whole beside the adapter; EMBEDDING and LN stand for all of their kind."""
    names: list[str] = []
    for word in words:
        if word == "EMBEDDING":
            names += embedding_names(model)
        elif word == "LN":
            names += leaf_names(
                n for n, m in model.named_modules() if "norm" in type(m).__name__.lower()
            )
        else:
            names += known_name(model, word, "modules_to_save")
    refuse_packed(model, names)
    return sorted(set(names))


def refuse_packed(model: nn.Module, names: Sequence[str]) -> None:
    """Stop the training of weights in fewer bits.

    Raises:
        UsageError: a module to train whole holds packed weights.
    """
    from burnish.nn.quantize import is_packed

    for name in names:
        for path, module in model.named_modules():
            if is_named(path, [name]) and any(is_packed(p) for p in module.parameters()):
                wrong = "names a module whose weights are quantised, which cannot be trained"
                raise UsageError((Problem("modules_to_save", name, wrong, "leave it out"),))


def linear_names(model: nn.Module) -> list[str]:
    """Last names of every linear layer but the output head."""
    head = model.get_output_embeddings()
    return leaf_names(n for n, m in model.named_modules() if is_linear(m) and m is not head)


def has_fused_experts(model: nn.Module) -> bool:
    """Whether the experts of a layer share one weight of three axes, as transformers keeps them."""
    return any(p.ndim == 3 and "expert" in name for name, p in model.named_parameters())


def usual_targets(model: nn.Module) -> list[str]:
    """Those of the family's usual layers that this model has; its attention's projections where the
    family is not in the table.
    """
    there = set(leaf_names(n for n, m in model.named_modules() if is_target(m)))
    usual = default_targets(str(model.config.model_type)) or ()
    return [name for name in usual if name in there] or attention_projections(model)


def attention_projections(model: nn.Module) -> list[str]:
    """Query, key and value projections by their usual names, for families without an entry of their
    own.
    """
    usual = {
        "q_proj",
        "k_proj",
        "v_proj",
        "query_key_value",
        "qkv_proj",
        "c_attn",
        "Wqkv",
        "W_pack",
    }
    found = [name for name in linear_names(model) if name in usual]
    return found or linear_names(model)


def embedding_names(model: nn.Module) -> list[str]:
    return leaf_names(n for n, m in model.named_modules() if isinstance(m, torch.nn.Embedding))


def known_name(
    model: nn.Module, word: str, flag: str, fits: Callable[[nn.Module], bool] = lambda module: True
) -> list[str]:
    """`word` itself, if some modules of the model are called so and all of them fit."""
    modules = {path: module for path, module in model.named_modules() if path}
    found = [m for path, m in modules.items() if path == word or path.endswith("." + word)]
    if not found:
        raise no_match(flag, word, modules)
    unfit = next((module for module in found if not fits(module)), None)
    if unfit is not None:
        wrong = f"names a {type(unfit).__name__}, which is not a linear or embedding layer"
        layers = leaf_names(path for path, module in unfit.named_modules() if fits(module))
        fix = f"name layers inside it: {', '.join(layers)}" if layers else ""
        raise UsageError((Problem(flag, word, wrong, fix),))
    return [word]


def no_match(flag: str, given: str, paths: Iterable[str]) -> UsageError:
    names = leaf_names(paths)
    near = get_close_matches(given, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"this model has {', '.join(names[:12])}"
    return UsageError((Problem(flag, given, "matches no module of this model", hint),))


def leaf_names(paths: Iterable[str]) -> list[str]:
    return sorted(
        {path.rsplit(".", 1)[-1] for path in paths if not path.rsplit(".", 1)[-1].isdigit()}
    )


def is_target(module: nn.Module) -> bool:
    return is_linear(module) or isinstance(module, torch.nn.Embedding)


def is_linear(module: nn.Module) -> bool:
    """A linear layer; GPT-2's is transformers' Conv1D, the same with its weight turned, and packed
    ones (hqq, GPTQ, AWQ) are of their own kinds.
    """
    packed = hasattr(module, "in_features") and (
        hasattr(module, "W_q") or hasattr(module, "qweight")
    )
    return isinstance(module, torch.nn.Linear) or type(module).__name__ == "Conv1D" or packed


def input_width(module: Any) -> int:
    """The number of inputs of a linear layer."""
    return int(module.in_features if hasattr(module, "in_features") else module.weight.shape[0])


def output_width(module: Any) -> int:
    """The number of outputs of a linear layer."""
    return int(module.out_features if hasattr(module, "out_features") else module.weight.shape[1])
