"""BOFT: butterfly orthogonal fine-tuning (arXiv:2311.06243)."""

from burnish.config.flag import flag, group


@group(applies=("sft_type", {"boft"}))
class BoftGroup:
    """BOFT: butterfly orthogonal fine-tuning (arXiv:2311.06243)."""

    boft_block_size: int = flag(
        4, "Size of the blocks; 0 when --boft_block_num is given.", ge=0, later=True
    )
    boft_block_num: int = flag(0, "Number of blocks, in place of their size.", ge=0, later=True)
    boft_dropout: float = flag(
        0.0, "Share of blocks switched off in each step.", ge=0, le=1, later=True
    )
