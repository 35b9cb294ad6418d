"""ReFT: learned changes to hidden states in place of weights (arXiv:2404.03592).

The output of every chosen layer is changed at every position, of the question as of the answer.
The paper picks a few positions of the question as one more choice to tune; taking all of them needs
no such choice, and makes a position's change independent of padding, packing and cache.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from burnish.config.flag import flag, group
from burnish.core.errors import Problem, UsageError
from burnish.tuners import own
from burnish.tuners.base import Tuner

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config

ARGS = {"act_fn": "linear", "dropout": 0.0, "add_bias": False}
"""What --reft_args may hold, with the values that it has otherwise."""
ACTS = ("linear", "gelu", "relu", "silu", "tanh")


def args_are_known(config: "Config") -> "Iterator[Problem]":
    """Settings that the formula does not have would have no effect."""
    options = config[ReftGroup]
    given, kind = options.reft_args or {}, options.reft_intervention_type
    source = kind not in ("ConsreftIntervention", "LobireftIntervention")
    for name, value in given.items():
        wrong = ""
        if name not in ARGS:
            wrong = f"has no setting {name!r}; known: {', '.join(ARGS)}"
        elif name == "act_fn" and value not in ACTS:
            wrong = f"has no activation {value!r}; known: {', '.join(ACTS)}"
        elif name == "act_fn" and not source:
            wrong = f"gives {kind} an activation, which it has no place for"
        elif name == "dropout" and not (_is_number(value) and 0 <= value < 1):
            wrong = "needs a dropout from 0 to below 1"
        elif name == "add_bias" and not isinstance(value, bool):
            wrong = "needs true or false for add_bias"
        elif name == "add_bias" and kind != "NoreftIntervention":
            wrong = f"gives {kind} a bias, which only NoreftIntervention has"
        if wrong:
            yield Problem("reft_args", str(given), wrong)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@group(applies=("sft_type", {"reft"}), check=(args_are_known,))
class ReftGroup:
    """ReFT: learned changes to hidden states in place of weights (arXiv:2404.03592)."""

    reft_layers: list[int] | None = flag(
        None, "Layers to work on, counted from 0; none: all.", ge=0
    )
    reft_rank: int = flag(4, "Rank of each change.", ge=1)
    reft_intervention_type: Literal[
        "NoreftIntervention",
        "LoreftIntervention",
        "ConsreftIntervention",
        "LobireftIntervention",
        "DireftIntervention",
        "NodireftIntervention",
    ] = flag("LoreftIntervention", "Formula of the change.")
    reft_args: dict[str, Any] | None = flag(
        None, "More settings of the formula, as JSON: act_fn, dropout, add_bias."
    )


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model with fresh interventions behind the chosen layers; it does not start as its base.

    Raises:
        UsageError: a layer that the model does not have, or a rank beyond its width.
    """
    from burnish.nn.layers import stack

    options, shape = config[ReftGroup], stack.text_config(model)
    layers = range(shape.num_hidden_layers)
    chosen = sorted(set(layers if options.reft_layers is None else options.reft_layers))
    problems = []
    if not chosen or chosen[-1] >= len(layers):
        given = " ".join(map(str, chosen)) or "(none)"
        wrong = f"names no layers of this model, which has 0 to {len(layers) - 1}"
        problems.append(Problem("reft_layers", given, wrong))
    if options.reft_rank > shape.hidden_size:
        wrong = f"is more than the width of the model, {shape.hidden_size}"
        problems.append(Problem("reft_rank", str(options.reft_rank), wrong))
    if problems:
        raise UsageError(tuple(problems))
    settings = {
        "layers": chosen,
        "rank": options.reft_rank,
        "intervention": options.reft_intervention_type,
        **ARGS,
        **(options.reft_args or {}),
    }
    return own.attach(model, "reft", settings, build)


def build(model: Any, settings: Mapping[str, Any]) -> "Iterator[nn.Parameter]":
    """Put the interventions there; gives their weights."""
    from burnish.nn.layers import stack
    from burnish.nn.layers.reft import Intervention, put_behind

    layers = stack.decoder_layers(model)[1]
    for index in settings["layers"]:
        intervention = Intervention(
            settings["intervention"],
            stack.text_config(model).hidden_size,
            settings["rank"],
            settings["act_fn"],
            settings["dropout"],
            settings["add_bias"],
            stack.device_of(layers[index]),
        )
        put_behind(layers[index], intervention)
        yield from intervention.parameters()


def load(model: "nn.Module", folder: Path) -> "nn.Module":
    """The base model with the interventions of `folder`, for inference."""
    return own.load(model, folder, "reft", build)


TUNER = Tuner(
    attach=attach,
    save=own.save,
    restore=own.restore,
    load=load,
    groups=(ReftGroup,),
    merges=False,
    needs=frozenset({"no recompute"}),
    paper="arXiv:2404.03592",
    trains="low-rank changes of the hidden states behind layers",
)
