"""Alignment: learning from preferences."""

from typing import Literal

from burnish.config.flag import AUTO, flag, group

WITH_REFERENCE = ("rlhf_type", {"dpo", "kto", "ppo"})


@group()
class RlhfGroup:
    """Alignment: learning from preferences."""

    rlhf_type: Literal["dpo", "orpo", "simpo", "kto", "cpo", "rm", "ppo"] = flag(
        "dpo", "Method of alignment.", registry="objective", hot=True
    )
    ref_model_type: str | None = flag(
        None,
        "Type of the reference model; none: the model before training.",
        applies=WITH_REFERENCE,
        later=True,
    )
    ref_model_id_or_path: str | None = flag(
        None, "Folder or hub id of the reference model.", applies=WITH_REFERENCE, later=True
    )
    ref_model_revision: str | None = flag(
        None, "Revision of the reference model.", applies=WITH_REFERENCE, later=True
    )
    beta: float = flag(
        AUTO,
        "Pull towards the reference model; for orpo the weight of the odds ratio.",
        ge=0,
    )
    label_smoothing: float = flag(
        0.0,
        "Chance that a preference was noted the wrong way round.",
        ge=0,
        le=0.5,
        applies=("rlhf_type", {"dpo", "cpo"}),
    )
    loss_type: str | None = flag(
        AUTO,
        "Variant of the loss.",
        choices=(
            "sigmoid",
            "hinge",
            "ipo",
            "exo_pair",
            "nca_pair",
            "robust",
            "bco_pair",
            "sppo_hard",
            "aot",
            "aot_pair",
            "apo_zero",
            "apo_down",
            "simpo",
            "kto",
            "apo_zero_unpaired",
        ),
    )
