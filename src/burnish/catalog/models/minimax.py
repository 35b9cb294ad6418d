"""MiniMax M2 and M3."""

from burnish.catalog.models.spec import MOE, owners

MINIMAX_MOE = owners("MiniMaxAI", "MiniMax", tags=MOE)
MINIMAX = owners("MiniMaxAI", "MiniMax")

MODELS = (
    MINIMAX_MOE("minimax-m2", "MiniMax-M2", None),
    MINIMAX_MOE("minimax-m2_1", "MiniMax-M2.1", None),
    MINIMAX_MOE("minimax-m2_5", "MiniMax-M2.5", None),
    MINIMAX_MOE("minimax-m2_7", "MiniMax-M2.7", None),
    MINIMAX("minimax-m3", "MiniMax-M3", None, tags=("multi-modal", "vision", "moe")),
)
