"""Gemma, Gemma 2, 3, 3n and 4, and MedGemma."""

from burnish.catalog.models.spec import VISION, owners

GOOGLE = owners("google", "AI-ModelScope")
GOOGLE_LLM = owners("google", "LLM-Research")
GOOGLE_BOTH = owners("google")
GOOGLE_VISION = owners("google", "LLM-Research", tags=VISION)
GOOGLE_VISION_BOTH = owners("google", tags=VISION)
GOOGLE_VISION_MOE = owners("google", tags=("multi-modal", "vision", "moe"))

MODELS = (
    GOOGLE("gemma-2b", "gemma-2b"),
    GOOGLE("gemma-2b-instruct", "gemma-2b-it", "gemma"),
    GOOGLE("gemma-7b", "gemma-7b"),
    GOOGLE("gemma-7b-instruct", "gemma-7b-it", "gemma"),
    GOOGLE_LLM("gemma2-2b", "gemma-2-2b"),
    GOOGLE_LLM("gemma2-2b-instruct", "gemma-2-2b-it", "gemma"),
    GOOGLE_LLM("gemma2-9b", "gemma-2-9b"),
    GOOGLE_LLM("gemma2-9b-instruct", "gemma-2-9b-it", "gemma"),
    GOOGLE_LLM("gemma2-27b", "gemma-2-27b"),
    GOOGLE_LLM("gemma2-27b-instruct", "gemma-2-27b-it", "gemma"),
    GOOGLE_LLM("gemma3-1b", "gemma-3-1b-pt"),
    GOOGLE_LLM("gemma3-1b-instruct", "gemma-3-1b-it", "gemma3_text"),
    GOOGLE_BOTH("gemma3-270m", "gemma-3-270m"),
    GOOGLE_BOTH("gemma3-270m-instruct", "gemma-3-270m-it", "gemma3_text"),
    GOOGLE_BOTH("medgemma-27b-text-instruct", "medgemma-27b-text-it", "gemma3_text"),
    GOOGLE_VISION("gemma3-4b", "gemma-3-4b-pt", None),
    GOOGLE_VISION("gemma3-4b-instruct", "gemma-3-4b-it", "gemma3_vision"),
    GOOGLE_VISION("gemma3-12b", "gemma-3-12b-pt", None),
    GOOGLE_VISION("gemma3-12b-instruct", "gemma-3-12b-it", "gemma3_vision"),
    GOOGLE_VISION("gemma3-27b", "gemma-3-27b-pt", None),
    GOOGLE_VISION("gemma3-27b-instruct", "gemma-3-27b-it", "gemma3_vision"),
    GOOGLE_VISION_BOTH("gemma3n-e2b", "gemma-3n-E2B", None),
    GOOGLE_VISION_BOTH("gemma3n-e2b-instruct", "gemma-3n-E2B-it", None),
    GOOGLE_VISION_BOTH("gemma3n-e4b", "gemma-3n-E4B", None),
    GOOGLE_VISION_BOTH("gemma3n-e4b-instruct", "gemma-3n-E4B-it", None),
    GOOGLE_VISION_BOTH("gemma4-12b", "gemma-4-12B", None),
    GOOGLE_VISION_BOTH("gemma4-12b-instruct", "gemma-4-12B-it", None),
    GOOGLE_VISION_BOTH("gemma4-31b", "gemma-4-31B", None),
    GOOGLE_VISION_BOTH("gemma4-31b-instruct", "gemma-4-31B-it", None),
    GOOGLE_VISION_BOTH("gemma4-e2b", "gemma-4-E2B", None),
    GOOGLE_VISION_BOTH("gemma4-e2b-instruct", "gemma-4-E2B-it", None),
    GOOGLE_VISION_BOTH("gemma4-e4b", "gemma-4-E4B", None),
    GOOGLE_VISION_BOTH("gemma4-e4b-instruct", "gemma-4-E4B-it", None),
    GOOGLE_VISION_BOTH("medgemma-4b", "medgemma-4b-pt", None),
    GOOGLE_VISION_BOTH("medgemma-4b-instruct", "medgemma-4b-it", "gemma3_vision"),
    GOOGLE_VISION_BOTH("medgemma-27b-instruct", "medgemma-27b-it", "gemma3_vision"),
    GOOGLE_VISION_MOE("gemma4-26b-a4b", "gemma-4-26B-A4B", None),
    GOOGLE_VISION_MOE("gemma4-26b-a4b-instruct", "gemma-4-26B-A4B-it", None),
)
