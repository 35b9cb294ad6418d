"""AdaLoRA: LoRA that moves its rank to where it matters (arXiv:2303.10512)."""

from burnish.config.flag import flag, group


@group(applies=("sft_type", {"adalora"}))
class AdaloraGroup:
    """AdaLoRA: LoRA that moves its rank to where it matters (arXiv:2303.10512)."""

    adalora_target_r: int = flag(8, "Average rank at the end.", ge=1, later=True)
    adalora_init_r: int = flag(12, "Rank of every matrix at the start.", ge=1, later=True)
    adalora_tinit: int = flag(0, "Steps before ranks begin to fall.", ge=0, later=True)
    adalora_tfinal: int = flag(0, "Last steps, in which ranks stay.", ge=0, later=True)
    adalora_deltaT: int = flag(1, "Steps between two changes of the ranks.", ge=1, later=True)
    adalora_beta1: float = flag(0.85, "Smoothing of the sensitivity.", ge=0, le=1, later=True)
    adalora_beta2: float = flag(0.85, "Smoothing of the uncertainty.", ge=0, le=1, later=True)
    adalora_orth_reg_weight: float = flag(
        0.5, "Weight of the penalty that keeps factors orthogonal.", gt=0, later=True
    )
