"""OpenOrca and Dolphin: answers with their reasoning."""

from burnish.catalog.corpora.spec import Corpus

CORPORA = (
    Corpus(
        "dolphin",
        "cognitivecomputations/dolphin",
        "swift/dolphin",
        subsets=("flan1m-alpaca-uncensored", "flan5m-alpaca-uncensored"),
        tags=("en",),
        huge=True,
    ),
    Corpus(
        "open-orca",
        None,
        "AI-ModelScope/OpenOrca",
        columns={"question": "query"},
        tags=("chat", "multilingual", "general"),
        huge=True,
    ),
    Corpus(
        "open-orca-chinese",
        "yys/OpenOrca-Chinese",
        "AI-ModelScope/OpenOrca-Chinese",
        columns={"system_prompt": "system", "question": "query"},
        tags=("QA", "zh", "general", "quality"),
        huge=True,
    ),
)
