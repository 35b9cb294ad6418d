"""GLM-4 and later as transformers holds them, with their vision models."""

from burnish.catalog.models.spec import MLA, MOE, VISION, owners

ZAI_VISION = owners("zai-org", "ZhipuAI", tags=VISION)
ZAI = owners("zai-org", "ZhipuAI")
ZAI_MOE = owners("zai-org", "ZhipuAI", tags=MOE)
ZAI_VISION_MOE = owners("zai-org", "ZhipuAI", tags=("multi-modal", "vision", "moe"))
ZAI_MLA_MOE = owners("zai-org", "ZhipuAI", targets=MLA, tags=MOE)
ZHIPUAI = owners("ZhipuAI", targets=MLA, tags=MOE)

MODELS = (
    ZAI_VISION("autoglm-phone-9b", "AutoGLM-Phone-9B", None),
    ZAI_VISION("glm-ocr", "GLM-OCR", None),
    ZAI_VISION("glm4_1v-9b-base", "GLM-4.1V-9B-Base", None),
    ZAI_VISION("glm4_1v-9b-thinking", "GLM-4.1V-9B-Thinking", None),
    ZAI_VISION("glm4_6v-flash", "GLM-4.6V-Flash", None),
    ZAI_VISION("glyph", "Glyph", None),
    ZAI("glm-edge-1_5b-chat", "glm-edge-1.5b-chat", "chatglm4"),
    ZAI("glm-edge-4b-chat", "glm-edge-4b-chat", "chatglm4"),
    ZAI("glm-edge-v-2b", "glm-edge-v-2b", None),
    ZAI("glm-z1-9b-0414", "GLM-Z1-9B-0414", None),
    ZAI("glm-z1-32b-0414", "GLM-Z1-32B-0414", None),
    ZAI("glm-z1-rumination-32b-0414", "GLM-Z1-Rumination-32B-0414", None),
    ZAI("glm4-9b-0414", "GLM-4-9B-0414", None),
    ZAI("glm4-9b-chat-1m-hf", "glm-4-9b-chat-1m-hf", "chatglm4"),
    ZAI("glm4-9b-chat-hf", "glm-4-9b-chat-hf", "chatglm4"),
    ZAI("glm4-9b-hf", "glm-4-9b-hf"),
    ZAI("glm4-32b-0414", "GLM-4-32B-0414", None),
    ZAI("glm4-32b-base-0414", "GLM-4-32B-Base-0414"),
    ZAI_MOE("glm4_5", "GLM-4.5", None),
    ZAI_MOE("glm4_5-air", "GLM-4.5-Air", None),
    ZAI_MOE("glm4_5-air-base", "GLM-4.5-Air-Base"),
    ZAI_MOE("glm4_5-air-fp8", "GLM-4.5-Air-FP8", None),
    ZAI_MOE("glm4_5-base", "GLM-4.5-Base"),
    ZAI_MOE("glm4_5-fp8", "GLM-4.5-FP8", None),
    ZAI_MOE("glm4_6", "GLM-4.6", None),
    ZAI_MOE("glm4_6-fp8", "GLM-4.6-FP8", None),
    ZAI_MOE("glm4_7", "GLM-4.7", None),
    ZAI_MOE("glm4_7-fp8", "GLM-4.7-FP8", None),
    ZAI_VISION_MOE("glm4_5v", "GLM-4.5V", None),
    ZAI_VISION_MOE("glm4_5v-fp8", "GLM-4.5V-FP8", None),
    ZAI_VISION_MOE("glm4_6v", "GLM-4.6V", None),
    ZAI_VISION_MOE("glm4_6v-fp8", "GLM-4.6V-FP8", None),
    ZAI_MLA_MOE("glm4_7-flash", "GLM-4.7-Flash", None),
    ZAI_MLA_MOE("glm5", "GLM-5", None),
    ZAI_MLA_MOE("glm5_1", "GLM-5.1", None),
    ZHIPUAI("glm5_1-fp8", "GLM-5.1-FP8", None),
    ZHIPUAI("glm5_2", "GLM-5.2", None),
    ZHIPUAI("glm5_2-fp8", "GLM-5.2-FP8", None),
)
