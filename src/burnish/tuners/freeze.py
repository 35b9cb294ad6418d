"""Freeze: train one part of the last or the first layers, and leave everything else.

A checkpoint holds these weights alone; put on the base they take the place of its own.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from burnish.config.flag import flag, group
from burnish.core.errors import ModelError, Problem, UsageError
from burnish.tuners import own
from burnish.tuners.base import Tuner

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config


def some_layers(config: "Config") -> "Iterator[Problem]":
    """No layers would leave nothing to train."""
    if config[FreezeGroup].num_layer_trainable == 0:
        yield Problem(
            "num_layer_trainable", "0", "leaves nothing to train", "3: last three, -3: first three"
        )


@group(applies=("sft_type", {"freeze"}), check=(some_layers,))
class FreezeGroup:
    """Freeze: train one part of the last or the first layers."""

    num_layer_trainable: int = flag(
        3, "Layers to train: the last n, or with -n the first n.", origin="burnish"
    )
    name_module_trainable: Literal["mlp", "qkv", "self_attn", "self_attention"] = flag(
        "mlp",
        "What of them: the MLP, the projections to query, key and value, all of the attention.",
        origin="burnish",
    )


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model with gradients on the chosen part, which is held in float32 and multiplied in the
    dtype of its inputs.

    Raises:
        UsageError: more layers than the model has.
    """
    from burnish.nn.layers import master, stack

    options, count = config[FreezeGroup], stack.text_config(model).num_hidden_layers
    number = options.num_layer_trainable
    if abs(number) > count:
        wrong = f"is more than the {count} layers of this model"
        raise UsageError((Problem("num_layer_trainable", str(number), wrong),))
    layers = list(range(count))[-number:] if number > 0 else list(range(-number))
    settings = {"layers": layers, "part": options.name_module_trainable}
    tuned = own.attach(model, "freeze", settings, build, merges=True)
    master.install(m for m in tuned.modules() if trains(m))
    return tuned


def trains(module: "nn.Module") -> bool:
    """Whether weights of its own are trained."""
    return any(parameter.requires_grad for parameter in module.parameters(recurse=False))


def build(model: Any, settings: Mapping[str, Any]) -> "Iterator[nn.Parameter]":
    """Gives the weights of the chosen part, now in float32."""
    from burnish.nn.layers import stack

    layers = stack.decoder_layers(model)[1]
    for index in settings["layers"]:
        for parameter in weights_of(layers[index], settings["part"]):
            parameter.data = parameter.data.float()
            yield parameter


def weights_of(layer: "nn.Module", part: str) -> "Iterator[nn.Parameter]":
    """The weights of one part of a layer."""
    from burnish.nn.layers import stack

    if part == "mlp":
        yield from stack.part(layer, stack.MLP).parameters()
        return
    attention = stack.part(layer, stack.ATTENTION)
    if part != "qkv":
        yield from attention.parameters()
        return
    found = [m for path, m in attention.named_modules()
             if path.rpartition(".")[2] in stack.QUERY_KEY_VALUE]  # fmt: skip
    if not found:
        raise ModelError(
            f"--name_module_trainable qkv: {type(attention).__name__} has no projections to "
            "query, key and value that are known by name; use self_attn"
        )
    for module in found:
        yield from module.parameters()


def load(model: "nn.Module", folder: Path) -> "nn.Module":
    """The base model with the weights of `folder`, for inference; all in the base's format."""
    dtypes = {name: p.dtype for name, p in model.named_parameters()}
    tuned = own.load(model, folder, "freeze", build)
    for name, parameter in tuned.named_parameters():
        parameter.data = parameter.data.to(dtypes[name])
    return tuned


TUNER = Tuner(
    attach=attach,
    save=own.save,
    restore=own.restore,
    load=load,
    groups=(FreezeGroup,),
    paper="",
    trains="the MLP or attention of the last or first layers",
)
