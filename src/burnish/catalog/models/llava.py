"""LLaVA in all its generations."""

from burnish.catalog.models.spec import CONVERTED, VIDEO, VISION, owners

LLAVA_VISION = owners("llava-hf", "swift", tags=VISION)
XTUNER = owners("xtuner", "AI-ModelScope")
LLAVA_NEXT = owners("llava-hf", "AI-ModelScope", tags=VISION)
LLAVA_VIDEO = owners("llava-hf", "swift", requires=("av",), tags=("multi-modal", "video"))
ONEVISION = owners("llava-hf", "AI-ModelScope", tags=VIDEO)
DAOZEZHANG = owners(None, "DaozeZhang")
LMMS = owners("lmms-lab", "AI-Modelscope", tags=VISION, broken=CONVERTED)

MODELS = (
    LLAVA_VISION("llama3-llava-next-8b-hf", "llama3-llava-next-8b-hf", "llama-llava-next-hf"),
    LLAVA_VISION("llava1_5-7b-instruct", "llava-1.5-7b-hf", "llava1_5"),
    LLAVA_VISION("llava1_5-13b-instruct", "llava-1.5-13b-hf", "llava1_5"),
    LLAVA_VISION("llava1_6-mistral-7b-instruct", "llava-v1.6-mistral-7b-hf", "llava-mistral"),
    LLAVA_VISION("llava1_6-vicuna-7b-instruct", "llava-v1.6-vicuna-7b-hf", "llava-vicuna"),
    LLAVA_VISION("llava1_6-vicuna-13b-instruct", "llava-v1.6-vicuna-13b-hf", "llava-vicuna"),
    LLAVA_VISION("llava1_6-yi-34b-instruct", "llava-v1.6-34b-hf", "llava-yi"),
    XTUNER(
        "llava-llama3-8b-v1_1",
        "llava-llama-3-8b-v1_1-transformers",
        "llava-llama-instruct",
        tags=VISION,
    ),
    LLAVA_NEXT("llava-next-72b-hf", "llava-next-72b-hf", "llama-qwen-hf"),
    LLAVA_NEXT("llava-next-110b-hf", "llava-next-110b-hf", "llama-qwen-hf"),
    LLAVA_VIDEO(
        "llava-next-video-7b-32k-instruct", "LLaVA-NeXT-Video-7B-32K-hf", "llava-next-video"
    ),
    LLAVA_VIDEO(
        "llava-next-video-7b-dpo-instruct", "LLaVA-NeXT-Video-7B-DPO-hf", "llava-next-video"
    ),
    LLAVA_VIDEO("llava-next-video-7b-instruct", "LLaVA-NeXT-Video-7B-hf", "llava-next-video"),
    LLAVA_VIDEO("llava-next-video-34b-instruct", "LLaVA-NeXT-Video-34B-hf", "llava-next-video-yi"),
    ONEVISION(
        "llava-onevision-qwen2-0_5b-ov", "llava-onevision-qwen2-0.5b-ov-hf", "llava-onevision-qwen"
    ),
    ONEVISION(
        "llava-onevision-qwen2-7b-ov", "llava-onevision-qwen2-7b-ov-hf", "llava-onevision-qwen"
    ),
    ONEVISION(
        "llava-onevision-qwen2-72b-ov", "llava-onevision-qwen2-72b-ov-hf", "llava-onevision-qwen"
    ),
    DAOZEZHANG(
        "llava1_6-llama3_1-8b-instruct", "llava-llama3.1-8b", "llava-next-llama3", tags=VISION
    ),
    LMMS(
        "llama3-llava-next-8b",
        "llama3-llava-next-8b",
        "llama3-llava-next",
        instead="llama3-llava-next-8b-hf",
    ),
    LMMS("llava-next-72b", "llava-next-72b", "llava-qwen", instead="llava-next-72b-hf"),
    LMMS("llava-next-110b", "llava-next-110b", "llava-qwen", instead="llava-next-110b-hf"),
)
