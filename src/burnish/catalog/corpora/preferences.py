"""Pairs of a better and a worse answer, and answers with a label."""

from burnish.catalog.corpora.spec import Corpus

CORPORA = (
    Corpus(
        "hh-rlhf",
        None,
        "AI-ModelScope/hh-rlhf",
        subsets=("harmless-base", "helpful-base", "helpful-online", "helpful-rejection-sampled"),
        split=("train", "test"),
        code="process_hh_rlhf",
        tags=("rlhf", "dpo", "pairwise"),
    ),
    Corpus(
        "hh-rlhf-cn",
        None,
        "AI-ModelScope/hh_rlhf_cn",
        subsets=(
            "hh_rlhf",
            "harmless_base_cn",
            "harmless_base_en",
            "helpful_base_cn",
            "helpful_base_en",
        ),
        split=("train", "test"),
        code="process_hh_rlhf_cn",
        tags=("rlhf", "dpo", "pairwise", "🔥"),
    ),
    Corpus(
        "orca_dpo_pairs",
        "Intel/orca_dpo_pairs",
        "swift/orca_dpo_pairs",
        columns={"question": "query", "chosen": "response", "rejected": "rejected_response"},
        tags=("rlhf", "quality"),
    ),
    Corpus(
        "orpo-dpo-mix-40k",
        "mlabonne/orpo-dpo-mix-40k",
        "AI-ModelScope/orpo-dpo-mix-40k",
        subsets=("default",),
        code="orpo_dpo_mix_40k_preprocessor",
        tags=("dpo", "orpo", "en", "quality"),
    ),
    Corpus(
        "rlaif-v",
        "openbmb/RLAIF-V-Dataset",
        "swift/RLAIF-V-Dataset",
        subsets=("default",),
        code="process_rlaif_v",
        tags=("rlhf", "dpo", "multi-modal", "en"),
    ),
    Corpus(
        "shareai-llama3-dpo-zh-en-emoji",
        None,
        "hjh0119/shareAI-Llama3-DPO-zh-en-emoji",
        subsets=("default",),
        code="process_shareai_dpo",
        tags=("rlhf", "dpo", "pairwise"),
    ),
    Corpus(
        "stack-exchange-paired",
        "lvwerra/stack-exchange-paired",
        "AI-ModelScope/stack-exchange-paired",
        columns={"question": "query", "response_j": "response", "response_k": "rejected_response"},
        tags=("hfrl", "dpo", "pairwise"),
        huge=True,
    ),
    Corpus(
        "ultrafeedback-kto",
        None,
        "AI-ModelScope/ultrafeedback-binarized-preferences-cleaned-kto",
        subsets=("default",),
        code="process_ultrafeedback_kto",
        tags=("rlhf", "kto"),
    ),
    Corpus(
        "zhihu-rlhf",
        "liyucheng/zhihu_rlhf_3k",
        "AI-ModelScope/zhihu_rlhf_3k",
        columns={"prompt": "query", "chosen": "response", "rejected": "rejected_response"},
        tags=("rlhf", "dpo", "zh"),
    ),
)
