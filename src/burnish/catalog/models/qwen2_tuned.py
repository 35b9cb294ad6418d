"""Models that others tuned from Qwen2 and Qwen2.5, QwQ among them."""

from burnish.catalog.models.spec import CODING, owners

DEEPSEEK = owners("deepseek-ai")
MOONSHOTAI = owners("moonshotai")
AIDC_AI = owners("AIDC-AI")
TONGYI_ZHIWEN = owners("Tongyi-Zhiwen", "iic")
QWEN = owners("Qwen")
POWERINFER = owners("PowerInfer")

MODELS = (
    DEEPSEEK("deepseek-r1-distill-qwen-1_5b", "DeepSeek-R1-Distill-Qwen-1.5B", None),
    DEEPSEEK("deepseek-r1-distill-qwen-7b", "DeepSeek-R1-Distill-Qwen-7B", None),
    DEEPSEEK("deepseek-r1-distill-qwen-14b", "DeepSeek-R1-Distill-Qwen-14B", None),
    DEEPSEEK("deepseek-r1-distill-qwen-32b", "DeepSeek-R1-Distill-Qwen-32B", None),
    MOONSHOTAI("kimi-dev-72b", "Kimi-Dev-72B", None, tags=CODING),
    AIDC_AI("marco-o1", "Marco-o1", None),
    TONGYI_ZHIWEN("qwenlong-l1-32b", "QwenLong-L1-32B", None),
    QWEN("qwq-32b", "QwQ-32B", None),
    QWEN("qwq-32b-awq", "QwQ-32B-AWQ", None, dtype="fp16"),
    QWEN("qwq-32b-preview", "QwQ-32B-Preview", None),
    POWERINFER("smallthinker-3b-preview", "SmallThinker-3B-Preview", None),
)
