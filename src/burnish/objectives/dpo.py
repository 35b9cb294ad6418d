"""DPO: learn from pairs of answers against a reference model (arXiv:2305.18290)."""

from burnish.config.flag import flag, group


@group(applies=("rlhf_type", {"dpo"}))
class DpoGroup:
    """DPO: learn from pairs of answers against a reference model (arXiv:2305.18290)."""

    rpo_alpha: float = flag(
        1.0, "Weight of the better answer's own loss.", ge=0, hot=True, later=True
    )
