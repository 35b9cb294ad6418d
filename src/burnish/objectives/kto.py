"""KTO: learn from answers judged good or bad, one by one (arXiv:2402.01306)."""

from burnish.config.flag import flag, group


@group(applies=("rlhf_type", {"kto"}))
class KtoGroup:
    """KTO: learn from answers judged good or bad, one by one (arXiv:2402.01306)."""

    desirable_weight: float = flag(1.0, "Weight of good answers.", ge=0, later=True)
    undesirable_weight: float = flag(1.0, "Weight of bad answers.", ge=0, later=True)
