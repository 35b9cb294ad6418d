"""Attaching, saving and loading the methods of our own, which no other library knows.

What a method trains lies in adapter_model.safetensors under the names that it has in the model,
beside the settings that build the same model again; nothing of the base is in there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.core.earlier import KEY
from burnish.core.errors import CheckpointError
from burnish.core.files import read_json
from burnish.core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor, nn

WEIGHTS = "adapter_model.safetensors"
SETTINGS = "adapter_config.json"
README = """\
# An adapter of the method `{kind}`

It belongs on the base model that base.json names, and burnish alone knows how to put it there:

    burnish infer --ckpt_dir <this folder>

`adapter_config.json` holds the settings of the method, `adapter_model.safetensors` what was
trained.{more}
"""
MERGES = " `burnish merge-lora --ckpt_dir <this folder>` makes a whole model of both."
Build = Callable[[Any, Mapping[str, Any]], "Iterable[nn.Parameter]"]
"""(model, settings) -> what is trained of the model, which it has changed in place."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What was put on a model; kept there as `model.burnish_adapter`."""

    kind: str
    settings: dict[str, Any]
    names: tuple[str, ...]
    """Tensors to save: trained weights, and constants of new modules."""
    merges: bool


def attach(
    model: nn.Module, kind: str, settings: Mapping[str, Any], build: Build, merges: bool = False
) -> nn.Module:
    """The model as `build` changes it; exactly what that returns is trained."""
    known = {id(buffer) for buffer in model.buffers()}
    model.requires_grad_(False)
    for parameter in build(model, settings):
        parameter.requires_grad_(True)
    saved = model.state_dict().keys()
    constants = [n for n, b in model.named_buffers() if id(b) not in known and n in saved]
    trained = [name for name, p in model.named_parameters() if p.requires_grad]
    model.burnish_adapter = Attached(kind, dict(settings), (*trained, *constants), merges)  # type: ignore[assignment]
    return model


def save(model: nn.Module, folder: Path) -> None:
    """Write the method's tensors, its settings and how to load them."""
    from safetensors.torch import save_file

    own: Attached = model.burnish_adapter  # type: ignore[assignment]
    tensors = {name: t.detach().contiguous().cpu() for name, t in tensors_of(model).items()}
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    settings = {"peft_type": None, "burnish_type": own.kind, **own.settings}
    text = json.dumps(settings, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / SETTINGS).write_text(text + "\n", encoding="utf-8")
    text = README.format(kind=own.kind, more=MERGES if own.merges else "")
    (folder / "README.md").write_text(text, encoding="utf-8")


def restore(model: nn.Module, folder: Path) -> None:
    """Put saved tensors back into an attached model, bit for bit.

    Raises:
        CheckpointError: the folder holds another method, other settings, names, shapes or dtypes.
    """
    own: Attached = model.burnish_adapter  # type: ignore[assignment]
    settings = read_settings(folder, own.kind)
    if settings != own.settings:
        differing = [k for k in own.settings if settings.get(k) != own.settings[k]]
        raise CheckpointError(
            f"{folder / SETTINGS} was written with other settings ({', '.join(differing)}); "
            "resume with the flags of the first run"
        )
    present = tensors_of(model)
    saved = read_weights(folder, present)
    other = [name for name, tensor in present.items() if saved[name].dtype != tensor.dtype]
    if other:
        raise CheckpointError(
            f"{folder / WEIGHTS} holds {other[0]} as {saved[other[0]].dtype}, the model has it as "
            f"{present[other[0]].dtype}; resume with the --dtype of the first run"
        )
    copy(saved, present)


def load(model: nn.Module, folder: Path, kind: str, build: Build) -> nn.Module:
    """The base model with what `folder` holds put on it, for inference.

    Raises:
        CheckpointError: the folder holds another method, or one that does not fit this base.
    """
    settings = read_settings(folder, kind)
    with torch.random.fork_rng():  # every number that is drawn is overwritten
        attach(model, kind, settings, build)
    present = tensors_of(model)
    copy(read_weights(folder, present), present)
    return model.requires_grad_(False).eval()


def read_settings(folder: Path, kind: str) -> dict[str, Any]:
    """The settings beside the tensors. Raises: CheckpointError where they are of another method."""
    settings = dict(read_json(folder / SETTINGS))
    found = settings.pop("burnish_type", None) or settings.get("peft_type")
    for name in ("peft_type", KEY):
        settings.pop(name, None)
    if found != kind:
        raise CheckpointError(f"{folder / SETTINGS} is of the method {found}, not of {kind}")
    return settings


def read_weights(folder: Path, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The saved tensors, which are exactly those `present`, of the same shapes."""
    from safetensors.torch import load_file

    saved = load_file(folder / WEIGHTS)
    wrong = sorted(saved.keys() ^ present.keys())
    wrong += [n for n in saved.keys() & present.keys() if saved[n].shape != present[n].shape]
    if wrong:
        raise CheckpointError(
            f"{folder / WEIGHTS} does not fit this model: {len(wrong)} tensors differ "
            f"({wrong[0]} ...)"
        )
    return saved


def copy(saved: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> None:
    """Overwrite the tensors of a model."""
    with torch.no_grad():
        for name, tensor in present.items():
            tensor.copy_(saved[name])


def tensors_of(model: nn.Module) -> dict[str, Tensor]:
    """The tensors to save, in the model itself."""
    own: Attached = model.burnish_adapter  # type: ignore[assignment]
    there: dict[str, Tensor] = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return {name: there[name] for name in own.names}
