"""PPO: learn from a reward model's scores of the policy's own answers (arXiv:1707.06347)."""

from pathlib import Path

from burnish.config.flag import flag, group


@group(applies=("rlhf_type", {"ppo"}))
class PpoGroup:
    """PPO: learn from a reward model's scores of own answers (arXiv:1707.06347)."""

    reward_model_id_or_path: Path | None = flag(None, "Folder of the reward model.", later=True)
    reward_model_type: str | None = flag(None, "Type of the reward model.", later=True)
    reward_model_revision: str | None = flag(None, "Revision of the reward model.", later=True)
    local_rollout_forward_batch_size: int = flag(64, "Answers scored at once.", ge=1, later=True)
    whiten_rewards: bool = flag(False, "Scale rewards to unit variance.", later=True)
    kl_coef: float = flag(0.05, "Price of moving away from the reference.", ge=0, later=True)
    cliprange: float = flag(0.2, "How far one update may move the policy.", ge=0, later=True)
    vf_coef: float = flag(0.1, "Weight of the value loss.", ge=0, later=True)
    cliprange_value: float = flag(0.2, "How far one update may move a value.", ge=0, later=True)
    gamma: float = flag(1.0, "Discount of later rewards.", ge=0, le=1, later=True)
    lam: float = flag(0.95, "Lambda of generalised advantage estimation.", ge=0, le=1, later=True)
