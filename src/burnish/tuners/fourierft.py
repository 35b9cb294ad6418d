"""FourierFT: an update with few entries in its spectrum (arXiv:2405.03003)."""

from burnish.config.flag import flag, group


@group(applies=("sft_type", {"fourierft"}))
class FourierftGroup:
    """FourierFT: an update with few entries in its spectrum (arXiv:2405.03003)."""

    fourier_n_frequency: int = flag(
        2000, "Entries of the spectrum learned in each layer.", ge=1, later=True
    )
    fourier_scaling: float = flag(300.0, "Factor on the update.", later=True)
