"""VeRA: shared random matrices, trained by two vectors a layer (arXiv:2310.11454)."""

from typing import TYPE_CHECKING

from burnish.config.flag import flag, group
from burnish.tuners import peft, targets
from burnish.tuners.base import Tuner

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config


@group(applies=("sft_type", {"vera"}))
class VeraGroup:
    """VeRA: shared random matrices, trained by two vectors a layer (arXiv:2310.11454)."""

    vera_rank: int = flag(256, "Rank of the shared matrices.", ge=1)
    vera_projection_prng_key: bool | int = flag(
        True,
        "true or false: save the shared matrices or not; a number: the seed they are drawn with, "
        "and they are saved.",
    )
    vera_dropout: float = flag(0.0, "Dropout on the adapter's input.", ge=0, lt=1)
    vera_d_initial: float = flag(0.1, "Value the d vectors start with.")


def attach(model: "nn.Module", config: "Config", total_steps: int) -> "nn.Module":
    """The model with vectors b and d beside each chosen linear layer.

    One pair of frozen matrices serves all layers; a smaller layer takes a corner of it.
    """
    options, where = config[VeraGroup], peft.chosen(model, config)
    targets.refuse_embeddings(model, where["target_modules"], "--sft_type vera")
    key = options.vera_projection_prng_key
    return peft.attach(
        model,
        "VeraConfig",
        r=options.vera_rank,
        projection_prng_key=0 if isinstance(key, bool) else key,
        save_projection=key is not False,
        vera_dropout=options.vera_dropout,
        d_initial=options.vera_d_initial,
        **where,
    )


TUNER = Tuner(
    attach=attach,
    save=peft.save,
    restore=peft.restore,
    load=peft.load,
    groups=(VeraGroup,),
    paper="arXiv:2310.11454",
    trains="two vectors a layer, between random matrices that all layers share",
)
