"""New layers between the old ones, which at first change nothing (LLaMA Pro, arXiv:2401.02415)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import nn

from burnish.core.errors import ModelError
from burnish.nn.layers import stack


def layer_plan(layers: int, new_blocks: int, groups: int) -> list[tuple[int, bool]]:
    """(which old layer, whether it is a copy of it) for each layer of the grown model: after every
    `layers / groups` old ones come `new_blocks / groups` copies of the last of them.
    """
    every, copies = layers // groups, new_blocks // groups
    plan = []
    for index in range(layers):
        plan.append((index, False))
        if (index + 1) % every == 0:
            plan += [(index, True)] * copies
    return plan


def grow(model: Any, plan: list[tuple[int, bool]]) -> list[nn.Module]:
    """Insert the copies, which give nothing to the residual stream yet; returns them.

    The numbers that layers have for the cache, the count in the config and its lists of one entry
    a layer are brought up to date.

    Raises:
        ModelError: the grown model does not give what the model gave.
    """
    is_shape = stack.device_of(model).type == "meta"  # which says nothing
    before = None if is_shape else probe(model)
    path, old = stack.decoder_layers(model)
    made = [silenced(old[index]) if is_copy else old[index] for index, is_copy in plan]
    for number, layer in enumerate(made):
        for module in layer.modules():
            if hasattr(module, "layer_idx"):
                module.layer_idx = number  # type: ignore[assignment]
    parent = model.get_submodule(path.rpartition(".")[0])
    setattr(parent, path.rpartition(".")[2], nn.ModuleList(made))
    update_config(stack.text_config(model), plan)
    if before is not None and not torch.equal(probe(model), before):
        raise ModelError(
            f"--sft_type llamapro: copies of {type(old[0]).__name__} change what "
            f"{type(model).__name__} says although their outputs are zero"
        )
    return [layer for layer, (_, is_copy) in zip(made, plan, strict=True) if is_copy]


def silenced(layer: nn.Module) -> nn.Module:
    """A copy of `layer` whose attention and MLP give zero: their last weights and biases are 0."""
    copy = deepcopy(layer)
    found = 0
    for names, ends in (
        (stack.ATTENTION, stack.ATTENTION_OUT),
        (stack.MLP, stack.MLP_DOWN),
    ):
        for name, parameter in stack.part(copy, names).named_parameters():
            if any(piece in ends for piece in name.split(".")):
                nn.init.zeros_(parameter)
                found += 1
    if not found:
        raise ModelError(f"{type(layer).__name__} has no last weights that are known by name")
    return copy


def update_config(config: Any, plan: list[tuple[int, bool]]) -> None:
    """Say in the config how many layers there are, and of which kind each is."""
    before = config.num_hidden_layers
    lists = {
        name: [value[index] for index, _ in plan]
        for name, value in vars(config).items()
        if "layer" in name and isinstance(value, list) and len(value) == before
    }
    config.num_hidden_layers = len(plan)
    for name, value in lists.items():
        setattr(config, name, value)


@torch.no_grad()
def probe(model: Any) -> torch.Tensor:
    """The logits of a few ids."""
    was_training = model.training
    model.eval()
    vocabulary = stack.text_config(model).vocab_size
    ids = torch.randint(vocabulary, (1, 8), generator=torch.Generator().manual_seed(0))
    found: torch.Tensor = model(input_ids=ids.to(stack.device_of(model)), use_cache=False).logits
    model.train(was_training)
    return found
