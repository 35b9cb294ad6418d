"""Code, and SQL from questions."""

from burnish.catalog.corpora.spec import MESSAGES, Corpus

CORPORA = (
    Corpus("code-alpaca-en", "sahil2801/CodeAlpaca-20k", "wyj123456/code_alpaca_en"),
    Corpus(
        "codealpaca-20k",
        "HuggingFaceH4/CodeAlpaca_20K",
        "AI-ModelScope/CodeAlpaca-20k",
        tags=("code", "en"),
    ),
    Corpus(
        "codefuse-evol-instruction-zh",
        None,
        "codefuse-ai/Evol-instruction-66k",
        columns={"instruction": "query", "output": "response"},
        tags=("chat", "coding", "🔥"),
    ),
    Corpus(
        "codefuse-python-en",
        None,
        "codefuse-ai/CodeExercise-Python-27k",
        conversations={
            **MESSAGES,
            "user_role": "human",
            "assistant_role": "bot",
            "conversations_key": "chat_rounds",
        },
        tags=("chat", "coding", "🔥"),
    ),
    Corpus(
        "leetcode-python-en",
        None,
        "AI-ModelScope/leetcode-solutions-python",
        code="_preprocess_leetcode_python",
        tags=("chat", "coding", "🔥"),
    ),
    Corpus(
        "sql-create-context-en",
        "b-mc2/sql-create-context",
        "AI-ModelScope/sql-create-context",
        code="ComposePreprocessor",
        tags=("chat", "sql", "🔥"),
    ),
    Corpus(
        "synthetic-text-to-sql",
        "gretelai/synthetic_text_to_sql",
        "AI-ModelScope/synthetic_text_to_sql",
        subsets=("default",),
        code="synthetic_text_to_sql_preprocesser",
        tags=("nl2sql", "en"),
    ),
    Corpus(
        "text2sql-en",
        "Clinton/texttosqlv2_25000_v2",
        "AI-ModelScope/texttosqlv2_25000_v2",
        tags=("chat", "sql"),
    ),
)
