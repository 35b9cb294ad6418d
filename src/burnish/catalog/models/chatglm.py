"""ChatGLM2 to GLM-4 as first published, CodeGeeX, CogVLM: architectures not in transformers."""

from burnish.catalog.models.spec import CODING, CONVERTED, VIDEO, VISION, not_held, owners

NO_CHATGLM = not_held("ChatGLM")
NO_COGVLM = not_held("CogVLM")

CHATGLM = owners("THUDM", "ZhipuAI", targets=("query_key_value",), broken=NO_CHATGLM)
CODEGEEX = owners("THUDM", "ZhipuAI", targets=("query_key_value",), tags=CODING, broken=NO_CHATGLM)
COGAGENT = owners("THUDM", "ZhipuAI", requires=("timm",), tags=VISION, broken=NO_COGVLM)
COGVLM = owners("THUDM", "ZhipuAI", tags=VISION, broken=NO_COGVLM)
COGVLM_VIDEO = owners("THUDM", "ZhipuAI", broken=NO_COGVLM)
GLM4 = owners("THUDM", "ZhipuAI", targets=("query_key_value",), broken=CONVERTED)
GLM4V = owners("THUDM", "ZhipuAI", broken=NO_CHATGLM)

MODELS = (
    CHATGLM("chatglm2-6b", "chatglm2-6b", "chatglm2", instead="glm4-9b-chat-hf"),
    CHATGLM("chatglm2-6b-32k", "chatglm2-6b-32k", "chatglm2", instead="glm4-9b-chat-hf"),
    CHATGLM("chatglm3-6b", "chatglm3-6b", "chatglm3", instead="glm4-9b-chat-hf"),
    CHATGLM("chatglm3-6b-128k", "chatglm3-6b-128k", "chatglm3", instead="glm4-9b-chat-hf"),
    CHATGLM("chatglm3-6b-32k", "chatglm3-6b-32k", "chatglm3", instead="glm4-9b-chat-hf"),
    CHATGLM("chatglm3-6b-base", "chatglm3-6b-base", "chatglm-generation", instead="glm4-9b-hf"),
    CHATGLM(
        "longwriter-glm4-9b", "LongWriter-glm4-9b", "chatglm4", instead="longwriter-llama3_1-8b"
    ),
    CODEGEEX("codegeex2-6b", "codegeex2-6b", "chatglm-generation", instead="qwen2_5-coder-7b"),
    CODEGEEX(
        "codegeex4-9b-chat", "codegeex4-all-9b", "codegeex4", instead="qwen2_5-coder-7b-instruct"
    ),
    COGAGENT(
        "cogagent-18b-chat",
        "cogagent-chat-hf",
        "cogagent-chat",
        ms="ZhipuAI/cogagent-chat",
        instead="glm4_1v-9b-thinking",
    ),
    COGAGENT(
        "cogagent-18b-instruct",
        "cogagent-vqa-hf",
        "cogagent-instruct",
        ms="ZhipuAI/cogagent-vqa",
        instead="glm4_1v-9b-thinking",
    ),
    COGVLM(
        "cogvlm-17b-chat",
        "cogvlm-chat-hf",
        "cogvlm",
        ms="ZhipuAI/cogvlm-chat",
        instead="glm4_1v-9b-thinking",
    ),
    COGVLM(
        "cogvlm2-19b-chat",
        "cogvlm2-llama3-chinese-chat-19B",
        "cogvlm",
        instead="glm4_1v-9b-thinking",
    ),
    COGVLM(
        "cogvlm2-en-19b-chat", "cogvlm2-llama3-chat-19B", "cogvlm", instead="glm4_1v-9b-thinking"
    ),
    COGVLM_VIDEO(
        "cogvlm2-video-13b-chat",
        "cogvlm2-video-llama3-chat",
        "cogvlm2-video",
        requires=("decord", "pytorchvideo"),
        tags=VIDEO,
        instead="qwen2_5-vl-7b-instruct",
    ),
    GLM4("glm4-9b", "glm-4-9b", "chatglm-generation", instead="glm4-9b-hf"),
    GLM4("glm4-9b-chat", "glm-4-9b-chat", "chatglm4", instead="glm4-9b-chat-hf"),
    GLM4("glm4-9b-chat-1m", "glm-4-9b-chat-1m", "chatglm4", instead="glm4-9b-chat-1m-hf"),
    GLM4V("glm4v-9b-chat", "glm-4v-9b", "glm4v", tags=VISION, instead="glm4_1v-9b-thinking"),
)
