"""IA3: learned scales on keys, values and feed-forward layers (arXiv:2205.05638)."""

from typing import TYPE_CHECKING

from burnish.config.flag import flag, group
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import Problem, UsageError
from burnish.core.log import log
from burnish.tuners import peft, targets
from burnish.tuners.base import Tuner

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config

LAST_OF_MLP = ("down_proj", "dense_4h_to_h", "fc2", "fc_out", "w2", "c_proj", "output_linear")
"""Names of the layer that leaves a feed-forward block: its input is what IA3 scales."""
KEYS_VALUES = ("k_proj", "v_proj", "query_key_value", "qkv_proj", "Wqkv", "W_pack", "c_attn")
FLAG = "ia3_feedforward_modules"


@group(applies=("sft_type", {"ia3"}))
class Ia3Group:
    """IA3: learned scales on keys, values and feed-forward layers (arXiv:2205.05638)."""

    ia3_feedforward_modules: list[str] = flag(
        [],
        "Those of --target_modules that are feed-forward layers: their input is scaled. None "
        "given: the last layer of each MLP, which DEFAULT targets together with keys and values.",
    )


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model with a vector of ones on each chosen layer's output, or a feed-forward one's
    input.
    """
    where = peft.chosen(model, config)
    names, given = where["target_modules"], config[Ia3Group].ia3_feedforward_modules
    if config[TunerGroup].target_modules == ["DEFAULT"] and not isinstance(names, str):
        names = sorted(set(usual(model)) | {*given}) if usual(model) else names
        where["target_modules"] = names
    targets.refuse_embeddings(model, names, "--sft_type ia3")
    chosen = [name for name, module in model.named_modules() if is_chosen(name, module, names)]
    forward = list(given) or [name for name in mlp_outputs(model) if any_named(chosen, name)]
    refuse_feedforward(model, forward, chosen, names)
    tuned = peft.attach(model, "IA3Config", feedforward_modules=forward, **where)
    return peft.spare_from_decay(tuned, ".ia3_l.")


def usual(model: "nn.Module") -> list[str]:
    """Keys, values and the last layer of each MLP, by the names this model has."""
    there = set(targets.linear_names(model))
    return [name for name in KEYS_VALUES if name in there] + mlp_outputs(model)


def mlp_outputs(model: "nn.Module") -> list[str]:
    """The last layers of feed-forward blocks by their usual names; c_proj leaves attention as well,
    so it is named with its block.
    """
    there = set(targets.linear_names(model))
    found = [name for name in LAST_OF_MLP if name in there]
    return ["mlp.c_proj" if name == "c_proj" else name for name in found]


def is_chosen(path: str, module: "nn.Module", names: list[str] | str) -> bool:
    return targets.is_linear(module) and targets.is_named(path, names)


def any_named(paths: list[str], name: str) -> bool:
    return any(targets.is_named(path, [name]) for path in paths)


def refuse_feedforward(
    model: "nn.Module", forward: list[str], chosen: list[str], names: list[str] | str
) -> None:
    """The feed-forward layers must be there, and be layers that are adapted.

    Raises:
        UsageError: none at all, or one that is not among the targets.
    """
    said = names if isinstance(names, str) else " ".join(names)
    if not forward and targets.has_fused_experts(model):
        log.warning(
            "--sft_type ia3: the feed-forward layers of this model are fused experts, no linear "
            "layers: only attention is scaled"
        )
        return
    if not forward:
        wrong = f"is missing: none of the targets ({said}) is known to be a feed-forward layer"
        fix = f"add one, such as {', '.join(mlp_outputs(model)) or 'the last of each MLP'}"
        raise UsageError(
            (Problem(FLAG, "", wrong, f"{fix}, to --target_modules and to this flag"),)
        )
    for name in forward:
        if not any_named(chosen, name):
            wrong = f"is not among the layers that are adapted ({said})"
            raise UsageError((Problem(FLAG, name, wrong, "add it to --target_modules"),))


TUNER = Tuner(
    attach=attach,
    save=peft.save,
    restore=peft.restore,
    load=peft.load,
    groups=(Ia3Group,),
    paper="arXiv:2205.05638",
    trains="a scale on each channel of the chosen layers",
)
