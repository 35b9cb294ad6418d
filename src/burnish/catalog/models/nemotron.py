"""Nemotron 3.5."""

from burnish.catalog.models.spec import MOE, owners

NVIDIA = owners("nvidia", "nv-community", tags=MOE)

MODELS = (
    NVIDIA(
        "nemotron3_5-lightning-30b-a3b-bf16", "NVIDIA-Nemotron-3.5-Lightning-30B-A3B-BF16", None
    ),
    NVIDIA(
        "nemotron3_5-lightning-30b-a3b-nvfp4", "NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4", None
    ),
)
