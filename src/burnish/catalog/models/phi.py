"""Phi 2 to 4, and Florence 2."""

from burnish.catalog.models.spec import CODING, CONVERTED, MOE, VISION, not_held, owners

NO_PHI_3_SMALL = not_held("Phi-3-small")
NO_PHI_3_VISION = not_held("Phi-3-vision")

COMMUNITY = owners("florence-community", None, tags=VISION)
MICROSOFT = owners("microsoft", "AI-ModelScope")
PHI3 = owners("microsoft", "LLM-Research", targets=("qkv_proj",))
PHI3_MOE = owners("microsoft", "LLM-Research")
FLORENCE = owners("microsoft", "AI-ModelScope", tags=VISION, broken=CONVERTED)
PHI3_SMALL = owners(
    "microsoft", "LLM-Research", targets=("query_key_value",), broken=NO_PHI_3_SMALL
)
PHI3_VISION = owners("microsoft", "LLM-Research", tags=VISION, broken=NO_PHI_3_VISION)

MODELS = (
    COMMUNITY("florence-2-base-ft-hf", "Florence-2-base-ft", None),
    COMMUNITY("florence-2-base-hf", "Florence-2-base", None),
    COMMUNITY("florence-2-large-ft-hf", "Florence-2-large-ft", None),
    COMMUNITY("florence-2-large-hf", "Florence-2-large", None),
    # transformers' own Phi names its projections apart; the older remote code had one Wqkv.
    MICROSOFT("phi2-3b", "phi-2", tags=CODING),
    PHI3("phi3-4b-128k-instruct", "Phi-3-mini-128k-instruct", "phi3"),
    PHI3("phi3-4b-4k-instruct", "Phi-3-mini-4k-instruct", "phi3"),
    PHI3("phi3-medium-128k-instruct", "Phi-3-medium-128k-instruct", "phi3"),
    PHI3("phi3-medium-4k-instruct", "Phi-3-medium-4k-instruct", "phi3"),
    PHI3("phi3_5-mini-instruct", "Phi-3.5-mini-instruct", "phi3"),
    PHI3("phi4", "phi-4", None),
    PHI3("phi4-mini-instruct", "Phi-4-mini-instruct", None),
    PHI3_MOE("phi3_5-moe-instruct", "Phi-3.5-MoE-instruct", "phi3", tags=MOE),
    FLORENCE("florence-2-base", "Florence-2-base", "florence", instead="florence-2-base-hf"),
    FLORENCE(
        "florence-2-base-ft", "Florence-2-base-ft", "florence", instead="florence-2-base-ft-hf"
    ),
    FLORENCE("florence-2-large", "Florence-2-large", "florence", instead="florence-2-large-hf"),
    FLORENCE(
        "florence-2-large-ft", "Florence-2-large-ft", "florence", instead="florence-2-large-ft-hf"
    ),
    PHI3_SMALL(
        "phi3-small-128k-instruct",
        "Phi-3-small-128k-instruct",
        "phi3",
        instead="phi3-medium-128k-instruct",
    ),
    PHI3_SMALL(
        "phi3-small-8k-instruct",
        "Phi-3-small-8k-instruct",
        "phi3",
        instead="phi3-medium-4k-instruct",
    ),
    PHI3_VISION(
        "phi3-vision-128k-instruct",
        "Phi-3-vision-128k-instruct",
        "phi3-vl",
        instead="qwen2_5-vl-3b-instruct",
    ),
    PHI3_VISION(
        "phi3_5-vision-instruct",
        "Phi-3.5-vision-instruct",
        "phi3-vl",
        instead="qwen2_5-vl-3b-instruct",
    ),
)
