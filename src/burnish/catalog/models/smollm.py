"""SmolLM2 and SmolLM3."""

from burnish.catalog.models.spec import owners

SMOL = owners("HuggingFaceTB")

MODELS = (
    SMOL("smollm2-135m", "SmolLM2-135M"),
    SMOL("smollm2-135m-instruct", "SmolLM2-135M-Instruct", "smollm2"),
    SMOL("smollm2-360m", "SmolLM2-360M"),
    SMOL("smollm2-360m-instruct", "SmolLM2-360M-Instruct", "smollm2"),
    SMOL("smollm2-1_7b", "SmolLM2-1.7B"),
    SMOL("smollm2-1_7b-instruct", "SmolLM2-1.7B-Instruct", "smollm2"),
    SMOL("smollm3-3b", "SmolLM3-3B", None),
    SMOL("smollm3-3b-base", "SmolLM3-3B-Base"),
)
