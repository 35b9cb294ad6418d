"""Several LoRA adapters in a row, each trained upon those before it (resume_lora_training)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.core.adapter import CONFIG, adapter_folder
from burnish.core.errors import CheckpointError
from burnish.tuners import peft
from burnish.tuners.base import Tuner
from burnish.tuners.merging import merge_adapter

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config


def split_folders(given: str) -> list[Path]:
    """The folders of `a,b,c`, the first one nearest to the base.

    Raises:
        CheckpointError: one holds no adapter, or several hold something else than LoRA.
    """
    folders = [Path(part.strip()) for part in given.split(",") if part.strip()]
    for folder in folders:
        settings = peft.read_config(adapter_folder(folder))
        if not settings:
            raise CheckpointError(f"{folder} holds no {CONFIG}: it is no adapter")
        kind = settings.get("peft_type") or settings.get("swift_type")
        if len(folders) > 1 and kind != "LORA":
            raise CheckpointError(
                f"{folder} holds an adapter of the kind {kind}: only LoRA adapters can follow upon "
                "each other. Give one folder"
            )
    return folders


def merge_all(model: nn.Module, folders: Sequence[Path]) -> nn.Module:
    """The plain model with every adapter in its weights, the first one first."""
    for folder in folders:
        model = merge_adapter(peft.load(model, folder))
    return model


def go_on_with_last(model: nn.Module, folders: Sequence[Path]) -> nn.Module:
    """All but the last adapter merged, and the last one to be trained further."""
    *before, last = folders
    tuned: Any = peft.load(merge_all(model, before), last, trainable=True)
    peft.widen_trained(tuned)
    return tuned


def begin_anew(
    model: nn.Module, folders: Sequence[Path], tuner: Tuner, config: Config, total_steps: int
) -> nn.Module:
    """All adapters merged, and a fresh one of these flags upon them; starting as they end."""
    return tuner.attach(merge_all(model, folders), config, total_steps)
