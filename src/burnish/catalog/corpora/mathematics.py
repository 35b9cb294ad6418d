"""Mathematics."""

from burnish.catalog.corpora.spec import Corpus

CORPORA = (
    Corpus(
        "blossom-math-zh",
        "Azure99/blossom-math-v2",
        "AI-ModelScope/blossom-math-v2",
        code="_preprocess_blossom_math",
        tags=("chat", "math", "🔥"),
    ),
    Corpus(
        "math-instruct",
        "TIGER-Lab/MathInstruct",
        "AI-ModelScope/MathInstruct",
        columns={"instruction": "query", "output": "response"},
        tags=("math", "cot", "en", "quality"),
    ),
    # Public lists have its split, train, among the subsets.
    Corpus(
        "math-plus",
        "TIGER-Lab/MATH-plus",
        "TIGER-Lab/MATH-plus",
        tags=("qa", "math", "en", "quality"),
    ),
    Corpus(
        "web-instruct-sub",
        "TIGER-Lab/WebInstructSub",
        "swift/WebInstructSub",
        columns={"question": "query", "answer": "response"},
        tags=("qa", "en", "math", "quality", "multi-domain", "science"),
        huge=True,
    ),
)
