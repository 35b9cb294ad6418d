"""AdaLoRA: LoRA that moves its rank to where it matters (arXiv:2303.10512)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.config.flag import flag, group
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import CheckpointError, Problem, UsageError
from burnish.core.lazy import torch
from burnish.tuners import peft, targets
from burnish.tuners.base import Tuner
from burnish.tuners.lora import LoraGroup

if TYPE_CHECKING:
    from torch import Tensor, nn

    from burnish.config.config import Config

VALUES = "tuner_state.json"
AVERAGES = ("exp_avg_ipt", "exp_avg_unc")
"""peft's names for the smoothed sensitivity and its smoothed uncertainty."""


def sound_schedule(config: "Config") -> Iterator[Problem]:
    """Ranks can only fall, and averages must move."""
    options = config[AdaloraGroup]
    if TunerGroup not in config or config[TunerGroup].sft_type != "adalora":
        return
    target, init = options.adalora_target_r, options.adalora_init_r
    if target >= init:
        wrong = f"is not below --adalora_init_r {init}, from which ranks fall"
        yield Problem("adalora_target_r", str(target), wrong, f"use less than {init}")
    for name in ("adalora_beta1", "adalora_beta2"):
        beta = getattr(options, name)
        if beta in (0, 1):
            yield Problem(name, str(beta), "must lie between 0 and 1", "use a value such as 0.85")


@group(applies=("sft_type", {"adalora"}), check=(sound_schedule,))
class AdaloraGroup:
    """AdaLoRA: LoRA that moves its rank to where it matters (arXiv:2303.10512)."""

    adalora_target_r: int = flag(8, "Average rank at the end.", ge=1)
    adalora_init_r: int = flag(12, "Rank of every matrix at the start.", ge=1)
    adalora_tinit: int = flag(0, "Steps before ranks begin to fall.", ge=0)
    adalora_tfinal: int = flag(0, "Last steps, in which ranks stay.", ge=0)
    adalora_deltaT: int = flag(1, "Steps between two changes of the ranks.", ge=1)
    adalora_beta1: float = flag(0.85, "Smoothing of the sensitivity.", ge=0, le=1)
    adalora_beta2: float = flag(0.85, "Smoothing of the uncertainty.", ge=0, le=1)
    adalora_orth_reg_weight: float = flag(
        0.5, "Weight of the penalty that keeps factors orthogonal.", gt=0
    )


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model with P diag(L) Q beside each chosen linear layer; L starts at 0.

    --lora_dropout and --lora_alpha hold here, too; --lora_dtype does not: weights are float32.
    """
    options, lora, where = config[AdaloraGroup], config[LoraGroup], peft.chosen(model, config)
    targets.refuse_embeddings(model, where["target_modules"], "--sft_type adalora")
    refuse_no_time(options, total_steps)
    tuned = peft.attach(
        model,
        "AdaLoraConfig",
        target_r=options.adalora_target_r,
        init_r=options.adalora_init_r,
        tinit=options.adalora_tinit,
        tfinal=options.adalora_tfinal,
        deltaT=options.adalora_deltaT,
        beta1=options.adalora_beta1,
        beta2=options.adalora_beta2,
        orth_reg_weight=options.adalora_orth_reg_weight,
        total_step=total_steps,
        lora_alpha=lora.lora_alpha,
        lora_dropout=lora.lora_dropout,
        ensure_weight_tying=bool(where["modules_to_save"]),
        **where,
    )
    for name, parameter in tuned.named_parameters():
        if ".ranknum." in name:  # a constant, which peft's cast of a half-precision base unfreezes
            parameter.requires_grad_(False)
    return tuned


def refuse_no_time(options: AdaloraGroup, total_steps: int) -> None:
    """Between the first and the last steps there must be some in which ranks fall.

    Raises:
        UsageError: tinit + tfinal is not less than the steps of the run.
    """
    first, last = options.adalora_tinit, options.adalora_tfinal
    if first + last >= total_steps:
        wrong = (
            f"and --adalora_tfinal {last} leave none of the run's {total_steps} steps for ranks to "
            "fall"
        )
        raise UsageError(
            (Problem("adalora_tinit", str(first), wrong, "train longer, or lower them"),)
        )


def penalty(model: Any) -> "Tensor":
    """The mean over all factors of ||P'P - I|| (Frobenius), times its weight."""
    norms = []
    for name, weight in model.named_parameters():
        if ".lora_A." in name or ".lora_B." in name:
            factor = weight.float() if ".lora_A." in name else weight.float().T  # (rank, width)
            gram = factor @ factor.T
            norms.append(torch.linalg.norm(gram - torch.eye(len(gram), device=gram.device)))
    scale: float = model.peft_config[peft.ADAPTER].orth_reg_weight
    return scale * torch.stack(norms).mean()


def before_zero(step: int, model: Any) -> None:
    """Count the step's gradients into each triplet's importance, and mask what the budget of `step`
    has no room for.
    """
    for name, weight in model.named_parameters():
        if "lora_" in name and weight.requires_grad:
            # an expert that saw no token has none; a step in float16 may overflow
            known = torch.zeros_like(weight) if weight.grad is None else weight.grad
            weight.grad = torch.nan_to_num(known, nan=0.0, posinf=0.0, neginf=0.0)
    model.base_model.update_and_allocate(step)


def save(model: Any, folder: Path) -> None:
    """Write the adapter, its masked ranks cut out where they are 0 indeed, and the run's state."""
    config, allocator = model.peft_config[peft.ADAPTER], model.base_model.rankallocator
    pattern = config.rank_pattern
    if pattern and not is_masked(model, pattern):  # an optimiser's step after the mask moved them
        config.rank_pattern = None
    try:
        peft.save(model, folder, pruned=True)
    finally:
        config.rank_pattern = pattern
    averages = {
        f"{kind}/{name}": tensor
        for kind in AVERAGES
        for name, tensor in getattr(allocator, kind).items()
    }
    peft.save_state(folder, {**peft.trained_tensors(model), **averages})
    (folder / VALUES).write_text(json.dumps({"rank_pattern": pattern}), encoding="utf-8")


def is_masked(model: "nn.Module", pattern: dict[str, list[bool]]) -> bool:
    """Whether every rank that the pattern leaves out is 0."""
    kept = {peft.plain_name(name): torch.tensor(mask) for name, mask in pattern.items()}
    return not any(
        weight.detach().flatten().cpu()[~kept[peft.plain_name(name)]].any()
        for name, weight in model.named_parameters()
        if ".lora_E." in name
    )


def restore(model: Any, folder: Path) -> None:
    """Put all ranks back, masked ones too, and the importances they were masked by.

    Raises:
        CheckpointError: they are those of another adapter.
    """
    file = folder / peft.STATE
    saved = peft.read_tensors(file)
    own = peft.trained_tensors(model)
    peft.put_back(own, {n: t for n, t in saved.items() if not n.startswith(AVERAGES)}, file)
    allocator = model.base_model.rankallocator
    allocator.reset_ipt()
    for key, tensor in saved.items():
        kind, _, name = key.partition("/")
        if kind in AVERAGES:
            device = own[PREFIX + name].device
            getattr(allocator, kind)[name] = tensor.to(device)
            allocator.ipt[name] = torch.zeros_like(tensor, device=device)
    if not (folder / VALUES).is_file():
        raise CheckpointError(f"{folder / VALUES} is missing; resume from another checkpoint")
    values = json.loads((folder / VALUES).read_text(encoding="utf-8"))
    model.peft_config[peft.ADAPTER].rank_pattern = values["rank_pattern"]


PREFIX = peft.PREFIX
"""The allocator names weights as they are below peft's wrapper."""

TUNER = Tuner(
    attach=attach,
    save=save,
    restore=restore,
    load=peft.load,
    groups=(AdaloraGroup, LoraGroup),
    penalty=penalty,
    before_zero=before_zero,
    paper="arXiv:2303.10512",
    trains="thin matrices whose rank moves to the layers that need it",
)
