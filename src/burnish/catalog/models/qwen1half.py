"""Qwen 1.5: the architecture of Qwen2 in its first release."""

from burnish.catalog.models.spec import GPTQ, MOE, owners

QWEN = owners("Qwen", "qwen")
QWEN_GPTQ = owners("Qwen", "qwen", requires=GPTQ)
QWEN_MOE = owners("Qwen", "qwen", tags=MOE)

MODELS = (
    QWEN("codeqwen1half-7b", "CodeQwen1.5-7B"),
    QWEN("codeqwen1half-7b-chat", "CodeQwen1.5-7B-Chat", "qwen"),
    QWEN("qwen1half-0_5b", "Qwen1.5-0.5B"),
    QWEN("qwen1half-0_5b-chat", "Qwen1.5-0.5B-Chat", "qwen1_5"),
    QWEN("qwen1half-1_8b", "Qwen1.5-1.8B"),
    QWEN("qwen1half-1_8b-chat", "Qwen1.5-1.8B-Chat", "qwen1_5"),
    QWEN("qwen1half-4b", "Qwen1.5-4B"),
    QWEN("qwen1half-4b-chat", "Qwen1.5-4B-Chat", "qwen1_5"),
    QWEN("qwen1half-7b", "Qwen1.5-7B"),
    QWEN("qwen1half-7b-chat", "Qwen1.5-7B-Chat", "qwen1_5"),
    QWEN("qwen1half-14b", "Qwen1.5-14B"),
    QWEN("qwen1half-14b-chat", "Qwen1.5-14B-Chat", "qwen1_5"),
    QWEN("qwen1half-32b", "Qwen1.5-32B"),
    QWEN("qwen1half-32b-chat", "Qwen1.5-32B-Chat", "qwen1_5"),
    QWEN("qwen1half-72b", "Qwen1.5-72B"),
    QWEN("qwen1half-72b-chat", "Qwen1.5-72B-Chat", "qwen1_5"),
    QWEN("qwen1half-110b", "Qwen1.5-110B"),
    QWEN("qwen1half-110b-chat", "Qwen1.5-110B-Chat", "qwen1_5"),
    QWEN_GPTQ("codeqwen1half-7b-chat-awq", "CodeQwen1.5-7B-Chat-AWQ", "qwen"),
    QWEN_GPTQ("qwen1half-0_5b-chat-awq", "Qwen1.5-0.5B-Chat-AWQ", "qwen1_5"),
    QWEN_GPTQ("qwen1half-0_5b-chat-int4", "Qwen1.5-0.5B-Chat-GPTQ-Int4", "qwen1_5"),
    QWEN_GPTQ("qwen1half-0_5b-chat-int8", "Qwen1.5-0.5B-Chat-GPTQ-Int8", "qwen1_5"),
    QWEN_GPTQ("qwen1half-1_8b-chat-awq", "Qwen1.5-1.8B-Chat-AWQ", "qwen1_5"),
    QWEN_GPTQ("qwen1half-1_8b-chat-int4", "Qwen1.5-1.8B-Chat-GPTQ-Int4", "qwen1_5"),
    QWEN_GPTQ("qwen1half-1_8b-chat-int8", "Qwen1.5-1.8B-Chat-GPTQ-Int8", "qwen1_5"),
    QWEN_GPTQ("qwen1half-4b-chat-awq", "Qwen1.5-4B-Chat-AWQ", "qwen1_5"),
    QWEN_GPTQ("qwen1half-4b-chat-int4", "Qwen1.5-4B-Chat-GPTQ-Int4", "qwen1_5"),
    QWEN_GPTQ("qwen1half-4b-chat-int8", "Qwen1.5-4B-Chat-GPTQ-Int8", "qwen1_5"),
    QWEN_GPTQ("qwen1half-7b-chat-awq", "Qwen1.5-7B-Chat-AWQ", "qwen1_5"),
    QWEN_GPTQ("qwen1half-7b-chat-int4", "Qwen1.5-7B-Chat-GPTQ-Int4", "qwen1_5"),
    QWEN_GPTQ("qwen1half-7b-chat-int8", "Qwen1.5-7B-Chat-GPTQ-Int8", "qwen1_5"),
    QWEN_GPTQ("qwen1half-14b-chat-awq", "Qwen1.5-14B-Chat-AWQ", "qwen1_5"),
    QWEN_GPTQ("qwen1half-14b-chat-int4", "Qwen1.5-14B-Chat-GPTQ-Int4", "qwen1_5"),
    QWEN_GPTQ("qwen1half-14b-chat-int8", "Qwen1.5-14B-Chat-GPTQ-Int8", "qwen1_5"),
    QWEN_GPTQ("qwen1half-32b-chat-awq", "Qwen1.5-32B-Chat-AWQ", "qwen1_5"),
    QWEN_GPTQ("qwen1half-32b-chat-int4", "Qwen1.5-32B-Chat-GPTQ-Int4", "qwen1_5"),
    QWEN_GPTQ("qwen1half-72b-chat-awq", "Qwen1.5-72B-Chat-AWQ", "qwen1_5"),
    QWEN_GPTQ("qwen1half-72b-chat-int4", "Qwen1.5-72B-Chat-GPTQ-Int4", "qwen1_5"),
    QWEN_GPTQ("qwen1half-72b-chat-int8", "Qwen1.5-72B-Chat-GPTQ-Int8", "qwen1_5"),
    QWEN_GPTQ("qwen1half-110b-chat-awq", "Qwen1.5-110B-Chat-AWQ", "qwen1_5"),
    QWEN_GPTQ("qwen1half-110b-chat-int4", "Qwen1.5-110B-Chat-GPTQ-Int4", "qwen1_5"),
    QWEN_GPTQ(
        "qwen1half-moe-a2_7b-chat-int4", "Qwen1.5-MoE-A2.7B-Chat-GPTQ-Int4", "qwen1_5", tags=MOE
    ),
    QWEN_MOE("qwen1half-moe-a2_7b", "Qwen1.5-MoE-A2.7B"),
    QWEN_MOE("qwen1half-moe-a2_7b-chat", "Qwen1.5-MoE-A2.7B-Chat", "qwen1_5"),
)
