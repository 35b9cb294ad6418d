"""Qwen3: dense, mixture of experts, Coder and Next, and what is tuned from them."""

from burnish.catalog.models.spec import CODING, MOE, PACKED_EXPERTS, owners

DEEPSEEK = owners("deepseek-ai")
AIDC_AI = owners("AIDC-AI", tags=MOE)
QWEN = owners("Qwen")
QWEN_GPTQ = owners("Qwen", dtype="fp16")
QWEN_MOE = owners("Qwen", tags=MOE)
COGNITIVE = owners("cognitivecomputations", "swift", tags=MOE, broken=PACKED_EXPERTS)
QWEN_CODING_MOE = owners("Qwen", tags=("coding", "moe"))
QWEN_CODING = owners("Qwen", tags=CODING)
TONGYI_ZHIWEN = owners("Tongyi-Zhiwen", "iic")
ALIBABA = owners("Alibaba-NLP", "iic")
AAIG = owners("Alibaba-AAIG")

MODELS = (
    DEEPSEEK("deepseek-r1-0528-qwen3-8b", "DeepSeek-R1-0528-Qwen3-8B", None),
    AIDC_AI("marco-mini-base", "Marco-Mini-Base"),
    AIDC_AI("marco-mini-global-base", "Marco-Mini-Global-Base"),
    AIDC_AI("marco-mini-instruct", "Marco-Mini-Instruct", None),
    AIDC_AI("marco-nano-base", "Marco-Nano-Base"),
    AIDC_AI("marco-nano-instruct", "Marco-Nano-Instruct", None),
    QWEN("qwen3-0_6b", "Qwen3-0.6B", "chatml"),
    QWEN("qwen3-0_6b-base", "Qwen3-0.6B-Base"),
    QWEN("qwen3-0_6b-fp8", "Qwen3-0.6B-FP8", "chatml"),
    QWEN("qwen3-1_7b", "Qwen3-1.7B", "chatml"),
    QWEN("qwen3-1_7b-base", "Qwen3-1.7B-Base"),
    QWEN("qwen3-1_7b-fp8", "Qwen3-1.7B-FP8", "chatml"),
    QWEN("qwen3-4b", "Qwen3-4B", "chatml"),
    QWEN("qwen3-4b-base", "Qwen3-4B-Base"),
    QWEN("qwen3-4b-fp8", "Qwen3-4B-FP8", "chatml"),
    QWEN("qwen3-4b-instruct-2507", "Qwen3-4B-Instruct-2507", "chatml"),
    QWEN("qwen3-4b-instruct-2507-fp8", "Qwen3-4B-Instruct-2507-FP8", "chatml"),
    QWEN("qwen3-4b-thinking-2507", "Qwen3-4B-Thinking-2507", None),
    QWEN("qwen3-4b-thinking-2507-fp8", "Qwen3-4B-Thinking-2507-FP8", None),
    QWEN("qwen3-8b", "Qwen3-8B", "chatml"),
    QWEN("qwen3-8b-base", "Qwen3-8B-Base"),
    QWEN("qwen3-8b-fp8", "Qwen3-8B-FP8", "chatml"),
    QWEN("qwen3-14b", "Qwen3-14B", "chatml"),
    QWEN("qwen3-14b-base", "Qwen3-14B-Base"),
    QWEN("qwen3-14b-fp8", "Qwen3-14B-FP8", "chatml"),
    QWEN("qwen3-32b", "Qwen3-32B", "chatml"),
    QWEN("qwen3-32b-fp8", "Qwen3-32B-FP8", "chatml"),
    QWEN("qwen3guard-gen-0_6b", "Qwen3Guard-Gen-0.6B", None),
    QWEN("qwen3guard-gen-4b", "Qwen3Guard-Gen-4B", None),
    QWEN("qwen3guard-gen-8b", "Qwen3Guard-Gen-8B", None),
    QWEN_GPTQ("qwen3-4b-awq", "Qwen3-4B-AWQ", "chatml"),
    QWEN_GPTQ("qwen3-8b-awq", "Qwen3-8B-AWQ", "chatml"),
    QWEN_GPTQ("qwen3-14b-awq", "Qwen3-14B-AWQ", "chatml"),
    QWEN_GPTQ("qwen3-32b-awq", "Qwen3-32B-AWQ", "chatml"),
    QWEN_MOE("qwen3-30b-a3b", "Qwen3-30B-A3B", "chatml"),
    QWEN_MOE("qwen3-30b-a3b-base", "Qwen3-30B-A3B-Base"),
    QWEN_MOE("qwen3-30b-a3b-fp8", "Qwen3-30B-A3B-FP8", "chatml"),
    QWEN_MOE("qwen3-30b-a3b-instruct-2507", "Qwen3-30B-A3B-Instruct-2507", "chatml"),
    QWEN_MOE("qwen3-30b-a3b-instruct-2507-fp8", "Qwen3-30B-A3B-Instruct-2507-FP8", "chatml"),
    QWEN_MOE("qwen3-30b-a3b-thinking-2507", "Qwen3-30B-A3B-Thinking-2507", None),
    QWEN_MOE("qwen3-30b-a3b-thinking-2507-fp8", "Qwen3-30B-A3B-Thinking-2507-FP8", None),
    QWEN_MOE("qwen3-235b-a22b", "Qwen3-235B-A22B", "chatml"),
    QWEN_MOE("qwen3-235b-a22b-fp8", "Qwen3-235B-A22B-FP8", "chatml"),
    QWEN_MOE("qwen3-235b-a22b-instruct-2507", "Qwen3-235B-A22B-Instruct-2507", "chatml"),
    QWEN_MOE("qwen3-235b-a22b-instruct-2507-fp8", "Qwen3-235B-A22B-Instruct-2507-FP8", "chatml"),
    QWEN_MOE("qwen3-235b-a22b-thinking-2507", "Qwen3-235B-A22B-Thinking-2507", None),
    QWEN_MOE("qwen3-235b-a22b-thinking-2507-fp8", "Qwen3-235B-A22B-Thinking-2507-FP8", None),
    QWEN_MOE("qwen3-next-80b-a3b-instruct", "Qwen3-Next-80B-A3B-Instruct", None),
    QWEN_MOE("qwen3-next-80b-a3b-thinking", "Qwen3-Next-80B-A3B-Thinking", None),
    COGNITIVE("qwen3-30b-a3b-awq", "Qwen3-30B-A3B-AWQ", "chatml", instead="qwen3-30b-a3b"),
    COGNITIVE("qwen3-235b-a22b-awq", "Qwen3-235B-A22B-AWQ", "chatml", instead="qwen3-235b-a22b"),
    QWEN_CODING_MOE("qwen3-coder-30b-a3b-instruct", "Qwen3-Coder-30B-A3B-Instruct", "chatml"),
    QWEN_CODING_MOE(
        "qwen3-coder-30b-a3b-instruct-fp8", "Qwen3-Coder-30B-A3B-Instruct-FP8", "chatml"
    ),
    QWEN_CODING_MOE("qwen3-coder-480b-a35b-instruct", "Qwen3-Coder-480B-A35B-Instruct", "chatml"),
    QWEN_CODING_MOE(
        "qwen3-coder-480b-a35b-instruct-fp8", "Qwen3-Coder-480B-A35B-Instruct-FP8", "chatml"
    ),
    QWEN_CODING("qwen3-coder-next", "Qwen3-Coder-Next", None),
    QWEN_CODING("qwen3-coder-next-base", "Qwen3-Coder-Next-Base"),
    QWEN_CODING("qwen3-coder-next-fp8", "Qwen3-Coder-Next-FP8", None),
    TONGYI_ZHIWEN("qwenlong-l1_5-30b-a3b", "QwenLong-L1.5-30B-A3B", None, tags=MOE),
    ALIBABA("tongyi-deepresearch-30b-a3b", "Tongyi-DeepResearch-30B-A3B", None, tags=MOE),
    AAIG("yufeng-xguard-reason-0_6b", "YuFeng-XGuard-Reason-0.6B", None),
    AAIG("yufeng-xguard-reason-8b", "YuFeng-XGuard-Reason-8B", None),
)
