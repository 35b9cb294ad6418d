"""PaliGemma and PaliGemma 2: a SigLIP tower before Gemma."""

from burnish.catalog.models.spec import VISION, owners

GOOGLE = owners("google", "AI-ModelScope", tags=VISION)

MODELS = (
    GOOGLE("paligemma-3b-mix-224", "paligemma-3b-mix-224", "paligemma"),
    GOOGLE("paligemma-3b-mix-448", "paligemma-3b-mix-448", "paligemma"),
    GOOGLE("paligemma-3b-pt-224", "paligemma-3b-pt-224", "paligemma"),
    GOOGLE("paligemma-3b-pt-448", "paligemma-3b-pt-448", "paligemma"),
    GOOGLE("paligemma-3b-pt-896", "paligemma-3b-pt-896", "paligemma"),
    GOOGLE("paligemma2-3b-ft-docci-448", "paligemma2-3b-ft-docci-448", None),
    GOOGLE("paligemma2-3b-pt-224", "paligemma2-3b-pt-224", None),
    GOOGLE("paligemma2-3b-pt-448", "paligemma2-3b-pt-448", None),
    GOOGLE("paligemma2-3b-pt-896", "paligemma2-3b-pt-896", None),
    GOOGLE("paligemma2-10b-ft-docci-448", "paligemma2-10b-ft-docci-448", None),
    GOOGLE("paligemma2-10b-pt-224", "paligemma2-10b-pt-224", None),
    GOOGLE("paligemma2-10b-pt-448", "paligemma2-10b-pt-448", None),
    GOOGLE("paligemma2-10b-pt-896", "paligemma2-10b-pt-896", None),
    GOOGLE("paligemma2-28b-pt-224", "paligemma2-28b-pt-224", None),
    GOOGLE("paligemma2-28b-pt-448", "paligemma2-28b-pt-448", None),
    GOOGLE("paligemma2-28b-pt-896", "paligemma2-28b-pt-896", None),
)
