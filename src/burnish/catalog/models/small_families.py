"""Families of one or two sizes."""

from burnish.catalog.models.spec import CODING, CONVERTED, MLA, MOE, VISION, not_held, owners

NO_GROK_1 = not_held("Grok 1")
NO_ORION = not_held("Orion")
NO_OVIS_1_6 = not_held("Ovis 1.6")
NO_SKYWORK = not_held("Skywork")

DATABRICKS = owners("databricks", "AI-ModelScope", targets=("attn.Wqkv",), tags=MOE)
REDNOTE = owners("rednote-hilab", tags=MOE)
BAAI = owners("BAAI")
STEPFUN_AI = owners("stepfun-ai")
M4 = owners("HuggingFaceM4", "AI-ModelScope")
IQUESTLAB = owners("IQuestLab", tags=CODING)
LONGCAT = owners("meituan-longcat", targets=MLA, tags=MOE)
META_MODELS = owners("meta-models")
DAMO_NLP_MT = owners("DAMO-NLP-MT", "damo", targets=("c_attn",))
DAMO_NLP = owners("DAMO-NLP", "damo", targets=("query_key_value",))
TENCENT = owners("tencent", "Tencent-YouTu-Research", targets=MLA)
BAAI_OLD = owners("BAAI", broken=CONVERTED)
STEPFUN_AI_OLD = owners("stepfun-ai", broken=CONVERTED)
HPCAI_TECH = owners("hpcai-tech", "colossalai", broken=NO_GROK_1)
ORIONSTARAI = owners("OrionStarAI", broken=NO_ORION)
AIDC_AI = owners("AIDC-AI", broken=NO_OVIS_1_6)
SKYWORK = owners("Skywork", "skywork", broken=NO_SKYWORK)
SKYWORK_MS = owners(None, "skywork", broken=NO_SKYWORK)

MODELS = (
    DATABRICKS("dbrx-base", "dbrx-base", "dbrx"),
    DATABRICKS("dbrx-instruct", "dbrx-instruct", "dbrx"),
    REDNOTE("dots1-base", "dots.llm1.base"),
    REDNOTE("dots1-instruct", "dots.llm1.inst", None),
    BAAI("emu3-chat-hf", "Emu3-Chat-hf", None, tags=VISION),
    STEPFUN_AI("got-ocr2-hf", "GOT-OCR-2.0-hf", None, tags=VISION),
    M4("idefics3-8b-llama3", "Idefics3-8B-Llama3", "idefics3", tags=VISION),
    IQUESTLAB("iquest-coder-v1-40b-base", "IQuest-Coder-V1-40B-Base"),
    IQUESTLAB("iquest-coder-v1-40b-base-stage1", "IQuest-Coder-V1-40B-Base-Stage1"),
    IQUESTLAB("iquest-coder-v1-40b-instruct", "IQuest-Coder-V1-40B-Instruct", None),
    LONGCAT("longcat-flash-chat", "LongCat-Flash-Chat", None),
    LONGCAT("longcat-flash-chat-fp8", "LongCat-Flash-Chat-FP8", None),
    META_MODELS("muse-glimmer-30b", "Muse-Glimmer-30B", None, tags=VISION),
    DAMO_NLP_MT("polylm-13b", "polylm-13b", ms="damo/nlp_polylm_13b_text_generation"),
    DAMO_NLP("seqgpt-560m", "SeqGPT-560M", ms="damo/nlp_seqgpt-560m"),
    TENCENT("youtu-llm-2b", "Youtu-LLM-2B", None),
    TENCENT("youtu-llm-2b-base", "Youtu-LLM-2B-Base"),
    BAAI_OLD("emu3-chat", "Emu3-Chat", "emu3-chat", tags=VISION, instead="emu3-chat-hf"),
    STEPFUN_AI_OLD("got-ocr2", "GOT-OCR2_0", "got_ocr2", tags=VISION, instead="got-ocr2-hf"),
    HPCAI_TECH("grok-1", "grok-1", ms="colossalai/grok-1-pytorch", instead="mixtral-moe-8x22b-v1"),
    ORIONSTARAI("orion-14b", "Orion-14B-Base", instead="qwen2_5-14b"),
    ORIONSTARAI("orion-14b-chat", "Orion-14B-Chat", "orion", instead="qwen2_5-14b-instruct"),
    AIDC_AI(
        "ovis1_6-gemma2-9b",
        "Ovis1.6-Gemma2-9B",
        "ovis1_6",
        tags=VISION,
        instead="qwen2_5-vl-7b-instruct",
    ),
    SKYWORK("skywork-13b", "Skywork-13B-base", instead="qwen2_5-14b"),
    SKYWORK_MS("skywork-13b-chat", "Skywork-13B-chat", "skywork", instead="qwen2_5-14b-instruct"),
)
