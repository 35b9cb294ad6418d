"""FourierFT: an update with few entries in its spectrum (arXiv:2405.03003)."""

from typing import TYPE_CHECKING

from burnish.config.flag import flag, group
from burnish.core.errors import Problem, UsageError
from burnish.tuners import peft, targets
from burnish.tuners.base import Tuner

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config

PLACES_SEED = 777
"""Draws where in the spectrum the entries lie; fixed, so that a checkpoint need not say."""


@group(applies=("sft_type", {"fourierft"}))
class FourierftGroup:
    """FourierFT: an update with few entries in its spectrum (arXiv:2405.03003)."""

    fourier_n_frequency: int = flag(2000, "Entries of the spectrum learned in each layer.", ge=1)
    fourier_scaling: float = flag(300.0, "Factor on the update.")


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model with a sparse spectrum beside each chosen linear layer.

    Its entries start standard normal, as in the paper: the fresh model is not the base.
    """
    options, where = config[FourierftGroup], peft.chosen(model, config)
    names = where["target_modules"]
    targets.refuse_embeddings(model, names, "--sft_type fourierft")
    refuse_too_many(model, names, options.fourier_n_frequency)
    return peft.attach(
        model,
        "FourierFTConfig",
        n_frequency=options.fourier_n_frequency,
        scaling=options.fourier_scaling,
        random_loc_seed=PLACES_SEED,
        init_weights=False,
        **where,
    )


def refuse_too_many(model: "nn.Module", names: list[str] | str, count: int) -> None:
    """Stop a number of entries that a layer's spectrum does not have.

    Raises:
        UsageError: more entries than a chosen layer has weights.
    """
    for path, module in model.named_modules():
        if not targets.is_linear(module) or not targets.is_named(path, names):
            continue
        size = targets.input_width(module) * targets.output_width(module)
        if count > size:
            wrong = f"is more than the {size} entries of {path}"
            raise UsageError((Problem("fourier_n_frequency", str(count), wrong),))


TUNER = Tuner(
    attach=attach,
    save=peft.save,
    restore=peft.restore,
    load=peft.load,
    groups=(FourierftGroup,),
    paper="arXiv:2405.03003",
    trains="entries of the spectrum of each layer's update",
)
