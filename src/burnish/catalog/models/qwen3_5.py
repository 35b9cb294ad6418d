"""Qwen3.5, 3.6 and 3.8, which read text and images."""

from burnish.catalog.models.spec import VISION, owners

QWEN_VISION = owners("Qwen", tags=VISION)
QWEN_VISION_MOE = owners("Qwen", tags=("multi-modal", "vision", "moe"))

MODELS = (
    QWEN_VISION("qwen3_5-0_8b", "Qwen3.5-0.8B", None),
    QWEN_VISION("qwen3_5-0_8b-base", "Qwen3.5-0.8B-Base", None),
    QWEN_VISION("qwen3_5-2b", "Qwen3.5-2B", None),
    QWEN_VISION("qwen3_5-2b-base", "Qwen3.5-2B-Base", None),
    QWEN_VISION("qwen3_5-4b", "Qwen3.5-4B", None),
    QWEN_VISION("qwen3_5-4b-base", "Qwen3.5-4B-Base", None),
    QWEN_VISION("qwen3_5-9b", "Qwen3.5-9B", None),
    QWEN_VISION("qwen3_5-9b-base", "Qwen3.5-9B-Base", None),
    QWEN_VISION("qwen3_5-27b", "Qwen3.5-27B", None),
    QWEN_VISION("qwen3_5-27b-fp8", "Qwen3.5-27B-FP8", None),
    QWEN_VISION("qwen3_6-27b", "Qwen3.6-27B", None),
    QWEN_VISION("qwen3_6-27b-fp8", "Qwen3.6-27B-FP8", None),
    QWEN_VISION("qwen3_8-27b", "Qwen3.8-27B", None),
    QWEN_VISION("qwen3_8-27b-fp8", "Qwen3.8-27B-FP8", None),
    QWEN_VISION_MOE("qwen3_5-35b-a3b", "Qwen3.5-35B-A3B", None),
    QWEN_VISION_MOE("qwen3_5-35b-a3b-base", "Qwen3.5-35B-A3B-Base", None),
    QWEN_VISION_MOE("qwen3_5-35b-a3b-fp8", "Qwen3.5-35B-A3B-FP8", None),
    QWEN_VISION_MOE("qwen3_5-122b-a10b", "Qwen3.5-122B-A10B", None),
    QWEN_VISION_MOE("qwen3_5-122b-a10b-fp8", "Qwen3.5-122B-A10B-FP8", None),
    QWEN_VISION_MOE("qwen3_5-397b-a17b", "Qwen3.5-397B-A17B", None),
    QWEN_VISION_MOE("qwen3_5-397b-a17b-fp8", "Qwen3.5-397B-A17B-FP8", None),
    QWEN_VISION_MOE("qwen3_6-35b-a3b", "Qwen3.6-35B-A3B", None),
    QWEN_VISION_MOE("qwen3_6-35b-a3b-fp8", "Qwen3.6-35B-A3B-FP8", None),
    QWEN_VISION_MOE("qwen3_8-2_4t-a95b", "Qwen3.8-2.4T-A95B", None),
    QWEN_VISION_MOE("qwen3_8-2_4t-a95b-fp8", "Qwen3.8-2.4T-A95B-FP8", None),
)
