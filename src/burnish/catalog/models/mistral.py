"""Mistral, Mixtral, Ministral, Codestral and Pixtral, and what is tuned from them."""

from burnish.catalog.models.spec import CODING, MOE, VISION, owners

MISTRAL = owners("mistralai")
MISTRAL_MS = owners("mistralai", "AI-ModelScope")
MISTRAL_VISION = owners("mistralai", tags=VISION)
ALPINDALE = owners("alpindale", "AI-ModelScope")
MISTRAL_MOE = owners("mistralai", "AI-ModelScope", tags=MOE)
DASLAB = owners("ISTA-DASLab", "AI-ModelScope")
COMMUNITY = owners("mistral-community", "AI-ModelScope")
MAZIYARPANAHI = owners("MaziyarPanahi", "AI-ModelScope")
HUGGINGFACEH4 = owners("HuggingFaceH4", "modelscope")

MODELS = (
    MISTRAL("codestral-22b", "Codestral-22B-v0.1", ms="swift/Codestral-22B-v0.1"),
    MISTRAL("devstral-small-2505", "Devstral-Small-2505", None, tags=CODING),
    MISTRAL(
        "mistral-7b-instruct-v3",
        "Mistral-7B-Instruct-v0.3",
        "mistral3",
        ms="LLM-Research/Mistral-7B-Instruct-v0.3",
    ),
    MISTRAL(
        "mistral-large-instruct-2407",
        "Mistral-Large-Instruct-2407",
        "mistral-nemo",
        ms="LLM-Research/Mistral-Large-Instruct-2407",
    ),
    MISTRAL("mistral-small-24b-base-2501", "Mistral-Small-24B-Base-2501"),
    MISTRAL("mistral-small-24b-instruct-2501", "Mistral-Small-24B-Instruct-2501", None),
    MISTRAL_MS("ministral-8b-instruct-2410", "Ministral-8B-Instruct-2410", "mistral-nemo"),
    MISTRAL_MS("mistral-7b", "Mistral-7B-v0.1"),
    MISTRAL_MS("mistral-7b-instruct", "Mistral-7B-Instruct-v0.1", "mistral"),
    MISTRAL_MS("mistral-7b-instruct-v2", "Mistral-7B-Instruct-v0.2", "mistral"),
    MISTRAL_MS("mistral-nemo-base-2407", "Mistral-Nemo-Base-2407"),
    MISTRAL_MS("mistral-nemo-instruct-2407", "Mistral-Nemo-Instruct-2407", "mistral-nemo"),
    MISTRAL_MS("mistral-small-instruct-2409", "Mistral-Small-Instruct-2409", "mistral-nemo"),
    MISTRAL_VISION("ministral3-3b-base-2512", "Ministral-3-3B-Base-2512", None),
    MISTRAL_VISION("ministral3-3b-instruct-2512", "Ministral-3-3B-Instruct-2512", None),
    MISTRAL_VISION("ministral3-3b-instruct-2512-bf16", "Ministral-3-3B-Instruct-2512-BF16", None),
    MISTRAL_VISION("ministral3-3b-reasoning-2512", "Ministral-3-3B-Reasoning-2512", None),
    MISTRAL_VISION("ministral3-8b-base-2512", "Ministral-3-8B-Base-2512", None),
    MISTRAL_VISION("ministral3-8b-instruct-2512", "Ministral-3-8B-Instruct-2512", None),
    MISTRAL_VISION("ministral3-8b-instruct-2512-bf16", "Ministral-3-8B-Instruct-2512-BF16", None),
    MISTRAL_VISION("ministral3-8b-reasoning-2512", "Ministral-3-8B-Reasoning-2512", None),
    MISTRAL_VISION("ministral3-14b-base-2512", "Ministral-3-14B-Base-2512", None),
    MISTRAL_VISION("ministral3-14b-instruct-2512", "Ministral-3-14B-Instruct-2512", None),
    MISTRAL_VISION("ministral3-14b-instruct-2512-bf16", "Ministral-3-14B-Instruct-2512-BF16", None),
    MISTRAL_VISION("ministral3-14b-reasoning-2512", "Ministral-3-14B-Reasoning-2512", None),
    MISTRAL_VISION("mistral-small-3_1-24b-base-2503", "Mistral-Small-3.1-24B-Base-2503", None),
    MISTRAL_VISION(
        "mistral-small-3_1-24b-instruct-2503", "Mistral-Small-3.1-24B-Instruct-2503", None
    ),
    MISTRAL_VISION(
        "mistral-small-3_2-24b-instruct-2506", "Mistral-Small-3.2-24B-Instruct-2506", None
    ),
    ALPINDALE("mistral-7b-v2", "Mistral-7B-v0.2-hf"),
    ALPINDALE("wizardlm2-8x22b", "WizardLM-2-8x22B", "wizardlm2"),
    MISTRAL_MOE("mixtral-moe-7b", "Mixtral-8x7B-v0.1"),
    MISTRAL_MOE("mixtral-moe-7b-instruct", "Mixtral-8x7B-Instruct-v0.1", "mistral"),
    DASLAB(
        "mixtral-moe-7b-aqlm-2bit-1x16",
        "Mixtral-8x7b-AQLM-2Bit-1x16-hf",
        requires=("aqlm",),
        tags=MOE,
    ),
    COMMUNITY("mixtral-moe-8x22b-v1", "Mixtral-8x22B-v0.1", tags=MOE),
    COMMUNITY("pixtral-12b", "pixtral-12b", "pixtral", tags=VISION),
    MAZIYARPANAHI("wizardlm2-7b-awq", "WizardLM-2-7B-AWQ", "wizardlm2-awq", dtype="fp16"),
    HUGGINGFACEH4("zephyr-7b-beta-chat", "zephyr-7b-beta", "zephyr"),
)
