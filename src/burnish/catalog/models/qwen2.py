"""Qwen2: dense, mixture of experts and Math."""

from burnish.catalog.models.spec import MOE, PACKED_EXPERTS, owners

QWEN = owners("Qwen", "qwen")
QWEN_GPTQ = owners("Qwen", "qwen", dtype="fp16")
QWEN_MOE = owners("Qwen", "qwen", tags=MOE)

MODELS = (
    QWEN("qwen2-0_5b", "Qwen2-0.5B"),
    QWEN("qwen2-0_5b-instruct", "Qwen2-0.5B-Instruct", "qwen"),
    QWEN("qwen2-1_5b", "Qwen2-1.5B"),
    QWEN("qwen2-1_5b-instruct", "Qwen2-1.5B-Instruct", "qwen"),
    QWEN("qwen2-7b", "Qwen2-7B"),
    QWEN("qwen2-7b-instruct", "Qwen2-7B-Instruct", "qwen"),
    QWEN(
        "qwen2-57b-a14b-instruct-int4",
        "Qwen2-57B-A14B-Instruct-GPTQ-Int4",
        "qwen",
        dtype="fp16",
        tags=MOE,
        broken=PACKED_EXPERTS,
        instead="qwen2-57b-a14b-instruct",
    ),
    QWEN("qwen2-72b", "Qwen2-72B"),
    QWEN("qwen2-72b-instruct", "Qwen2-72B-Instruct", "qwen"),
    QWEN("qwen2-math-1_5b", "Qwen2-Math-1.5B", "qwen"),
    QWEN("qwen2-math-1_5b-instruct", "Qwen2-Math-1.5B-Instruct", "qwen"),
    QWEN("qwen2-math-7b", "Qwen2-Math-7B", "qwen"),
    QWEN("qwen2-math-7b-instruct", "Qwen2-Math-7B-Instruct", "qwen"),
    QWEN("qwen2-math-72b", "Qwen2-Math-72B", "qwen"),
    QWEN("qwen2-math-72b-instruct", "Qwen2-Math-72B-Instruct", "qwen"),
    QWEN_GPTQ("qwen2-0_5b-instruct-awq", "Qwen2-0.5B-Instruct-AWQ", "qwen"),
    QWEN_GPTQ("qwen2-0_5b-instruct-int4", "Qwen2-0.5B-Instruct-GPTQ-Int4", "qwen"),
    QWEN_GPTQ("qwen2-0_5b-instruct-int8", "Qwen2-0.5B-Instruct-GPTQ-Int8", "qwen"),
    QWEN_GPTQ("qwen2-1_5b-instruct-awq", "Qwen2-1.5B-Instruct-AWQ", "qwen"),
    QWEN_GPTQ("qwen2-1_5b-instruct-int4", "Qwen2-1.5B-Instruct-GPTQ-Int4", "qwen"),
    # Public lists write an underscore into its Hugging Face id.
    QWEN_GPTQ("qwen2-1_5b-instruct-int8", "Qwen2-1.5B-Instruct-GPTQ-Int8", "qwen"),
    QWEN_GPTQ("qwen2-7b-instruct-awq", "Qwen2-7B-Instruct-AWQ", "qwen"),
    QWEN_GPTQ("qwen2-7b-instruct-int4", "Qwen2-7B-Instruct-GPTQ-Int4", "qwen"),
    QWEN_GPTQ("qwen2-7b-instruct-int8", "Qwen2-7B-Instruct-GPTQ-Int8", "qwen"),
    QWEN_GPTQ("qwen2-72b-instruct-awq", "Qwen2-72B-Instruct-AWQ", "qwen"),
    QWEN_GPTQ("qwen2-72b-instruct-int4", "Qwen2-72B-Instruct-GPTQ-Int4", "qwen"),
    QWEN_GPTQ("qwen2-72b-instruct-int8", "Qwen2-72B-Instruct-GPTQ-Int8", "qwen"),
    QWEN_MOE("qwen2-57b-a14b", "Qwen2-57B-A14B"),
    QWEN_MOE("qwen2-57b-a14b-instruct", "Qwen2-57B-A14B-Instruct", "qwen"),
)
