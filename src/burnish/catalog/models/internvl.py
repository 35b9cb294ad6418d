"""InternVL: as first published, and as transformers holds it (-hf)."""

from burnish.catalog.models.spec import VIDEO, VISION, not_held, owners

NO_INTERNVL = not_held("InternVL")

GVLAB_VISION = owners("OpenGVLab", tags=VISION)
GVLAB_VISION_MOE = owners("OpenGVLab", tags=("multi-modal", "vision", "moe"))
GVLAB_OLD_TIMM_VISION = owners("OpenGVLab", requires=("timm",), tags=VISION, broken=NO_INTERNVL)
GVLAB_OLD_TIMM_VIDEO = owners("OpenGVLab", requires=("timm",), tags=VIDEO, broken=NO_INTERNVL)
GVLAB_OLD_AWQ = owners(
    "OpenGVLab", requires=("timm",), dtype="fp16", tags=VIDEO, broken=NO_INTERNVL
)

MODELS = (
    GVLAB_VISION("internvl3-1b-hf", "InternVL3-1B-hf", None),
    GVLAB_VISION("internvl3-2b-hf", "InternVL3-2B-hf", None),
    GVLAB_VISION("internvl3-8b-hf", "InternVL3-8B-hf", None),
    GVLAB_VISION("internvl3-9b-hf", "InternVL3-9B-hf", None),
    GVLAB_VISION("internvl3-14b-hf", "InternVL3-14B-hf", None),
    GVLAB_VISION("internvl3-38b-hf", "InternVL3-38B-hf", None),
    GVLAB_VISION("internvl3-78b-hf", "InternVL3-78B-hf", None),
    GVLAB_VISION("internvl3_5-1b-hf", "InternVL3_5-1B-HF", None),
    GVLAB_VISION("internvl3_5-2b-hf", "InternVL3_5-2B-HF", None),
    GVLAB_VISION("internvl3_5-4b-hf", "InternVL3_5-4B-HF", None),
    GVLAB_VISION("internvl3_5-8b-hf", "InternVL3_5-8B-HF", None),
    GVLAB_VISION("internvl3_5-14b-hf", "InternVL3_5-14B-HF", None),
    GVLAB_VISION("internvl3_5-38b-hf", "InternVL3_5-38B-HF", None),
    GVLAB_VISION_MOE("internvl3_5-30b-a3b-hf", "InternVL3_5-30B-A3B-HF", None),
    GVLAB_VISION_MOE("internvl3_5-241b-a28b-hf", "InternVL3_5-241B-A28B-HF", None),
    GVLAB_VISION_MOE(
        "internvl3_5-gpt-oss-20b-a4b-preview-hf", "InternVL3_5-GPT-OSS-20B-A4B-Preview-HF", None
    ),
    GVLAB_OLD_TIMM_VISION(
        "internvl-chat-v1_5",
        "InternVL-Chat-V1-5",
        "internvl",
        ms="AI-ModelScope/InternVL-Chat-V1-5",
        instead="internvl3-38b-hf",
    ),
    GVLAB_OLD_TIMM_VISION(
        "internvl-chat-v1_5-int8",
        "InternVL-Chat-V1-5-int8",
        "internvl",
        ms="AI-ModelScope/InternVL-Chat-V1-5-int8",
        instead="internvl3-38b-hf",
    ),
    GVLAB_OLD_TIMM_VISION(
        "mini-internvl-chat-2b-v1_5",
        "Mini-InternVL-Chat-2B-V1-5",
        "internvl",
        instead="internvl3-2b-hf",
    ),
    GVLAB_OLD_TIMM_VISION(
        "mini-internvl-chat-4b-v1_5",
        "Mini-InternVL-Chat-4B-V1-5",
        "internvl-phi3",
        instead="internvl3_5-4b-hf",
    ),
    GVLAB_OLD_TIMM_VIDEO("internvl2-1b", "InternVL2-1B", "internvl2", instead="internvl3-1b-hf"),
    GVLAB_OLD_TIMM_VIDEO("internvl2-2b", "InternVL2-2B", "internvl2", instead="internvl3-2b-hf"),
    GVLAB_OLD_TIMM_VIDEO(
        "internvl2-4b", "InternVL2-4B", "internvl2-phi3", instead="internvl3_5-4b-hf"
    ),
    GVLAB_OLD_TIMM_VIDEO("internvl2-8b", "InternVL2-8B", "internvl2", instead="internvl3-8b-hf"),
    GVLAB_OLD_TIMM_VIDEO("internvl2-26b", "InternVL2-26B", "internvl2", instead="internvl3-38b-hf"),
    GVLAB_OLD_TIMM_VIDEO("internvl2-40b", "InternVL2-40B", "internvl2", instead="internvl3-38b-hf"),
    GVLAB_OLD_TIMM_VIDEO(
        "internvl2-llama3-76b", "InternVL2-Llama3-76B", "internvl2", instead="internvl3-78b-hf"
    ),
    GVLAB_OLD_AWQ("internvl2-2b-awq", "InternVL2-2B-AWQ", "internvl2", instead="internvl3-2b-hf"),
    GVLAB_OLD_AWQ("internvl2-8b-awq", "InternVL2-8B-AWQ", "internvl2", instead="internvl3-8b-hf"),
    GVLAB_OLD_AWQ(
        "internvl2-26b-awq", "InternVL2-26B-AWQ", "internvl2", instead="internvl3-38b-hf"
    ),
    GVLAB_OLD_AWQ(
        "internvl2-40b-awq", "InternVL2-40B-AWQ", "internvl2", instead="internvl3-38b-hf"
    ),
    GVLAB_OLD_AWQ(
        "internvl2-llama3-76b-awq",
        "InternVL2-Llama3-76B-AWQ",
        "internvl2",
        instead="internvl3-78b-hf",
    ),
)
