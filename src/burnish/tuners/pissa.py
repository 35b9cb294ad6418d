"""PiSSA (arXiv:2404.02948): LoRA that starts as the base's largest singular directions.

The base is replaced by W - s B0 A0, so that the fresh model is the base. peft does that; here is
what it takes to leave it: a checkpoint holds an ordinary LoRA of twice the rank, [A; A0] and
[B, -B0], on W itself, and beside it A, B, A0 and B0 for a run that goes on.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.core.lazy import torch
from burnish.core.log import log
from burnish.tuners import peft

if TYPE_CHECKING:
    from torch import Tensor, nn

KEPT = "_burnish_start"
MARK = "start/"


def remember(model: nn.Module) -> None:
    """Keep A0 and B0, by which the base was shifted, on the CPU."""
    start = {n: t.cpu().clone() for n, t in peft.trained_tensors(model).items() if is_factor(n)}
    setattr(model, KEPT, start)


def is_factor(name: str) -> bool:
    return ".lora_A." in name or ".lora_B." in name


def is_shifted(model: nn.Module) -> bool:
    """Whether `remember` was called on this model."""
    return hasattr(model, KEPT)


def save(model: nn.Module, folder: Path) -> None:
    """Write the ordinary LoRA of twice the rank, and the state of the run."""
    start: dict[str, Tensor] = getattr(model, KEPT)
    plain = {peft.plain_name(name): tensor for name, tensor in start.items()}

    def double(tensors: dict[str, Any], config: Any) -> None:
        for name in plain.keys() & tensors.keys():
            minus, axis = (plain[name], 0) if ".lora_A." in name else (-plain[name], 1)
            tensors[name] = torch.cat([tensors[name].float(), minus.float()], axis).contiguous()
        scaling = config.lora_alpha / (math.sqrt(config.r) if config.use_rslora else config.r)
        alpha = scaling * 2 * config.r
        config.r, config.lora_alpha = 2 * config.r, int(alpha) if alpha == int(alpha) else alpha
        config.init_lora_weights, config.use_rslora = True, False

    peft.save(model, folder, edit=double)
    marked = {MARK + name: tensor for name, tensor in start.items()}
    peft.save_state(folder, {**peft.trained_tensors(model), **marked})


def restore(model: nn.Module, folder: Path) -> None:
    """Put A, B and whatever else is trained back, upon the base shifted as in the first run."""
    file = folder / peft.STATE
    saved = peft.read_tensors(file)
    start: dict[str, Tensor] = getattr(model, KEPT)
    marked = {MARK + name: tensor.clone() for name, tensor in start.items()}
    peft.put_back({**peft.trained_tensors(model), **marked}, saved, file)
    before = {name: saved[MARK + name] for name in start}
    if any(not torch.equal(before[name], tensor) for name, tensor in start.items()):
        log.warning(
            "the singular directions that %s began with came out otherwise on this machine: the "
            "base is shifted by the saved ones, which is close but not bit for bit",
            folder,
        )
        shift(model, start, before)
        setattr(model, KEPT, before)


def shift(model: nn.Module, here: dict[str, Tensor], there: dict[str, Tensor]) -> None:
    """Change the base from W - s B0 A0 of `here` to that of `there`."""
    for path, layer in model.named_modules():
        name = f"{path}.lora_A.{peft.ADAPTER}.weight"
        if name not in here:
            continue
        other = name.replace(".lora_A.", ".lora_B.")
        difference = here[other] @ here[name] - there[other] @ there[name]  # (out, in)
        base: Any = layer.get_base_layer()
        if type(base).__name__ == "Conv1D":
            difference = difference.T
        scaling = layer.scaling[peft.ADAPTER]
        moved = base.weight.detach().float() + scaling * difference.to(base.weight.device)
        base.weight.data.copy_(moved.to(base.weight.dtype))
