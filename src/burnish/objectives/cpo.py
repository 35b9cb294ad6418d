"""CPO: learn from pairs of answers without a reference model (arXiv:2401.08417)."""

from burnish.config.flag import flag, group


@group(applies=("rlhf_type", {"cpo", "simpo"}))
class CpoGroup:
    """CPO: learn from pairs of answers without a reference model (arXiv:2401.08417)."""

    cpo_alpha: float = flag(
        1.0,
        "Weight of the better answer's own loss; 0 with simpo is the paper's SimPO.",
        ge=0,
        later=True,
    )
