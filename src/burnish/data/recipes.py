"""The data sets of llama-recipes: each row a text to read and a text to write, without a chat
template.
"""

from collections.abc import Callable, Sequence
from typing import Any

from burnish.data.cells import BadRow, Row, kind_of, list_of, needed

LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fr": "French", "hi": "Hindi", "it": "Italian", "nl": "Dutch",
    "ro": "Romanian", "ru": "Russian", "sw": "Swahili", "th": "Thai", "tr": "Turkish",
    "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
NLI = ("entailment", "neutral", "contradiction")
XNLI_LANGUAGES = (
    "ar", "bg", "de", "el", "en", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh"
)  # fmt: skip
GLUE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "boolq": (("passage", "question"), ("False", "True")),
    "cb": (("premise", "hypothesis"), ("entailment", "contradiction", "neutral")),
    "copa": (("premise", "choice1", "choice2", "question"), ("choice1", "choice2")),
    "multirc": (("paragraph", "question", "answer"), ("False", "True")),
    "record": (("passage", "query", "entities"), ()),
    "rte": (("premise", "hypothesis"), ("entailment", "not_entailment")),
    "wic": (("word", "sentence1", "sentence2"), ("False", "True")),
    "wsc": (("text", "span1_text", "span2_text"), ("False", "True")),
}
"""SuperGLUE: the fields of a task's prompt, and the word of each label."""
BY_POSITION = frozenset({"alpaca_dataset"})
"""Sets whose first rows are those to validate with."""
HIDDEN = -1
"""The label of rows whose answer is kept secret."""

Recipe = Callable[[Row, str], tuple[str, str]]


def samsum(row: Row, option: str) -> tuple[str, str]:
    """A dialogue and its summary."""
    return f"Summarize this dialog:\n{needed(row, 'dialogue')}\n---\nSummary:\n", needed(
        row, "summary"
    )


def grammar(row: Row, option: str) -> tuple[str, str]:
    """A sentence and the same in standard English."""
    wrong, right = ("input", "target") if "target" in row else ("query", "response")
    prompt = f"Correct this to standard English: {needed(row, wrong)}\n---\nCorrected: "
    return prompt, needed(row, right)


def alpaca(row: Row, option: str) -> tuple[str, str]:
    """An instruction, perhaps with an input, and its output, under the headings of Alpaca. Its
    sentences are those that models were trained with.
    """
    more = row.get("input")
    given = f"### Input:\n{more}\n\n" if isinstance(more, str) and more else ""
    beside = ", paired with an input that provides further context" * bool(given)
    return (
        f"Below is an instruction that describes a task{beside}. "
        "Write a response that appropriately completes the request.\n\n"
        f"### Instruction:\n{needed(row, 'instruction')}\n\n{given}### Response:",
        needed(row, "output"),
    )


def super_glue(row: Row, option: str) -> tuple[str, str]:
    """A row of the SuperGLUE task that `option` names."""
    fields, words = GLUE[option]
    values = {**row, **_spans(row)} if option == "wsc" else row
    lines = [f"{field}: {_field(values, field)}" for field in fields]
    prompt = "\n".join([option, *lines, "answer: "])
    if option == "record":
        answers = row.get("answers")
        first = answers[0] if isinstance(answers, list) and answers else None
        if isinstance(first, dict):
            first = first.get("text")
        return prompt, needed({"answers": first}, "answers")
    return prompt, word(row.get("label"), words)


def _spans(row: Row) -> Row:
    """The two spans of wsc, which its own files keep in an object called target."""
    target = row.get("target")
    return target if isinstance(target, dict) else {}


def _field(row: Row, name: str) -> str:
    value = row.get(name)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return needed(row, name)


def word(label: Any, words: Sequence[str]) -> str:
    """The word of a label that is a number, a boolean or the word itself. Raises BadRow."""
    if isinstance(label, str) and label.strip().lstrip("-").isdigit():
        label = int(label)
    if isinstance(label, str):
        by_name = {each.lower(): each for each in words}
        if (found := by_name.get(label.strip().lower())) is None:
            raise BadRow(f"label is {label!r}, none of {', '.join(words)}")
        return found
    if label == HIDDEN and not isinstance(label, bool):
        raise BadRow("label is -1: the answer of this row is hidden")
    if not isinstance(label, (int, float)) or label not in range(len(words)):
        what = repr(label) if isinstance(label, (int, float)) else kind_of(label)
        raise BadRow(f"label is {what}, not 0 to {len(words) - 1} ({', '.join(words)})")
    return words[int(label)]


def iwslt_14(row: Row, option: str) -> tuple[str, str]:
    """A sentence in two languages; `option` is "en-de": from which into which."""
    source, target = option.split("-")
    pair = row.get("translation")
    pair = pair if isinstance(pair, dict) else row
    names = LANGUAGES.get(source, source), LANGUAGES.get(target, target)
    prompt = f"Translate {names[0]} to {names[1]}:\n{needed(pair, source)}\n---\nTranslation: "
    return prompt, needed(pair, target)


def sst_2(row: Row, option: str) -> tuple[str, str]:
    """A sentence of a film review and its mood."""
    prompt = f"Classify the sentiment:\n{needed(row, 'sentence')}\n---\nSentiment: "
    return prompt, word(row.get("label"), ("negative", "positive"))


def xnli(row: Row, option: str) -> tuple[str, str]:
    """Two sentences and how the second follows from the first; `option` is the language."""
    premise, hypothesis = _language(row, "premise", option), _language(row, "hypothesis", option)
    prompt = f"premise: {premise}\nhypothesis: {hypothesis}\n---\nRelation: "
    return prompt, word(row.get("label"), NLI)


def _language(row: Row, column: str, language: str) -> str:
    """A sentence; where a cell holds it in every language, the one asked for."""
    value = row.get(column)
    if isinstance(value, dict) and isinstance(value.get("translation"), list):
        named = list_of(value, "language")
        value = dict(zip(map(str, named), value["translation"], strict=False))
    if isinstance(value, dict):
        return needed(value, language)
    return needed(row, column)


def _pair_of(option: str) -> bool:
    source, _, target = option.partition("-")
    return bool(source and target and source != target and "-" not in target)


RECIPES: dict[str, tuple[Recipe, Callable[[str], bool], str, str]] = {
    "samsum_dataset": (samsum, lambda o: o == "", "", ""),
    "grammar_dataset": (grammar, lambda o: o == "", "", ""),
    "alpaca_dataset": (alpaca, lambda o: o == "", "", ""),
    "super_glue": (super_glue, GLUE.__contains__, "boolq", f"a task: {', '.join(GLUE)}"),
    "iwslt_14": (iwslt_14, _pair_of, "en-de", "two languages, as en-de"),
    "sst_2": (sst_2, lambda o: o == "", "", ""),
    "xnli": (xnli, XNLI_LANGUAGES.__contains__, "en", f"a language: {', '.join(XNLI_LANGUAGES)}"),
}
"""name -> (how a row is read, which options it knows, the usual one, the options in words)."""
