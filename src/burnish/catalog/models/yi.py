"""Yi, Yi-1.5, Yi-Coder and Yi-VL: Llama architecture, a tokenizer of their own."""

from burnish.catalog.models.spec import VISION, owners

NO_YI_VL = "its weights are laid out for the first LLaVA code, which transformers never held"

YI = owners("01-ai", "01ai")
YI_GPTQ = owners("01-ai", "01ai", dtype="fp16")
MODELSCOPE = owners("modelscope", "AI-ModelScope", dtype="fp16")
YI_OLD_VISION = owners("01-ai", "01ai", tags=VISION, broken=NO_YI_VL)

MODELS = (
    YI("yi-6b", "Yi-6B"),
    YI("yi-6b-200k", "Yi-6B-200K"),
    YI("yi-6b-chat", "Yi-6B-Chat", "yi"),
    YI("yi-9b", "Yi-9B"),
    YI("yi-9b-200k", "Yi-9B-200K"),
    YI("yi-34b", "Yi-34B"),
    YI("yi-34b-200k", "Yi-34B-200K"),
    YI("yi-34b-chat", "Yi-34B-Chat", "yi"),
    YI("yi-1_5-6b", "Yi-1.5-6B"),
    YI("yi-1_5-6b-chat", "Yi-1.5-6B-Chat", "yi"),
    YI("yi-1_5-9b", "Yi-1.5-9B"),
    YI("yi-1_5-9b-chat", "Yi-1.5-9B-Chat", "yi"),
    YI("yi-1_5-9b-chat-16k", "Yi-1.5-9B-Chat-16K", "yi"),
    YI("yi-1_5-34b", "Yi-1.5-34B"),
    YI("yi-1_5-34b-chat", "Yi-1.5-34B-Chat", "yi"),
    YI("yi-1_5-34b-chat-16k", "Yi-1.5-34B-Chat-16K", "yi"),
    YI("yi-coder-1_5b", "Yi-Coder-1.5B"),
    YI("yi-coder-1_5b-chat", "Yi-Coder-1.5B-Chat", "yi-coder"),
    YI("yi-coder-9b", "Yi-Coder-9B"),
    YI("yi-coder-9b-chat", "Yi-Coder-9B-Chat", "yi-coder"),
    YI_GPTQ("yi-6b-chat-awq", "Yi-6B-Chat-4bits", "yi"),
    YI_GPTQ("yi-6b-chat-int8", "Yi-6B-Chat-8bits", "yi"),
    YI_GPTQ("yi-34b-chat-awq", "Yi-34B-Chat-4bits", "yi"),
    YI_GPTQ("yi-34b-chat-int8", "Yi-34B-Chat-8bits", "yi"),
    MODELSCOPE("yi-1_5-6b-chat-awq-int4", "Yi-1.5-6B-Chat-AWQ", "yi"),
    MODELSCOPE("yi-1_5-6b-chat-gptq-int4", "Yi-1.5-6B-Chat-GPTQ", "yi"),
    MODELSCOPE("yi-1_5-9b-chat-awq-int4", "Yi-1.5-9B-Chat-AWQ", "yi"),
    MODELSCOPE("yi-1_5-9b-chat-gptq-int4", "Yi-1.5-9B-Chat-GPTQ", "yi"),
    MODELSCOPE("yi-1_5-34b-chat-awq-int4", "Yi-1.5-34B-Chat-AWQ", "yi"),
    MODELSCOPE("yi-1_5-34b-chat-gptq-int4", "Yi-1.5-34B-Chat-GPTQ", "yi"),
    YI_OLD_VISION("yi-vl-6b-chat", "Yi-VL-6B", "yi-vl", instead="qwen2_5-vl-7b-instruct"),
    YI_OLD_VISION("yi-vl-34b-chat", "Yi-VL-34B", "yi-vl", instead="qwen2_5-vl-32b-instruct"),
)
