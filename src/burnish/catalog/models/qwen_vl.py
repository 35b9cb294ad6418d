"""Qwen that sees or hears: Qwen2-VL, Qwen2.5-VL, Qwen3-VL, Qwen2-Audio, and their offspring."""

from burnish.catalog.models.spec import AUDIO, VIDEO, VISION, owners

XIAOMI = owners("XiaomiMiMo", tags=VISION)
OPENDATALAB = owners("opendatalab", "OpenDataLab")
ALLENAI = owners("allenai")
ATH_MAAS = owners("ATH-MaaS")
QWEN_VISION = owners("Qwen", tags=VISION)
QWEN_AUDIO = owners("Qwen", "qwen", requires=("librosa",), tags=AUDIO)
QWEN_VIDEO = owners("Qwen", "qwen", tags=VIDEO)
QWEN_GPTQ_VIDEO = owners("Qwen", "qwen", dtype="fp16", tags=VIDEO)
QWEN_GPTQ_VISION = owners("Qwen", dtype="fp16", tags=VISION)
QWEN_VISION_MOE = owners("Qwen", tags=("multi-modal", "vision", "moe"))
BYTEDANCE = owners("bytedance-research", tags=VISION)

MODELS = (
    XIAOMI("mimo-vl-7b-rl", "MiMo-VL-7B-RL", None),
    XIAOMI("mimo-vl-7b-sft", "MiMo-VL-7B-SFT", None),
    OPENDATALAB("mineru2_5-pro-2604-1_2b", "MinerU2.5-Pro-2604-1.2B", None, tags=VISION),
    ALLENAI("olmocr-7b-0225-preview", "olmOCR-7B-0225-preview", None, tags=VISION),
    ATH_MAAS("ovisocr2", "OvisOCR2", None, tags=VISION),
    QWEN_VISION("qvq-72b-preview", "QVQ-72B-Preview", None),
    QWEN_VISION("qwen2_5-vl-3b-instruct", "Qwen2.5-VL-3B-Instruct", "qwen2-vl"),
    QWEN_VISION("qwen2_5-vl-7b-instruct", "Qwen2.5-VL-7B-Instruct", "qwen2-vl"),
    QWEN_VISION("qwen2_5-vl-32b-instruct", "Qwen2.5-VL-32B-Instruct", "qwen2-vl"),
    QWEN_VISION("qwen2_5-vl-72b-instruct", "Qwen2.5-VL-72B-Instruct", "qwen2-vl"),
    QWEN_VISION("qwen3-vl-2b-instruct", "Qwen3-VL-2B-Instruct", "qwen3_vl"),
    QWEN_VISION("qwen3-vl-2b-instruct-fp8", "Qwen3-VL-2B-Instruct-FP8", "qwen3_vl"),
    QWEN_VISION("qwen3-vl-2b-thinking", "Qwen3-VL-2B-Thinking", None),
    QWEN_VISION("qwen3-vl-2b-thinking-fp8", "Qwen3-VL-2B-Thinking-FP8", None),
    QWEN_VISION("qwen3-vl-4b-instruct", "Qwen3-VL-4B-Instruct", "qwen3_vl"),
    QWEN_VISION("qwen3-vl-4b-instruct-fp8", "Qwen3-VL-4B-Instruct-FP8", "qwen3_vl"),
    QWEN_VISION("qwen3-vl-4b-thinking", "Qwen3-VL-4B-Thinking", None),
    QWEN_VISION("qwen3-vl-4b-thinking-fp8", "Qwen3-VL-4B-Thinking-FP8", None),
    QWEN_VISION("qwen3-vl-8b-instruct", "Qwen3-VL-8B-Instruct", "qwen3_vl"),
    QWEN_VISION("qwen3-vl-8b-instruct-fp8", "Qwen3-VL-8B-Instruct-FP8", "qwen3_vl"),
    QWEN_VISION("qwen3-vl-8b-thinking", "Qwen3-VL-8B-Thinking", None),
    QWEN_VISION("qwen3-vl-8b-thinking-fp8", "Qwen3-VL-8B-Thinking-FP8", None),
    QWEN_VISION("qwen3-vl-32b-instruct", "Qwen3-VL-32B-Instruct", "qwen3_vl"),
    QWEN_VISION("qwen3-vl-32b-instruct-fp8", "Qwen3-VL-32B-Instruct-FP8", "qwen3_vl"),
    QWEN_VISION("qwen3-vl-32b-thinking", "Qwen3-VL-32B-Thinking", None),
    QWEN_VISION("qwen3-vl-32b-thinking-fp8", "Qwen3-VL-32B-Thinking-FP8", None),
    QWEN_AUDIO("qwen2-audio-7b", "Qwen2-Audio-7B", "qwen2-audio-generation"),
    QWEN_AUDIO("qwen2-audio-7b-instruct", "Qwen2-Audio-7B-Instruct", "qwen2-audio"),
    QWEN_VIDEO("qwen2-vl-2b", "Qwen2-VL-2B", "qwen2-vl-generation"),
    QWEN_VIDEO("qwen2-vl-2b-instruct", "Qwen2-VL-2B-Instruct", "qwen2-vl"),
    QWEN_VIDEO("qwen2-vl-7b", "Qwen2-VL-7B", "qwen2-vl-generation"),
    QWEN_VIDEO("qwen2-vl-7b-instruct", "Qwen2-VL-7B-Instruct", "qwen2-vl"),
    QWEN_VIDEO("qwen2-vl-72b", "Qwen2-VL-72B", "qwen2-vl-generation"),
    QWEN_VIDEO("qwen2-vl-72b-instruct", "Qwen2-VL-72B-Instruct", "qwen2-vl"),
    QWEN_GPTQ_VIDEO("qwen2-vl-2b-instruct-awq", "Qwen2-VL-2B-Instruct-AWQ", "qwen2-vl"),
    QWEN_GPTQ_VIDEO("qwen2-vl-2b-instruct-gptq-int4", "Qwen2-VL-2B-Instruct-GPTQ-Int4", "qwen2-vl"),
    QWEN_GPTQ_VIDEO("qwen2-vl-2b-instruct-gptq-int8", "Qwen2-VL-2B-Instruct-GPTQ-Int8", "qwen2-vl"),
    QWEN_GPTQ_VIDEO("qwen2-vl-7b-instruct-awq", "Qwen2-VL-7B-Instruct-AWQ", "qwen2-vl"),
    QWEN_GPTQ_VIDEO("qwen2-vl-7b-instruct-gptq-int4", "Qwen2-VL-7B-Instruct-GPTQ-Int4", "qwen2-vl"),
    QWEN_GPTQ_VIDEO("qwen2-vl-7b-instruct-gptq-int8", "Qwen2-VL-7B-Instruct-GPTQ-Int8", "qwen2-vl"),
    QWEN_GPTQ_VIDEO("qwen2-vl-72b-instruct-awq", "Qwen2-VL-72B-Instruct-AWQ", "qwen2-vl"),
    QWEN_GPTQ_VIDEO(
        "qwen2-vl-72b-instruct-gptq-int4", "Qwen2-VL-72B-Instruct-GPTQ-Int4", "qwen2-vl"
    ),
    QWEN_GPTQ_VIDEO(
        "qwen2-vl-72b-instruct-gptq-int8", "Qwen2-VL-72B-Instruct-GPTQ-Int8", "qwen2-vl"
    ),
    QWEN_GPTQ_VISION("qwen2_5-vl-3b-instruct-awq", "Qwen2.5-VL-3B-Instruct-AWQ", "qwen2-vl"),
    QWEN_GPTQ_VISION("qwen2_5-vl-7b-instruct-awq", "Qwen2.5-VL-7B-Instruct-AWQ", "qwen2-vl"),
    QWEN_GPTQ_VISION("qwen2_5-vl-32b-instruct-awq", "Qwen2.5-VL-32B-Instruct-AWQ", "qwen2-vl"),
    QWEN_GPTQ_VISION("qwen2_5-vl-72b-instruct-awq", "Qwen2.5-VL-72B-Instruct-AWQ", "qwen2-vl"),
    QWEN_VISION_MOE("qwen3-vl-30b-a3b-instruct", "Qwen3-VL-30B-A3B-Instruct", "qwen3_vl"),
    QWEN_VISION_MOE("qwen3-vl-30b-a3b-instruct-fp8", "Qwen3-VL-30B-A3B-Instruct-FP8", "qwen3_vl"),
    QWEN_VISION_MOE("qwen3-vl-30b-a3b-thinking", "Qwen3-VL-30B-A3B-Thinking", None),
    QWEN_VISION_MOE("qwen3-vl-30b-a3b-thinking-fp8", "Qwen3-VL-30B-A3B-Thinking-FP8", None),
    QWEN_VISION_MOE("qwen3-vl-235b-a22b-instruct", "Qwen3-VL-235B-A22B-Instruct", "qwen3_vl"),
    QWEN_VISION_MOE(
        "qwen3-vl-235b-a22b-instruct-fp8", "Qwen3-VL-235B-A22B-Instruct-FP8", "qwen3_vl"
    ),
    QWEN_VISION_MOE("qwen3-vl-235b-a22b-thinking", "Qwen3-VL-235B-A22B-Thinking", None),
    QWEN_VISION_MOE("qwen3-vl-235b-a22b-thinking-fp8", "Qwen3-VL-235B-A22B-Thinking-FP8", None),
    BYTEDANCE("ui-tars-2b-sft", "UI-TARS-2B-SFT", None),
    BYTEDANCE("ui-tars-7b-dpo", "UI-TARS-7B-DPO", None),
    BYTEDANCE("ui-tars-7b-sft", "UI-TARS-7B-SFT", None),
    BYTEDANCE("ui-tars-72b-dpo", "UI-TARS-72B-DPO", None),
    BYTEDANCE("ui-tars-72b-sft", "UI-TARS-72B-SFT", None),
)
