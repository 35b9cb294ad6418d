"""Hunyuan."""

from burnish.catalog.models.spec import MOE, VISION, owners

TENCENT = owners("tencent", "Tencent-Hunyuan")
TENCENT_GPTQ = owners("tencent", "Tencent-Hunyuan", dtype="fp16")
TENCENT_MOE = owners("tencent", "Tencent-Hunyuan", tags=MOE)

MODELS = (
    TENCENT("hunyuan-0_5b", "Hunyuan-0.5B-Pretrain"),
    TENCENT("hunyuan-0_5b-instruct", "Hunyuan-0.5B-Instruct", None),
    TENCENT("hunyuan-0_5b-instruct-fp8", "Hunyuan-0.5B-Instruct-FP8", None),
    TENCENT("hunyuan-1_8b", "Hunyuan-1.8B-Pretrain"),
    TENCENT("hunyuan-1_8b-instruct", "Hunyuan-1.8B-Instruct", None),
    TENCENT("hunyuan-1_8b-instruct-fp8", "Hunyuan-1.8B-Instruct-FP8", None),
    TENCENT("hunyuan-4b", "Hunyuan-4B-Pretrain"),
    TENCENT("hunyuan-4b-instruct", "Hunyuan-4B-Instruct", None),
    TENCENT("hunyuan-4b-instruct-fp8", "Hunyuan-4B-Instruct-FP8", None),
    TENCENT("hunyuan-7b", "Hunyuan-7B-Pretrain"),
    TENCENT("hunyuan-7b-instruct", "Hunyuan-7B-Instruct", None),
    TENCENT("hunyuan-7b-instruct-fp8", "Hunyuan-7B-Instruct-FP8", None),
    TENCENT("hunyuanocr", "HunyuanOCR", None, tags=VISION),
    TENCENT_GPTQ("hunyuan-0_5b-instruct-awq-int4", "Hunyuan-0.5B-Instruct-AWQ-Int4", None),
    TENCENT_GPTQ("hunyuan-0_5b-instruct-gptq-int4", "Hunyuan-0.5B-Instruct-GPTQ-Int4", None),
    TENCENT_GPTQ("hunyuan-1_8b-instruct-awq-int4", "Hunyuan-1.8B-Instruct-AWQ-Int4", None),
    TENCENT_GPTQ("hunyuan-1_8b-instruct-gptq-int4", "Hunyuan-1.8B-Instruct-GPTQ-Int4", None),
    TENCENT_GPTQ("hunyuan-4b-instruct-awq-int4", "Hunyuan-4B-Instruct-AWQ-Int4", None),
    TENCENT_GPTQ("hunyuan-4b-instruct-gptq-int4", "Hunyuan-4B-Instruct-GPTQ-Int4", None),
    TENCENT_GPTQ("hunyuan-7b-instruct-awq-int4", "Hunyuan-7B-Instruct-AWQ-Int4", None),
    TENCENT_GPTQ("hunyuan-7b-instruct-gptq-int4", "Hunyuan-7B-Instruct-GPTQ-Int4", None),
    TENCENT_MOE("hunyuan-a13b-instruct", "Hunyuan-A13B-Instruct", None),
    TENCENT_MOE("hy3", "Hy3", None),
    TENCENT_MOE("hy3-fp8", "Hy3-FP8", None),
    TENCENT_MOE("hy3-preview", "Hy3-preview", None),
    TENCENT_MOE("hy3-preview-base", "Hy3-preview-Base"),
)
