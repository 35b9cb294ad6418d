"""ReFT: learned changes to hidden states in place of weights (arXiv:2404.03592)."""

from typing import Any, Literal

from burnish.config.flag import flag, group


@group(applies=("sft_type", {"reft"}))
class ReftGroup:
    """ReFT: learned changes to hidden states in place of weights (arXiv:2404.03592)."""

    reft_layers: list[int] | None = flag(
        None, "Layers to work on, counted from 0; none: all.", ge=0, later=True
    )
    reft_rank: int = flag(4, "Rank of each change.", ge=1, later=True)
    reft_intervention_type: Literal[
        "NoreftIntervention",
        "LoreftIntervention",
        "ConsreftIntervention",
        "LobireftIntervention",
        "DireftIntervention",
        "NodireftIntervention",
    ] = flag("LoreftIntervention", "Formula of the change.", later=True)
    reft_args: dict[str, Any] | None = flag(
        None, "More settings of the formula, as JSON.", later=True
    )
