"""LISA: train a few layers at a time, drawn anew now and then (arXiv:2403.17919)."""

from burnish.config.flag import flag, group


@group(applies=("sft_type", {"full"}))
class LisaGroup:
    """LISA: train a few layers at a time, drawn anew now and then (arXiv:2403.17919)."""

    lisa_activated_layers: int = flag(
        0, "Layers that train at a time; 0: LISA is off, 2 or 8 are usual.", ge=0, later=True
    )
    lisa_step_interval: int = flag(20, "Steps between two draws.", ge=1, later=True)
