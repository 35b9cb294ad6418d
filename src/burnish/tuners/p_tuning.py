"""P-tuning v2: learned keys and values before the text, in every layer (arXiv:2110.07602).

With --prefix_projection they come from a small network, which trains more steadily. It is saved
whole, so that training goes on exactly; for inference its result takes its place. Base and
positions of the text stay as they are. The model does not start as its base.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.config.flag import flag, group
from burnish.tuners import own
from burnish.tuners.base import Tuner

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config


@group(applies=("sft_type", {"p_tuning"}))
class PTuningGroup:
    """P-tuning v2: learned keys and values before the text (arXiv:2110.07602)."""

    pre_seq_len: int = flag(64, "Learned positions before the text.", ge=1, origin="burnish")
    prefix_projection: bool = flag(
        False, "Make them by a small network of two layers.", origin="burnish"
    )


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model with a fresh prefix in every layer."""
    options = config[PTuningGroup]
    settings = {"length": options.pre_seq_len, "projection": options.prefix_projection}
    return own.attach(model, "p_tuning", settings, build)


def build(model: Any, settings: Mapping[str, Any]) -> "Iterator[nn.Parameter]":
    """Put the prefix there; gives its weights."""
    from burnish.nn.layers import prefix, stack

    shape = stack.text_config(model)
    made = prefix.Prefix(
        shape.num_hidden_layers,
        settings["length"],
        prefix.key_width(model),
        shape.hidden_size if settings["projection"] else 0,
        stack.device_of(stack.decoder_layers(model)[1]),
    )
    prefix.put_before(model, made)
    yield from made.parameters()


def load(model: "nn.Module", folder: Path) -> "nn.Module":
    """The base model with the prefix of `folder`, for inference."""
    from burnish.nn.layers import prefix, stack

    tuned: Any = own.load(model, folder, "p_tuning", build)
    if tuned.prefix.projection:
        prefix.put_before(tuned, tuned.prefix.folded(stack.text_config(tuned).num_hidden_layers))
    return model.eval()


TUNER = Tuner(
    attach=attach,
    save=own.save,
    restore=own.restore,
    load=load,
    groups=(PTuningGroup,),
    merges=False,
    paper="arXiv:2110.07602",
    trains="keys and values before the text, in every layer",
)
