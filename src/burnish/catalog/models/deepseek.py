"""DeepSeek LLM, Coder, Math, MoE, V2 and the vision models of that time."""

from burnish.catalog.models.spec import (
    CODING,
    CONVERTED,
    MATH,
    MLA,
    MLA_LITE,
    MOE,
    VISION,
    not_held,
    owners,
)

NO_JANUS_1_3B = not_held("Janus 1.3B")
NO_DEEPSEEK_MOE = not_held("DeepSeek-MoE")

DEEPSEEK = owners("deepseek-ai")
CODER = owners("deepseek-ai", tags=CODING)
V2_CODER = owners("deepseek-ai", targets=MLA, tags=("coding", "moe"))
V2_LITE_CODER = owners("deepseek-ai", targets=MLA_LITE, tags=("coding", "moe"))
DEEPSEEK_MATH = owners("deepseek-ai", tags=MATH)
V2 = owners("deepseek-ai", targets=MLA, tags=MOE)
V2_LITE = owners("deepseek-ai", targets=MLA_LITE, tags=MOE)
COMMUNITY = owners("deepseek-community", None, tags=VISION)
JANUS = owners("deepseek-ai", broken=NO_JANUS_1_3B)
DEEPSEEK_MOE = owners("deepseek-ai", tags=MOE, broken=NO_DEEPSEEK_MOE)
DEEPSEEK_VL = owners("deepseek-ai", tags=VISION, broken=CONVERTED)

MODELS = (
    DEEPSEEK("deepseek-7b", "deepseek-llm-7b-base"),
    DEEPSEEK("deepseek-7b-chat", "deepseek-llm-7b-chat", "deepseek"),
    DEEPSEEK("deepseek-67b", "deepseek-llm-67b-base"),
    DEEPSEEK("deepseek-67b-chat", "deepseek-llm-67b-chat", "deepseek"),
    CODER("deepseek-coder-1_3b", "deepseek-coder-1.3b-base"),
    CODER("deepseek-coder-1_3b-instruct", "deepseek-coder-1.3b-instruct", "deepseek-coder"),
    CODER("deepseek-coder-6_7b", "deepseek-coder-6.7b-base"),
    CODER("deepseek-coder-6_7b-instruct", "deepseek-coder-6.7b-instruct", "deepseek-coder"),
    CODER("deepseek-coder-33b", "deepseek-coder-33b-base"),
    CODER("deepseek-coder-33b-instruct", "deepseek-coder-33b-instruct", "deepseek-coder"),
    V2_CODER("deepseek-coder-v2", "DeepSeek-Coder-V2-Base"),
    V2_CODER("deepseek-coder-v2-instruct", "DeepSeek-Coder-V2-Instruct", "deepseek2"),
    V2_LITE_CODER("deepseek-coder-v2-lite", "DeepSeek-Coder-V2-Lite-Base"),
    V2_LITE_CODER(
        "deepseek-coder-v2-lite-instruct", "DeepSeek-Coder-V2-Lite-Instruct", "deepseek2"
    ),
    DEEPSEEK_MATH("deepseek-math-7b", "deepseek-math-7b-base"),
    DEEPSEEK_MATH("deepseek-math-7b-chat", "deepseek-math-7b-rl", "deepseek"),
    DEEPSEEK_MATH("deepseek-math-7b-instruct", "deepseek-math-7b-instruct", "deepseek"),
    V2("deepseek-v2", "DeepSeek-V2"),
    V2("deepseek-v2-chat", "DeepSeek-V2-Chat", "deepseek2"),
    V2("deepseek-v2_5", "DeepSeek-V2.5", "deepseek2_5"),
    V2("deepseek-v2_5-1210", "DeepSeek-V2.5-1210", None),
    V2_LITE("deepseek-v2-lite", "DeepSeek-V2-Lite"),
    V2_LITE("deepseek-v2-lite-chat", "DeepSeek-V2-Lite-Chat", "deepseek2"),
    COMMUNITY("deepseek-vl-1_3b-chat-hf", "deepseek-vl-1.3b-chat", None),
    COMMUNITY("deepseek-vl-7b-chat-hf", "deepseek-vl-7b-chat", None),
    COMMUNITY("janus-pro-1b-hf", "Janus-Pro-1B", None),
    COMMUNITY("janus-pro-7b-hf", "Janus-Pro-7B", None),
    JANUS(
        "deepseek-janus-1_3b",
        "Janus-1.3B",
        "deepseek-janus",
        tags=VISION,
        instead="janus-pro-1b-hf",
    ),
    DEEPSEEK_MOE("deepseek-moe-16b", "deepseek-moe-16b-base", instead="deepseek-v2-lite"),
    DEEPSEEK_MOE(
        "deepseek-moe-16b-chat",
        "deepseek-moe-16b-chat",
        "deepseek",
        instead="deepseek-v2-lite-chat",
    ),
    DEEPSEEK_VL(
        "deepseek-vl-1_3b-chat",
        "deepseek-vl-1.3b-chat",
        "deepseek-vl",
        instead="deepseek-vl-1_3b-chat-hf",
    ),
    DEEPSEEK_VL(
        "deepseek-vl-7b-chat",
        "deepseek-vl-7b-chat",
        "deepseek-vl",
        instead="deepseek-vl-7b-chat-hf",
    ),
)
