"""Llama 2 to 3.3, of Meta and quantised by others."""

from burnish.catalog.models.spec import AUDIO, BNB, VISION, not_held, owners

NO_LLAMA_OMNI = not_held("LLaMA-Omni")

META = owners("meta-llama", "LLM-Research")
DASLAB = owners("ISTA-DASLab", "AI-ModelScope")
STUDY_HJT = owners("study-hjt", "swift", dtype="fp16")
QUANTS_GPTQ = owners("hugging-quants", "LLM-Research", dtype="fp16")
QUANTS_BNB = owners("hugging-quants", "LLM-Research", requires=BNB)
UNSLOTH = owners("unsloth", "LLM-Research", requires=BNB)
META_VISION = owners("meta-llama", "LLM-Research", tags=VISION)
ICTNLP = owners("ICTNLP", broken=NO_LLAMA_OMNI)

MODELS = (
    META("llama2-7b", "Llama-2-7b-hf", ms="modelscope/Llama-2-7b-ms"),
    META("llama2-7b-chat", "Llama-2-7b-chat-hf", "llama", ms="modelscope/Llama-2-7b-chat-ms"),
    META("llama2-13b", "Llama-2-13b-hf", ms="modelscope/Llama-2-13b-ms"),
    META("llama2-13b-chat", "Llama-2-13b-chat-hf", "llama", ms="modelscope/Llama-2-13b-chat-ms"),
    META("llama2-70b", "Llama-2-70b-hf", ms="modelscope/Llama-2-70b-ms"),
    META("llama2-70b-chat", "Llama-2-70b-chat-hf", "llama", ms="modelscope/Llama-2-70b-chat-ms"),
    META("llama3-8b", "Meta-Llama-3-8B"),
    META("llama3-8b-instruct", "Meta-Llama-3-8B-Instruct", "llama3"),
    META("llama3-70b", "Meta-Llama-3-70B"),
    META("llama3-70b-instruct", "Meta-Llama-3-70B-Instruct", "llama3"),
    META("llama3_1-8b", "Meta-Llama-3.1-8B"),
    META("llama3_1-8b-instruct", "Meta-Llama-3.1-8B-Instruct", "llama3_1"),
    META("llama3_1-70b", "Meta-Llama-3.1-70B"),
    META("llama3_1-70b-instruct", "Meta-Llama-3.1-70B-Instruct", "llama3_1"),
    META("llama3_1-70b-instruct-fp8", "Meta-Llama-3.1-70B-Instruct-FP8", "llama3_1"),
    META("llama3_1-405b", "Meta-Llama-3.1-405B"),
    META("llama3_1-405b-instruct", "Meta-Llama-3.1-405B-Instruct", "llama3_1"),
    META("llama3_1-405b-instruct-fp8", "Meta-Llama-3.1-405B-Instruct-FP8", "llama3_1"),
    META("llama3_2-1b", "Llama-3.2-1B"),
    META("llama3_2-1b-instruct", "Llama-3.2-1B-Instruct", "llama3_2"),
    META("llama3_2-3b", "Llama-3.2-3B"),
    META("llama3_2-3b-instruct", "Llama-3.2-3B-Instruct", "llama3_2"),
    META("llama3_3-70b-instruct", "Llama-3.3-70B-Instruct", None),
    DASLAB("llama2-7b-aqlm-2bit-1x16", "Llama-2-7b-AQLM-2Bit-1x16-hf", requires=("aqlm",)),
    STUDY_HJT("llama3-8b-instruct-awq", "Meta-Llama-3-8B-Instruct-AWQ", "llama3"),
    STUDY_HJT("llama3-8b-instruct-int4", "Meta-Llama-3-8B-Instruct-GPTQ-Int4", "llama3"),
    STUDY_HJT("llama3-8b-instruct-int8", "Meta-Llama-3-8B-Instruct-GPTQ-Int8", "llama3"),
    STUDY_HJT("llama3-70b-instruct-awq", "Meta-Llama-3-70B-Instruct-AWQ", "llama3"),
    STUDY_HJT("llama3-70b-instruct-int4", "Meta-Llama-3-70B-Instruct-GPTQ-Int4", "llama3"),
    STUDY_HJT(
        "llama3-70b-instruct-int8",
        "Meta-Llama-3-70B-Instruct-GPTQ-Int8",
        "llama3",
        ms="swift/Meta-Llama-3-70b-Instruct-GPTQ-Int8",
    ),
    QUANTS_GPTQ("llama3_1-8b-instruct-awq", "Meta-Llama-3.1-8B-Instruct-AWQ-INT4", "llama3_1"),
    QUANTS_GPTQ(
        "llama3_1-8b-instruct-gptq-int4", "Meta-Llama-3.1-8B-Instruct-GPTQ-INT4", "llama3_1"
    ),
    QUANTS_GPTQ("llama3_1-70b-instruct-awq", "Meta-Llama-3.1-70B-Instruct-AWQ-INT4", "llama3_1"),
    QUANTS_GPTQ(
        "llama3_1-70b-instruct-gptq-int4", "Meta-Llama-3.1-70B-Instruct-GPTQ-INT4", "llama3_1"
    ),
    QUANTS_GPTQ("llama3_1-405b-instruct-awq", "Meta-Llama-3.1-405B-Instruct-AWQ-INT4", "llama3_1"),
    QUANTS_GPTQ(
        "llama3_1-405b-instruct-gptq-int4", "Meta-Llama-3.1-405B-Instruct-GPTQ-INT4", "llama3_1"
    ),
    QUANTS_BNB("llama3_1-8b-instruct-bnb", "Meta-Llama-3.1-8B-Instruct-BNB-NF4", "llama3_1"),
    QUANTS_BNB("llama3_1-405b-instruct-bnb", "Meta-Llama-3.1-405B-Instruct-BNB-NF4", "llama3_1"),
    UNSLOTH("llama3_1-70b-instruct-bnb", "Meta-Llama-3.1-70B-Instruct-bnb-4bit", "llama3_1"),
    UNSLOTH(
        "llama3_3-70b-instruct-bnb-4bit",
        "Llama-3.3-70B-Instruct-bnb-4bit",
        None,
        ms="unsloth/Llama-3.3-70B-Instruct-bnb-4bit",
    ),
    META_VISION("llama3_2-11b-vision", "Llama-3.2-11B-Vision", "llama3_2-vision-generation"),
    META_VISION("llama3_2-11b-vision-instruct", "Llama-3.2-11B-Vision-Instruct", "llama3_2-vision"),
    META_VISION("llama3_2-90b-vision", "Llama-3.2-90B-Vision", "llama3_2-vision-generation"),
    META_VISION("llama3_2-90b-vision-instruct", "Llama-3.2-90B-Vision-Instruct", "llama3_2-vision"),
    ICTNLP(
        "llama3_1-8b-omni",
        "Llama-3.1-8B-Omni",
        "llama3_1-omni",
        requires=("openai-whisper",),
        tags=AUDIO,
        instead="qwen2-audio-7b-instruct",
    ),
)
