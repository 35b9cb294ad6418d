"""BELLE and what is made with it, Guanaco among it: instructions in Chinese."""

from burnish.catalog.corpora.spec import HUMAN_GPT, Corpus

CORPORA = (
    Corpus(
        "belle-generated-chat-0.4M",
        "BelleGroup/generated_chat_0.4M",
        "AI-ModelScope/generated_chat_0.4M",
        tags=("common", "zh"),
    ),
    Corpus(
        "belle-math-0.25M",
        "BelleGroup/school_math_0.25M",
        "AI-ModelScope/school_math_0.25M",
        tags=("math", "zh"),
    ),
    Corpus(
        "belle-train-0.5M-CN",
        "BelleGroup/train_0.5M_CN",
        "AI-ModelScope/train_0.5M_CN",
        tags=("common", "zh", "quality"),
    ),
    Corpus(
        "belle-train-1M-CN",
        "BelleGroup/train_1M_CN",
        "AI-ModelScope/train_1M_CN",
        tags=("common", "zh", "quality"),
        huge=True,
    ),
    Corpus(
        "belle-train-2M-CN",
        "BelleGroup/train_2M_CN",
        "AI-ModelScope/train_2M_CN",
        tags=("common", "zh", "quality"),
        huge=True,
    ),
    Corpus(
        "belle-train-3.5M-CN",
        "BelleGroup/train_3.5M_CN",
        "swift/train_3.5M_CN",
        conversations={**HUMAN_GPT, "assistant_role": "assistant"},
        tags=("common", "zh", "quality"),
        huge=True,
    ),
    Corpus(
        "generated-chat-zh",
        "BelleGroup/generated_chat_0.4M",
        "AI-ModelScope/generated_chat_0.4M",
        tags=("chat", "character-dialogue"),
    ),
    Corpus(
        "guanaco",
        "JosephusCheung/GuanacoDataset",
        "AI-ModelScope/GuanacoDataset",
        subsets=("default",),
        code="preprocess_guanaco",
        tags=("chat", "zh"),
    ),
    Corpus(
        "guanaco-belle-merge",
        "Chinese-Vicuna/guanaco_belle_merge_v1.0",
        "AI-ModelScope/guanaco_belle_merge_v1.0",
        tags=("QA", "zh"),
    ),
    Corpus(
        "school-math-zh",
        "BelleGroup/school_math_0.25M",
        "AI-ModelScope/school_math_0.25M",
        tags=("chat", "math", "quality"),
    ),
)
