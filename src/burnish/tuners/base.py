"""A tuner is a frozen record of functions: what it adds to a model, what of it is trained, and how
that is saved and loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from burnish.config.groups.data import DataGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import CheckpointError, Problem, UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from burnish.config.config import Config

Need = Literal["padded rows", "no recompute", "cache"]
"""What a method cannot do without: rows of one sequence each; activations that are kept, not
recomputed; a key-value cache when answering.
"""


@dataclass(frozen=True, slots=True)
class Tuner:
    """One value of --sft_type."""

    attach: Callable[[nn.Module, Config, int], nn.Module]
    """(model, config, total steps) -> the model to train; sets requires_grad on exactly what is
    trained.
    """
    save: Callable[[nn.Module, Path], None]
    """Writes what `load` needs into a checkpoint folder, and what `restore` needs besides."""
    restore: Callable[[nn.Module, Path], None]
    """Puts the saved weights back into an attached model, bit for bit; raises CheckpointError where
    they do not fit.
    """
    load: Callable[[nn.Module, Path], nn.Module]
    """(base model, checkpoint folder) -> the tuned model, for inference."""
    saves: Literal["adapter", "model"] = "adapter"
    """Whether a checkpoint holds an adapter beside its base, or a whole model."""
    groups: tuple[type[Any], ...] = field(default=())
    merges: bool = True
    """Whether the adapter can become part of the base's weights."""
    merged: Callable[[nn.Module, Path], nn.Module] | None = None
    """(base model, checkpoint folder) -> the plain model with the adapter in its weights, for those
    that other adapters can be trained upon.
    """
    needs: frozenset[Need] = frozenset()
    penalty: Callable[[nn.Module], Tensor | None] | None = None
    """(model) -> a scalar to add to the loss of a whole step, over all its micro-batches and
    ranks.
    """
    before_zero: Callable[[int, nn.Module], None] | None = None
    """(step, counted from 1; model): called after the optimiser's step, with gradients still
    there.
    """
    paper: str = ""
    """Where the method is described, as `burnish list tuners` prints it."""
    trains: str = ""
    """What is trained, in a few words."""


TYPED = ("command line", "file", "python")
"""Sources of a value that a person set for this very run."""


def fitted(config: Config, tuner: Tuner) -> Config:
    """The flags as they hold with this tuner: --gradient_checkpointing is off where it cannot be.

    Raises:
        UsageError: --packing, or --gradient_checkpointing where it was asked for, with a method
            that cannot do with it.
    """
    kind = config[TunerGroup].sft_type
    wrong = f"cannot be combined with --sft_type {kind}"
    problems = []
    if "padded rows" in tuner.needs and config[DataGroup].packing:
        problems.append(Problem("packing", "true", wrong, "leave --packing out"))
    recomputes = config[LoopGroup].gradient_checkpointing and not may_recompute(tuner)
    if recomputes and config.sources["gradient_checkpointing"] in TYPED:
        fix = "say --gradient_checkpointing false"
        problems.append(Problem("gradient_checkpointing", "true", wrong, fix))
    if problems:
        raise UsageError(tuple(problems))
    if recomputes:
        return config.replace("rule", f"it {wrong}", gradient_checkpointing=False)
    return config


def may_recompute(tuner: Tuner) -> bool:
    """Whether activations may be recomputed in the backward pass, as --gradient_checkpointing
    does.
    """
    return not tuner.needs & {"no recompute", "cache"}


def refuse_merge(kind: str, tuner: Tuner, folder: Path) -> None:
    """Raises: CheckpointError where an adapter of this kind cannot become part of its base."""
    if not tuner.merges:
        raise CheckpointError(
            f"{folder} holds an adapter of --sft_type {kind}, which changes more than weights and "
            f"cannot be merged. Use it as it is: burnish infer --ckpt_dir {folder}"
        )
