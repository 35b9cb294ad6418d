"""IA3: learned scales on keys, values and feed-forward layers (arXiv:2205.05638)."""

from burnish.config.flag import flag, group


@group(applies=("sft_type", {"ia3"}))
class Ia3Group:
    """IA3: learned scales on keys, values and feed-forward layers (arXiv:2205.05638)."""

    ia3_feedforward_modules: list[str] = flag(
        [],
        "Those of --target_modules that are feed-forward layers: their input is scaled.",
        later=True,
    )
