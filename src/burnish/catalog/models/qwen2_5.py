"""Qwen2.5 with Coder and Math."""

from burnish.catalog.models.spec import CODING, owners

QWEN = owners("Qwen", "qwen")
QWEN_GPTQ = owners("Qwen", "qwen", dtype="fp16")
QWEN_QWEN = owners("Qwen")
QWEN_CODING = owners("Qwen", tags=CODING)
QWEN_GPTQ_CODING = owners("Qwen", dtype="fp16", tags=CODING)

MODELS = (
    QWEN("qwen2_5-0_5b", "Qwen2.5-0.5B"),
    QWEN("qwen2_5-0_5b-instruct", "Qwen2.5-0.5B-Instruct", "qwen2_5"),
    QWEN("qwen2_5-1_5b", "Qwen2.5-1.5B"),
    QWEN("qwen2_5-1_5b-instruct", "Qwen2.5-1.5B-Instruct", "qwen2_5"),
    QWEN("qwen2_5-3b", "Qwen2.5-3B"),
    QWEN("qwen2_5-3b-instruct", "Qwen2.5-3B-Instruct", "qwen2_5"),
    QWEN("qwen2_5-7b", "Qwen2.5-7B"),
    QWEN("qwen2_5-7b-instruct", "Qwen2.5-7B-Instruct", "qwen2_5"),
    QWEN("qwen2_5-14b", "Qwen2.5-14B"),
    QWEN("qwen2_5-14b-instruct", "Qwen2.5-14B-Instruct", "qwen2_5"),
    QWEN("qwen2_5-32b", "Qwen2.5-32B"),
    QWEN("qwen2_5-32b-instruct", "Qwen2.5-32B-Instruct", "qwen2_5"),
    QWEN("qwen2_5-72b", "Qwen2.5-72B"),
    QWEN("qwen2_5-72b-instruct", "Qwen2.5-72B-Instruct", "qwen2_5"),
    QWEN("qwen2_5-coder-1_5b", "Qwen2.5-Coder-1.5B"),
    QWEN("qwen2_5-coder-1_5b-instruct", "Qwen2.5-Coder-1.5B-Instruct", "qwen2_5"),
    QWEN("qwen2_5-coder-7b", "Qwen2.5-Coder-7B"),
    QWEN("qwen2_5-coder-7b-instruct", "Qwen2.5-Coder-7B-Instruct", "qwen2_5"),
    QWEN("qwen2_5-math-1_5b", "Qwen2.5-Math-1.5B"),
    QWEN("qwen2_5-math-1_5b-instruct", "Qwen2.5-Math-1.5B-Instruct", "qwen2_5"),
    QWEN("qwen2_5-math-7b", "Qwen2.5-Math-7B"),
    QWEN("qwen2_5-math-7b-instruct", "Qwen2.5-Math-7B-Instruct", "qwen2_5"),
    QWEN("qwen2_5-math-72b", "Qwen2.5-Math-72B"),
    QWEN("qwen2_5-math-72b-instruct", "Qwen2.5-Math-72B-Instruct", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-0_5b-instruct-awq", "Qwen2.5-0.5B-Instruct-AWQ", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-0_5b-instruct-gptq-int4", "Qwen2.5-0.5B-Instruct-GPTQ-Int4", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-0_5b-instruct-gptq-int8", "Qwen2.5-0.5B-Instruct-GPTQ-Int8", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-1_5b-instruct-awq", "Qwen2.5-1.5B-Instruct-AWQ", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-1_5b-instruct-gptq-int4", "Qwen2.5-1.5B-Instruct-GPTQ-Int4", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-1_5b-instruct-gptq-int8", "Qwen2.5-1.5B-Instruct-GPTQ-Int8", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-3b-instruct-awq", "Qwen2.5-3B-Instruct-AWQ", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-3b-instruct-gptq-int4", "Qwen2.5-3B-Instruct-GPTQ-Int4", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-3b-instruct-gptq-int8", "Qwen2.5-3B-Instruct-GPTQ-Int8", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-7b-instruct-awq", "Qwen2.5-7B-Instruct-AWQ", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-7b-instruct-gptq-int4", "Qwen2.5-7B-Instruct-GPTQ-Int4", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-7b-instruct-gptq-int8", "Qwen2.5-7B-Instruct-GPTQ-Int8", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-14b-instruct-awq", "Qwen2.5-14B-Instruct-AWQ", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-14b-instruct-gptq-int4", "Qwen2.5-14B-Instruct-GPTQ-Int4", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-14b-instruct-gptq-int8", "Qwen2.5-14B-Instruct-GPTQ-Int8", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-32b-instruct-awq", "Qwen2.5-32B-Instruct-AWQ", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-32b-instruct-gptq-int4", "Qwen2.5-32B-Instruct-GPTQ-Int4", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-32b-instruct-gptq-int8", "Qwen2.5-32B-Instruct-GPTQ-Int8", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-72b-instruct-awq", "Qwen2.5-72B-Instruct-AWQ", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-72b-instruct-gptq-int4", "Qwen2.5-72B-Instruct-GPTQ-Int4", "qwen2_5"),
    QWEN_GPTQ("qwen2_5-72b-instruct-gptq-int8", "Qwen2.5-72B-Instruct-GPTQ-Int8", "qwen2_5"),
    QWEN_QWEN("qwen2_5-7b-instruct-1m", "Qwen2.5-7B-Instruct-1M", "qwen2_5"),
    QWEN_QWEN("qwen2_5-14b-instruct-1m", "Qwen2.5-14B-Instruct-1M", "qwen2_5"),
    QWEN_CODING("qwen2_5-coder-0_5b", "Qwen2.5-Coder-0.5B"),
    QWEN_CODING("qwen2_5-coder-0_5b-instruct", "Qwen2.5-Coder-0.5B-Instruct", "qwen2_5"),
    QWEN_CODING("qwen2_5-coder-3b", "Qwen2.5-Coder-3B"),
    QWEN_CODING("qwen2_5-coder-3b-instruct", "Qwen2.5-Coder-3B-Instruct", "qwen2_5"),
    QWEN_CODING("qwen2_5-coder-14b", "Qwen2.5-Coder-14B"),
    QWEN_CODING("qwen2_5-coder-14b-instruct", "Qwen2.5-Coder-14B-Instruct", "qwen2_5"),
    QWEN_CODING("qwen2_5-coder-32b", "Qwen2.5-Coder-32B"),
    QWEN_CODING("qwen2_5-coder-32b-instruct", "Qwen2.5-Coder-32B-Instruct", "qwen2_5"),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-0_5b-instruct-awq", "Qwen2.5-Coder-0.5B-Instruct-AWQ", "qwen2_5"
    ),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-0_5b-instruct-gptq-int4", "Qwen2.5-Coder-0.5B-Instruct-GPTQ-Int4", "qwen2_5"
    ),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-0_5b-instruct-gptq-int8", "Qwen2.5-Coder-0.5B-Instruct-GPTQ-Int8", "qwen2_5"
    ),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-1_5b-instruct-awq", "Qwen2.5-Coder-1.5B-Instruct-AWQ", "qwen2_5"
    ),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-1_5b-instruct-gptq-int4", "Qwen2.5-Coder-1.5B-Instruct-GPTQ-Int4", "qwen2_5"
    ),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-1_5b-instruct-gptq-int8", "Qwen2.5-Coder-1.5B-Instruct-GPTQ-Int8", "qwen2_5"
    ),
    QWEN_GPTQ_CODING("qwen2_5-coder-3b-instruct-awq", "Qwen2.5-Coder-3B-Instruct-AWQ", "qwen2_5"),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-3b-instruct-gptq-int4", "Qwen2.5-Coder-3B-Instruct-GPTQ-Int4", "qwen2_5"
    ),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-3b-instruct-gptq-int8", "Qwen2.5-Coder-3B-Instruct-GPTQ-Int8", "qwen2_5"
    ),
    QWEN_GPTQ_CODING("qwen2_5-coder-7b-instruct-awq", "Qwen2.5-Coder-7B-Instruct-AWQ", "qwen2_5"),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-7b-instruct-gptq-int4", "Qwen2.5-Coder-7B-Instruct-GPTQ-Int4", "qwen2_5"
    ),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-7b-instruct-gptq-int8", "Qwen2.5-Coder-7B-Instruct-GPTQ-Int8", "qwen2_5"
    ),
    QWEN_GPTQ_CODING("qwen2_5-coder-14b-instruct-awq", "Qwen2.5-Coder-14B-Instruct-AWQ", "qwen2_5"),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-14b-instruct-gptq-int4", "Qwen2.5-Coder-14B-Instruct-GPTQ-Int4", "qwen2_5"
    ),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-14b-instruct-gptq-int8", "Qwen2.5-Coder-14B-Instruct-GPTQ-Int8", "qwen2_5"
    ),
    QWEN_GPTQ_CODING("qwen2_5-coder-32b-instruct-awq", "Qwen2.5-Coder-32B-Instruct-AWQ", "qwen2_5"),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-32b-instruct-gptq-int4", "Qwen2.5-Coder-32B-Instruct-GPTQ-Int4", "qwen2_5"
    ),
    QWEN_GPTQ_CODING(
        "qwen2_5-coder-32b-instruct-gptq-int8", "Qwen2.5-Coder-32B-Instruct-GPTQ-Int8", "qwen2_5"
    ),
)
