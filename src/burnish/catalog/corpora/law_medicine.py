"""Law, medicine and finance."""

from burnish.catalog.corpora.spec import Corpus

CORPORA = (
    Corpus(
        "disc-law-sft-zh",
        "ShengbinYue/DISC-Law-SFT",
        "AI-ModelScope/DISC-Law-SFT",
        columns={"input": "query", "output": "response"},
        tags=("chat", "law", "🔥"),
    ),
    Corpus(
        "disc-med-sft-zh",
        "Flmc/DISC-Med-SFT",
        "AI-ModelScope/DISC-Med-SFT",
        conversations={
            "conversations_key": "conversation",
            "from_key": "role",
            "value_key": "content",
            "error_strategy": "delete",
        },
        tags=("chat", "medical", "🔥"),
    ),
    Corpus(
        "finance-en",
        "ssbuild/alpaca_finance_en",
        "wyj123456/finance_en",
        tags=("chat", "financial"),
    ),
    Corpus(
        "lawyer-llama-zh",
        "Skepsun/lawyer_llama_data",
        "AI-ModelScope/lawyer_llama_data",
        columns={"instruction": "query", "output": "response", "history": "-"},
        tags=("chat", "law"),
    ),
    Corpus(
        "medical-en",
        None,
        "swift/medical_zh",
        subsets=("en",),
        split=("train", "val", "test"),
        columns={"input": "query", "output": "response"},
        tags=("chat", "medical"),
    ),
    Corpus(
        "medical-zh",
        None,
        "swift/medical_zh",
        subsets=("zh",),
        split=("train", "val", "test"),
        columns={"instruction": "query", "output": "response"},
        tags=("chat", "medical"),
    ),
    Corpus(
        "tigerbot-law-zh",
        "TigerResearch/tigerbot-law-plugin",
        "AI-ModelScope/tigerbot-law-plugin",
        code="_preprocess_tigerbot_law",
        tags=("text-generation", "law", "pretrained"),
    ),
)
