"""CodeFuse: models for code, tuned from other families."""

from burnish.catalog.models.spec import CODING, not_held, owners

NO_CHATGLM = not_held("ChatGLM")
NO_QWEN_1 = not_held("Qwen 1")

CODEFUSE = owners("codefuse-ai")
CODEFUSE_CHATGLM = owners("codefuse-ai", targets=("query_key_value",), broken=NO_CHATGLM)
CODEFUSE_QWEN = owners("codefuse-ai", targets=("c_attn",), broken=NO_QWEN_1)

MODELS = (
    CODEFUSE(
        "codefuse-codellama-34b-chat", "CodeFuse-CodeLlama-34B", "codefuse-codellama", tags=CODING
    ),
    CODEFUSE_CHATGLM(
        "codefuse-codegeex2-6b-chat",
        "CodeFuse-CodeGeeX2-6B",
        "codefuse",
        tags=CODING,
        instead="qwen2_5-coder-7b-instruct",
    ),
    CODEFUSE_QWEN(
        "codefuse-qwen-14b-chat",
        "CodeFuse-QWen-14B",
        "codefuse",
        tags=CODING,
        instead="qwen2_5-coder-14b-instruct",
    ),
)
