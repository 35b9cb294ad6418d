"""Full tuning: train the model's own weights, all or some of them."""

from pathlib import Path
from typing import TYPE_CHECKING

from burnish.config.flag import flag, group
from burnish.core.errors import CheckpointError, ModelError, Problem, UsageError
from burnish.core.lazy import torch
from burnish.core.log import log
from burnish.tuners.base import Tuner

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config

VISION = ("visual", "vision_tower", "vision_model", "vision_encoder", "vit")
"""What families call the part of a model that sees."""


@group(applies=("sft_type", {"full"}))
class FullGroup:
    """Full tuning: train the model's own weights, all or some of them."""

    freeze_parameters: list[str] = flag(
        [], "Beginnings of the names of weights to leave as they are."
    )
    freeze_vit: bool = flag(
        False, "Leave the vision part of a multimodal model as it is.", hot=True
    )
    freeze_parameters_ratio: float = flag(
        0.0, "Share of the weights, from the first on, to leave as they are.", ge=0, le=1
    )
    additional_trainable_parameters: list[str] = flag(
        [], "Beginnings of the names of weights to train although the flags above freeze them."
    )


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model itself, with gradients on what the freezing flags leave."""
    options = config[FullGroup]
    parameters = dict(model.named_parameters())
    frozen = first_share(parameters, options.freeze_parameters_ratio)
    frozen |= begin_with(parameters, options.freeze_parameters)
    frozen |= vision_weights(model) if options.freeze_vit else set()
    for prefix in options.additional_trainable_parameters:
        more = {name for name in parameters if name.startswith(prefix)}
        if not more:
            log.warning("--additional_trainable_parameters %s: no weight's name begins so", prefix)
        frozen -= more
    for name, parameter in parameters.items():
        parameter.requires_grad_(name not in frozen)
    if len(frozen) == len(parameters):
        wrong = "leaves no weight to train"
        raise UsageError(
            (Problem("freeze_parameters_ratio", str(options.freeze_parameters_ratio), wrong),)
        )
    return model


def first_share(parameters: "dict[str, nn.Parameter]", ratio: float) -> set[str]:
    """Names from the first on while their element count stays within `ratio` of the total."""
    limit = ratio * sum(p.numel() for p in parameters.values())
    chosen, size = set(), 0
    for name, parameter in parameters.items():
        size += parameter.numel()
        if size > limit:
            break
        chosen.add(name)
    return chosen


def vision_weights(model: "nn.Module") -> set[str]:
    """Names of the weights that see: the vision tower's, and not those of the projector behind it.

    Raises:
        UsageError: the model has no such part.
    """
    towers = tuple(f"{n}." for n, _ in model.named_modules() if n.rpartition(".")[2] in VISION)
    found = {name for name, _ in model.named_parameters() if towers and name.startswith(towers)}
    if not found:
        wrong = f"means nothing to {type(model).__name__}, which has no vision part"
        raise UsageError((Problem("freeze_vit", "true", wrong, "leave --freeze_vit out"),))
    return found


def begin_with(parameters: "dict[str, nn.Parameter]", prefixes: list[str]) -> set[str]:
    """Names that begin with one of `prefixes`.

    Raises:
        UsageError: a prefix that no name begins with, such as a misspelled one.
    """
    chosen = set()
    for prefix in prefixes:
        found = {name for name in parameters if name.startswith(prefix)}
        if not found:
            wrong = "is not how any weight's name begins"
            fix = f"they look like {next(iter(parameters))}"
            raise UsageError((Problem("freeze_parameters", prefix, wrong, fix),))
        chosen |= found
    return chosen


def save(model: "nn.Module", folder: Path) -> None:
    """The whole model, in the Hugging Face layout."""
    from burnish.nn.load import save_model

    save_model(model, folder)


def restore(model: "nn.Module", folder: Path) -> None:
    """Put saved weights back, bit for bit.

    Raises:
        CheckpointError: names, shapes or dtypes are not those of the model in training.
    """
    own = dict(model.named_parameters())
    saved = saved_weights(folder)
    if not own.keys() <= saved.keys():
        saved = loaded_weights(folder, next(iter(own.values())).dtype)
    unfit = [
        name
        for name, p in own.items()
        if name not in saved or saved[name].shape != p.shape or saved[name].dtype != p.dtype
    ]
    if unfit:
        raise CheckpointError(
            f"the weights in {folder} are not those of the model that the flags describe "
            f"({unfit[0]} ...); "
            "resume with the flags of the first run"
        )
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(saved[name])


def saved_weights(folder: Path) -> "dict[str, torch.Tensor]":
    """Every tensor of the folder's weight files, under the names there."""
    from safetensors.torch import load_file

    saved: dict[str, torch.Tensor] = {}
    for file in sorted(folder.glob("model*.safetensors")):
        saved.update(load_file(file))
    return saved


def loaded_weights(folder: Path, dtype: "torch.dtype") -> "dict[str, torch.Tensor]":
    """The weights as a model that is loaded from there has them: files hold mixtures of experts in
    another layout than memory does.
    """
    from burnish.nn.load import LoadOptions, load_model

    try:
        return dict(load_model(folder, LoadOptions(dtype=dtype)).named_parameters())
    except ModelError as error:
        raise CheckpointError(f"the weights in {folder} cannot be used: {error}") from error


def load(model: "nn.Module", folder: Path) -> "nn.Module":
    """A checkpoint of full tuning is the model itself; whoever opened it has it already."""
    return model.eval()


TUNER = Tuner(
    attach=attach,
    save=save,
    restore=restore,
    load=load,
    saves="model",
    groups=(FullGroup,),
    trains="the model's own weights, all or some of them",
)
