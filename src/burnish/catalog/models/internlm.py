"""InternLM: of its generations transformers holds the third."""

from burnish.catalog.models.spec import MATH, VISION, not_held, owners

FUSED = ("attention.wqkv", "attention.wo", *(f"feed_forward.w{n}" for n in (1, 2, 3)))
NO_INTERNLM = not_held("InternLM")
NO_INTERNLM_XCOMPOSER2 = not_held("InternLM-XComposer2")
NO_INTERNLM2 = not_held("InternLM2")

INTERNLM = owners("internlm", "Shanghai_AI_Laboratory")
INTERNLM1 = owners("internlm", "Shanghai_AI_Laboratory", broken=NO_INTERNLM)
SHANGHAI = owners(None, "Shanghai_AI_Laboratory", broken=NO_INTERNLM)
XCOMPOSER2 = owners(
    "internlm", "Shanghai_AI_Laboratory", targets=FUSED, tags=VISION, broken=NO_INTERNLM_XCOMPOSER2
)
INTERNLM2 = owners("internlm", "Shanghai_AI_Laboratory", targets=("wqkv",), broken=NO_INTERNLM2)
INTERNLM2_MATH = owners(
    "internlm", "Shanghai_AI_Laboratory", targets=("wqkv",), tags=MATH, broken=NO_INTERNLM2
)

MODELS = (
    INTERNLM("internlm3-8b-instruct", "internlm3-8b-instruct", None),
    INTERNLM1("internlm-7b", "internlm-7b", instead="qwen2_5-7b"),
    INTERNLM1("internlm-7b-chat", "internlm-chat-7b", "internlm", instead="internlm3-8b-instruct"),
    INTERNLM1("internlm-20b", "internlm-20b", instead="qwen2_5-14b"),
    INTERNLM1("internlm-20b-chat", "internlm-chat-20b", "internlm", instead="qwen2_5-14b-instruct"),
    SHANGHAI(
        "internlm-7b-chat-8k", "internlm-chat-7b-8k", "internlm", instead="internlm3-8b-instruct"
    ),
    XCOMPOSER2(
        "internlm-xcomposer2-7b-chat",
        "internlm-xcomposer2-7b",
        "internlm-xcomposer2",
        instead="internvl3-8b-hf",
    ),
    XCOMPOSER2(
        "internlm-xcomposer2-4khd-7b-chat",
        "internlm-xcomposer2-4khd-7b",
        "internlm-xcomposer2-4khd",
        instead="internvl3-8b-hf",
    ),
    XCOMPOSER2(
        "internlm-xcomposer2_5-7b-chat",
        "internlm-xcomposer2d5-7b",
        "internlm-xcomposer2_5",
        instead="internvl3-8b-hf",
    ),
    INTERNLM2("internlm2-1_8b", "internlm2-1_8b", instead="qwen2_5-1_5b"),
    INTERNLM2(
        "internlm2-1_8b-chat", "internlm2-chat-1_8b", "internlm2", instead="qwen2_5-1_5b-instruct"
    ),
    INTERNLM2(
        "internlm2-1_8b-sft-chat",
        "internlm2-chat-1_8b-sft",
        "internlm2",
        instead="qwen2_5-1_5b-instruct",
    ),
    INTERNLM2("internlm2-7b", "internlm2-7b", instead="qwen2_5-7b"),
    INTERNLM2("internlm2-7b-base", "internlm2-base-7b", instead="qwen2_5-7b"),
    INTERNLM2(
        "internlm2-7b-chat", "internlm2-chat-7b", "internlm2", instead="internlm3-8b-instruct"
    ),
    INTERNLM2(
        "internlm2-7b-sft-chat",
        "internlm2-chat-7b-sft",
        "internlm2",
        instead="internlm3-8b-instruct",
    ),
    INTERNLM2("internlm2-20b", "internlm2-20b", instead="qwen2_5-14b"),
    INTERNLM2("internlm2-20b-base", "internlm2-base-20b", instead="qwen2_5-14b"),
    INTERNLM2(
        "internlm2-20b-chat", "internlm2-chat-20b", "internlm2", instead="qwen2_5-14b-instruct"
    ),
    INTERNLM2(
        "internlm2-20b-sft-chat",
        "internlm2-chat-20b-sft",
        "internlm2",
        instead="qwen2_5-14b-instruct",
    ),
    INTERNLM2("internlm2_5-1_8b", "internlm2_5-1_8b", instead="qwen2_5-1_5b"),
    INTERNLM2(
        "internlm2_5-1_8b-chat",
        "internlm2_5-1_8b-chat",
        "internlm2",
        instead="qwen2_5-1_5b-instruct",
    ),
    INTERNLM2("internlm2_5-7b", "internlm2_5-7b", instead="qwen2_5-7b"),
    INTERNLM2(
        "internlm2_5-7b-chat", "internlm2_5-7b-chat", "internlm2", instead="internlm3-8b-instruct"
    ),
    INTERNLM2(
        "internlm2_5-7b-chat-1m",
        "internlm2_5-7b-chat-1m",
        "internlm2",
        instead="internlm3-8b-instruct",
    ),
    INTERNLM2("internlm2_5-20b", "internlm2_5-20b", instead="qwen2_5-14b"),
    INTERNLM2(
        "internlm2_5-20b-chat", "internlm2_5-20b-chat", "internlm2", instead="qwen2_5-14b-instruct"
    ),
    INTERNLM2_MATH("internlm2-math-7b", "internlm2-math-base-7b", instead="qwen2_5-math-7b"),
    INTERNLM2_MATH(
        "internlm2-math-7b-chat",
        "internlm2-math-7b",
        "internlm2",
        instead="qwen2_5-math-7b-instruct",
    ),
    INTERNLM2_MATH("internlm2-math-20b", "internlm2-math-base-20b", instead="qwen2_5-14b"),
    INTERNLM2_MATH(
        "internlm2-math-20b-chat", "internlm2-math-20b", "internlm2", instead="qwen2_5-14b-instruct"
    ),
)
