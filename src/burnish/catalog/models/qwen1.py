"""Qwen 1, its vision, audio and finance models: architecture not in transformers."""

from burnish.catalog.models.spec import AUDIO, VISION, not_held, owners

NO_QWEN_1 = not_held("Qwen 1")

IIC = owners(None, "iic", targets=("c_attn",), broken=NO_QWEN_1)
QWEN = owners("Qwen", "qwen", targets=("c_attn",), broken=NO_QWEN_1)
QWEN_GPTQ = owners("Qwen", "qwen", targets=("c_attn",), dtype="fp16", broken=NO_QWEN_1)
QWEN_AUDIO = owners("Qwen", "qwen", tags=AUDIO, broken=NO_QWEN_1)
QWEN_VISION = owners("Qwen", "qwen", tags=VISION, broken=NO_QWEN_1)
TONGYIFINANCE = owners(None, "TongyiFinance", targets=("c_attn",), broken=NO_QWEN_1)
JXY = owners("jxy", "TongyiFinance", targets=("c_attn",), broken=NO_QWEN_1)

MODELS = (
    IIC(
        "modelscope-agent-7b",
        "ModelScope-Agent-7B",
        "modelscope-agent",
        instead="qwen2_5-7b-instruct",
    ),
    IIC(
        "modelscope-agent-14b",
        "ModelScope-Agent-14B",
        "modelscope-agent",
        instead="qwen2_5-14b-instruct",
    ),
    QWEN("qwen-1_8b", "Qwen-1_8B", instead="qwen2_5-1_5b"),
    QWEN("qwen-1_8b-chat", "Qwen-1_8B-Chat", "qwen", instead="qwen2_5-1_5b-instruct"),
    QWEN("qwen-7b", "Qwen-7B", instead="qwen2_5-7b"),
    QWEN("qwen-7b-chat", "Qwen-7B-Chat", "qwen", instead="qwen2_5-7b-instruct"),
    QWEN("qwen-14b", "Qwen-14B", instead="qwen2_5-14b"),
    QWEN("qwen-14b-chat", "Qwen-14B-Chat", "qwen", instead="qwen2_5-14b-instruct"),
    QWEN("qwen-72b", "Qwen-72B", instead="qwen2_5-72b"),
    QWEN("qwen-72b-chat", "Qwen-72B-Chat", "qwen", instead="qwen2_5-72b-instruct"),
    QWEN_GPTQ(
        "qwen-1_8b-chat-int4",
        "Qwen-1_8B-Chat-Int4",
        "qwen",
        instead="qwen2_5-1_5b-instruct-gptq-int4",
    ),
    QWEN_GPTQ(
        "qwen-1_8b-chat-int8",
        "Qwen-1_8B-Chat-Int8",
        "qwen",
        instead="qwen2_5-1_5b-instruct-gptq-int8",
    ),
    QWEN_GPTQ(
        "qwen-7b-chat-int4", "Qwen-7B-Chat-Int4", "qwen", instead="qwen2_5-7b-instruct-gptq-int4"
    ),
    QWEN_GPTQ(
        "qwen-7b-chat-int8", "Qwen-7B-Chat-Int8", "qwen", instead="qwen2_5-7b-instruct-gptq-int8"
    ),
    QWEN_GPTQ(
        "qwen-14b-chat-int4", "Qwen-14B-Chat-Int4", "qwen", instead="qwen2_5-14b-instruct-gptq-int4"
    ),
    QWEN_GPTQ(
        "qwen-14b-chat-int8", "Qwen-14B-Chat-Int8", "qwen", instead="qwen2_5-14b-instruct-gptq-int8"
    ),
    QWEN_GPTQ(
        "qwen-72b-chat-int4", "Qwen-72B-Chat-Int4", "qwen", instead="qwen2_5-72b-instruct-gptq-int4"
    ),
    QWEN_GPTQ(
        "qwen-72b-chat-int8", "Qwen-72B-Chat-Int8", "qwen", instead="qwen2_5-72b-instruct-gptq-int8"
    ),
    QWEN_AUDIO("qwen-audio", "Qwen-Audio", "qwen-audio-generation", instead="qwen2-audio-7b"),
    QWEN_AUDIO(
        "qwen-audio-chat", "Qwen-Audio-Chat", "qwen-audio", instead="qwen2-audio-7b-instruct"
    ),
    QWEN_VISION("qwen-vl", "Qwen-VL", "qwen-vl-generation", instead="qwen2-vl-7b"),
    QWEN_VISION("qwen-vl-chat", "Qwen-VL-Chat", "qwen-vl", instead="qwen2_5-vl-7b-instruct"),
    QWEN_VISION(
        "qwen-vl-chat-int4",
        "Qwen-VL-Chat-Int4",
        "qwen-vl",
        dtype="fp16",
        instead="qwen2-vl-7b-instruct-gptq-int4",
    ),
    TONGYIFINANCE(
        "tongyi-finance-14b", "Tongyi-Finance-14B", tags=("financial",), instead="qwen2_5-14b"
    ),
    JXY(
        "tongyi-finance-14b-chat",
        "Tongyi-Finance-14B-Chat",
        "qwen",
        tags=("financial",),
        instead="qwen2_5-14b-instruct",
    ),
    JXY(
        "tongyi-finance-14b-chat-int4",
        "Tongyi-Finance-14B-Chat-Int4",
        "qwen",
        dtype="fp16",
        tags=("financial",),
        instead="qwen2_5-14b-instruct-gptq-int4",
    ),
)
