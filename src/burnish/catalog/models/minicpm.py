"""MiniCPM and MiniCPM-V."""

from burnish.catalog.models.spec import MOE, VIDEO, VISION, not_held, owners

NO_MINICPM = not_held("MiniCPM")
NO_MINICPM_V = not_held("MiniCPM-V")

OPENBMB = owners("openbmb", "OpenBMB")
MINICPM3 = owners(
    "openbmb", "OpenBMB", targets=("q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj")
)
MINICPM = owners("openbmb", "OpenBMB", broken=NO_MINICPM)
MINICPM_V = owners("openbmb", "OpenBMB", requires=("timm",), tags=VISION, broken=NO_MINICPM_V)
MINICPM_VIDEO = owners("openbmb", "OpenBMB", broken=NO_MINICPM_V)

MODELS = (
    OPENBMB("minicpm-v-v4_6", "MiniCPM-V-4.6", None, tags=VISION),
    OPENBMB("minicpm5-1b", "MiniCPM5-1B", None),
    OPENBMB("minicpm5-1b-base", "MiniCPM5-1B-Base"),
    OPENBMB("minicpm5-1b-sft", "MiniCPM5-1B-SFT", None),
    MINICPM3("minicpm3-4b", "MiniCPM3-4B", "minicpm3"),
    MINICPM("minicpm-1b-sft-chat", "MiniCPM-1B-sft-bf16", "minicpm", instead="minicpm5-1b-sft"),
    MINICPM("minicpm-2b-128k", "MiniCPM-2B-128k", "chatml", instead="minicpm3-4b"),
    MINICPM("minicpm-2b-chat", "MiniCPM-2B-dpo-fp32", "minicpm", instead="minicpm3-4b"),
    MINICPM("minicpm-2b-sft-chat", "MiniCPM-2B-sft-fp32", "minicpm", instead="minicpm3-4b"),
    MINICPM("minicpm-moe-8x2b", "MiniCPM-MoE-8x2B", "minicpm", tags=MOE, instead="minicpm3-4b"),
    MINICPM_V("minicpm-v-3b-chat", "MiniCPM-V", "minicpm-v", instead="minicpm-v-v4_6"),
    MINICPM_V("minicpm-v-v2-chat", "MiniCPM-V-2", "minicpm-v", instead="minicpm-v-v4_6"),
    MINICPM_V(
        "minicpm-v-v2_5-chat", "MiniCPM-Llama3-V-2_5", "minicpm-v-v2_5", instead="minicpm-v-v4_6"
    ),
    MINICPM_VIDEO(
        "minicpm-v-v2_6-chat",
        "MiniCPM-V-2_6",
        "minicpm-v-v2_6",
        requires=("timm",),
        tags=VIDEO,
        instead="minicpm-v-v4_6",
    ),
)
