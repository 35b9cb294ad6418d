"""Building, saving and loading adapters with peft: the only place that uses it."""

from __future__ import annotations

import warnings
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.core.errors import CheckpointError, Problem, UsageError
from burnish.core.lazy import torch

if TYPE_CHECKING:
    from torch import nn

WEIGHTS = "adapter_model.safetensors"
ADAPTER = "default"


def attach(model: nn.Module, kind: str, **options: Any) -> nn.Module:
    """Wrap `model` with a fresh adapter of the peft config class `kind`.

    Only the adapter is trainable; its half-precision weights are held in float32.

    Raises:
        UsageError: the flags leave no module to adapt.
    """
    import peft

    peft_config = getattr(peft, kind)(task_type="CAUSAL_LM", **options)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return peft.get_peft_model(model, peft_config, adapter_name=ADAPTER)
    except ValueError as error:
        names = peft_config.target_modules or ()
        given = names if isinstance(names, str) else " ".join(sorted(names))
        wrong = f"cannot be adapted: {str(error).split('. ')[0]}"
        raise UsageError((Problem("target_modules", given or "(none)", wrong),)) from error


def save(model: nn.Module, folder: Path) -> None:
    """Write adapter_model.safetensors and adapter_config.json, in peft's layout."""
    import peft
    from safetensors.torch import save_file

    tensors = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    whole = {name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()}
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert sum(t.numel() for t in whole.values()) >= trained, "a trained weight would not be saved"
    save_file(separate(whole), folder / WEIGHTS, metadata={"format": "pt"})
    config: Any = model.peft_config[ADAPTER]  # type: ignore[index]
    training, config.inference_mode = config.inference_mode, True
    with_sets_in_order(config).save_pretrained(str(folder))
    config.inference_mode = training


def with_sets_in_order(config: Any) -> Any:
    """A copy whose sets, such as target_modules, are sorted: two equal runs write the same file."""
    ordered = copy(config)
    for name, value in vars(config).items():
        if isinstance(value, set):
            setattr(ordered, name, sorted(value))
    return ordered


def separate(tensors: dict[str, Any]) -> dict[str, Any]:
    """The same tensors with no storage shared between two names, as safetensors asks."""
    seen: set[int] = set()
    for name, tensor in tensors.items():
        if tensor.data_ptr() in seen:
            tensors[name] = tensor.clone()
        seen.add(tensor.data_ptr())
    return tensors


def restore(model: nn.Module, folder: Path) -> None:
    """Put saved adapter weights back into an attached model, bit for bit.

    Raises:
        CheckpointError: the adapter in `folder` has other names or shapes than the one in training.
    """
    import peft
    from safetensors.torch import load_file

    saved = load_file(folder / WEIGHTS)
    present = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    wrong = sorted(saved.keys() ^ present.keys())
    wrong += [
        name for name in saved.keys() & present.keys() if saved[name].shape != present[name].shape
    ]
    if wrong:
        raise CheckpointError(
            f"{folder / WEIGHTS} does not fit the adapter that the flags describe: "
            f"{len(wrong)} tensors differ ({wrong[0]} ...); resume with the flags of the first run"
        )
    with torch.no_grad():
        for name, tensor in present.items():
            tensor.copy_(saved[name])
    after = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    assert all(torch.equal(after[name].cpu(), saved[name]) for name in saved), "not restored"


def load(model: nn.Module, folder: Path) -> nn.Module:
    """The base model with the adapter of `folder` on it, for inference.

    Raises:
        CheckpointError: the adapter does not fit this base.
    """
    import peft

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tuned = peft.PeftModel.from_pretrained(model, str(folder), local_files_only=True)
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        reason = str(error).strip().split("\n")[0]
        raise CheckpointError(
            f"the adapter in {folder} does not fit the base model: {reason}"
        ) from error
    return tuned.eval()
