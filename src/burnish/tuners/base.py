"""A tuner is a frozen record of functions: what it adds to a model, what of it is trained, and how
that is saved and loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config


@dataclass(frozen=True, slots=True)
class Tuner:
    """One value of --sft_type."""

    attach: Callable[[nn.Module, Config, int], nn.Module]
    """(model, config, total steps) -> the model to train; sets requires_grad on exactly what is
    trained.
    """
    save: Callable[[nn.Module, Path], None]
    """Writes what `load` needs into a checkpoint folder."""
    restore: Callable[[nn.Module, Path], None]
    """Puts the saved weights back into an attached model, bit for bit; raises CheckpointError where
    they do not fit.
    """
    load: Callable[[nn.Module, Path], nn.Module]
    """(base model, checkpoint folder) -> the tuned model, for inference."""
    saves: Literal["adapter", "model"] = "adapter"
    """Whether a checkpoint holds an adapter beside its base, or a whole model."""
    groups: tuple[type[Any], ...] = field(default=())
