"""SimPO: a preference loss that needs no reference model (arXiv:2405.14734)."""

from burnish.config.flag import flag, group


@group(applies=("rlhf_type", {"simpo"}))
class SimpoGroup:
    """SimPO: a preference loss on mean log-probabilities (arXiv:2405.14734)."""

    simpo_gamma: float = flag(
        1.0, "Margin between the two answers; 0.5 to 1.5 is usual.", later=True
    )
