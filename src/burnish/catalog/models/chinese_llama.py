"""Llama made to speak Chinese: Chinese-LLaMA-Alpaca, Atom, Ziya2, Mengzi3."""

from burnish.catalog.models.spec import owners

FLAGALPHA = owners("FlagAlpha")
HFL = owners("hfl", "AI-ModelScope")
LANGBOAT = owners("Langboat", "langboat")
IDEA_CCNL = owners("IDEA-CCNL", "Fengshenbang")

MODELS = (
    FLAGALPHA("atom-7b", "Atom-7B"),
    FLAGALPHA("atom-7b-chat", "Atom-7B-Chat", "atom"),
    HFL("chinese-alpaca-2-1_3b", "chinese-alpaca-2-1.3b", "llama"),
    HFL("chinese-alpaca-2-7b", "chinese-alpaca-2-7b", "llama"),
    HFL("chinese-alpaca-2-7b-16k", "chinese-alpaca-2-7b-16k", "llama"),
    HFL("chinese-alpaca-2-7b-64k", "chinese-alpaca-2-7b-64k", "llama"),
    HFL("chinese-alpaca-2-13b", "chinese-alpaca-2-13b", "llama"),
    HFL("chinese-alpaca-2-13b-16k", "chinese-alpaca-2-13b-16k", "llama"),
    HFL("chinese-llama-2-1_3b", "chinese-llama-2-1.3b"),
    HFL("chinese-llama-2-7b", "chinese-llama-2-7b"),
    HFL("chinese-llama-2-7b-16k", "chinese-llama-2-7b-16k"),
    HFL("chinese-llama-2-7b-64k", "chinese-llama-2-7b-64k"),
    HFL("chinese-llama-2-13b", "chinese-llama-2-13b"),
    HFL("chinese-llama-2-13b-16k", "chinese-llama-2-13b-16k"),
    HFL("llama-3-chinese-8b", "llama-3-chinese-8b", ms="ChineseAlpacaGroup/llama-3-chinese-8b"),
    HFL(
        "llama-3-chinese-8b-instruct",
        "llama-3-chinese-8b-instruct",
        "llama3",
        ms="ChineseAlpacaGroup/llama-3-chinese-8b-instruct",
    ),
    LANGBOAT("mengzi3-13b-base", "Mengzi3-13B-Base", "mengzi"),
    IDEA_CCNL("ziya2-13b", "Ziya2-13B-Base"),
    IDEA_CCNL("ziya2-13b-chat", "Ziya2-13B-Chat", "ziya"),
)
