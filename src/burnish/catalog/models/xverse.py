"""XVERSE: architecture not in transformers."""

from burnish.catalog.models.spec import MOE, not_held, owners

NO_XVERSE = not_held("XVERSE")

XVERSE = owners("xverse", broken=NO_XVERSE)

MODELS = (
    XVERSE("xverse-7b", "XVERSE-7B", instead="qwen2_5-7b"),
    XVERSE("xverse-7b-chat", "XVERSE-7B-Chat", "xverse", instead="qwen2_5-7b-instruct"),
    XVERSE("xverse-13b", "XVERSE-13B", instead="qwen2_5-14b"),
    XVERSE("xverse-13b-256k", "XVERSE-13B-256K", instead="qwen2_5-14b"),
    XVERSE("xverse-13b-chat", "XVERSE-13B-Chat", "xverse", instead="qwen2_5-14b-instruct"),
    XVERSE("xverse-65b", "XVERSE-65B", instead="qwen2_5-72b"),
    XVERSE("xverse-65b-chat", "XVERSE-65B-Chat", "xverse", instead="qwen2_5-72b-instruct"),
    XVERSE("xverse-65b-v2", "XVERSE-65B-2", instead="qwen2_5-72b"),
    XVERSE("xverse-moe-a4_2b", "XVERSE-MoE-A4.2B", tags=MOE, instead="qwen3-30b-a3b-base"),
)
