"""VeRA: shared random matrices, trained by two vectors a layer (arXiv:2310.11454)."""

from burnish.config.flag import flag, group


@group(applies=("sft_type", {"vera"}))
class VeraGroup:
    """VeRA: shared random matrices, trained by two vectors a layer (arXiv:2310.11454)."""

    vera_rank: int = flag(256, "Rank of the shared matrices.", ge=1, later=True)
    vera_projection_prng_key: bool | int = flag(
        True,
        "true or false: save the shared matrices or not; a number: the seed they are drawn with.",
        later=True,
    )
    vera_dropout: float = flag(0.0, "Dropout on the adapter's input.", ge=0, le=1, later=True)
    vera_d_initial: float = flag(0.1, "Value the d vectors start with.", later=True)
