"""GaLore: optimise gradients projected to a low rank (arXiv:2403.03507)."""

from typing import Literal

from burnish.config.flag import flag, group

QUANTISED = ("galore_quantization", {True})
PROJECTED = ("galore_proj_quant", {True})


@group(applies=("use_galore", {True}))
class GaloreGroup:
    """GaLore: optimise gradients projected to a low rank (arXiv:2403.03507)."""

    use_galore: bool = flag(False, "Use GaLore.", applies=("use_galore", {True, False}), later=True)
    galore_target_modules: list[str] | None = flag(
        None,
        "Parts of the names of layers to project; none: attention and feed-forward layers.",
        later=True,
    )
    galore_rank: int = flag(128, "Rank of the projection.", ge=1, later=True)
    galore_update_proj_gap: int = flag(50, "Steps between two projections.", ge=1, later=True)
    galore_scale: float = flag(1.0, "Factor on the update.", later=True)
    galore_proj_type: Literal["std", "reverse_std", "right", "left", "full"] = flag(
        "std", "Side from which gradients are projected.", later=True
    )
    galore_optim_per_parameter: bool = flag(False, "One optimiser for each parameter.", later=True)
    galore_with_embedding: bool = flag(False, "Project the embeddings as well.", later=True)
    galore_quantization: bool = flag(
        False, "Q-GaLore: 8-bit weights and optimiser state.", later=True
    )
    galore_proj_quant: bool = flag(False, "Quantise the projection.", applies=QUANTISED, later=True)
    galore_proj_bits: int = flag(
        4, "Bits of the quantised projection.", ge=1, applies=PROJECTED, later=True
    )
    galore_proj_group_size: int = flag(
        256, "Values that share a quantisation scale.", ge=1, applies=PROJECTED, later=True
    )
    galore_cos_threshold: float = flag(
        0.4,
        "Likeness of successive projections from which on they are renewed less often.",
        applies=QUANTISED,
        later=True,
    )
    galore_gamma_proj: int = flag(
        2, "Factor on the steps between two projections then.", ge=1, applies=QUANTISED, later=True
    )
    galore_queue_size: int = flag(
        5, "Projections whose likeness is averaged.", ge=1, applies=QUANTISED, later=True
    )
