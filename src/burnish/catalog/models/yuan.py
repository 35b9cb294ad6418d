"""Yuan 2: architecture not in transformers."""

from burnish.catalog.models.spec import MOE, not_held, owners

NO_YUAN_2 = not_held("Yuan 2")

YUAN = owners("IEITYuan", "YuanLLM", broken=NO_YUAN_2)

MODELS = (
    YUAN(
        "yuan2-2b-instruct",
        "Yuan2-2B-hf",
        "yuan",
        ms="YuanLLM/Yuan2.0-2B-hf",
        instead="qwen2_5-1_5b-instruct",
    ),
    YUAN("yuan2-2b-janus-instruct", "Yuan2-2B-Janus-hf", "yuan", instead="qwen2_5-1_5b-instruct"),
    YUAN(
        "yuan2-51b-instruct",
        "Yuan2-51B-hf",
        "yuan",
        ms="YuanLLM/Yuan2.0-51B-hf",
        instead="qwen2_5-72b-instruct",
    ),
    YUAN(
        "yuan2-102b-instruct",
        "Yuan2-102B-hf",
        "yuan",
        ms="YuanLLM/Yuan2.0-102B-hf",
        instead="qwen2_5-72b-instruct",
    ),
    YUAN("yuan2-m32", "Yuan2-M32-hf", "yuan", tags=MOE, instead="qwen3-30b-a3b"),
)
