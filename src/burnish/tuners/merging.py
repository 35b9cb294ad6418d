"""An adapter becomes part of its base's weights: peft's own merge, each sum taken in float32."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import nn

from burnish.core.log import log


def merge_adapter(model: Any) -> Any:
    """The plain model with the adapter added to its weights, each module's sum taken in float32.

    An own method that merges has changed the model's weights themselves when it was loaded.
    """
    if not hasattr(model, "peft_config"):
        return model.eval()
    base = model.get_base_model()
    was_tied = untie(base)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # peft notes that the modules are merged already
        for module in base.modules():
            if hasattr(module, "merge") and hasattr(module, "base_layer"):
                before = next(module.base_layer.parameters()).dtype
                module.float()
                module.merge()
                module.base_layer.to(before)
        merged = model.merge_and_unload()
    if was_tied:
        tie_again(merged)
    return merged.eval()


def untie(base: Any) -> bool:
    """Give the head its own weights where an adapter changes it or the embedding it is tied to.

    Merging into a shared weight would change both. Returns whether they were shared.
    """
    embedding, head = base.get_input_embeddings(), base.get_output_embeddings()
    if head is None or not (is_wrapped(embedding) or is_wrapped(head)):
        return False
    inner, outer = innermost(embedding), innermost(head)
    if inner.weight is not outer.weight:
        return False
    outer.weight = nn.Parameter(outer.weight.detach().clone(), requires_grad=False)
    return True


def tie_again(model: Any) -> None:
    """Tie embedding and head again if they came out equal; else the config says they differ."""
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    is_tied = torch.equal(embedding.weight, head.weight)
    if is_tied:
        head.weight = embedding.weight
    else:
        log.info("the adapter changes embedding or head: they no longer share their weights")
    for config in (model.config, model.config.get_text_config()):
        config.tie_word_embeddings = is_tied


def is_wrapped(module: nn.Module) -> bool:
    """Whether an adapter sits on a module."""
    return hasattr(module, "base_layer") or hasattr(module, "original_module")


def innermost(module: Any) -> Any:
    """The module of the base model inside its wrappers."""
    while is_wrapped(module):
        module = module.base_layer if hasattr(module, "base_layer") else module.original_module
    return module
