"""What a chat template does, read off a few conversations that it renders: how an answer ends,
which system prompt it adds.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from burnish.core.errors import TemplateError
from burnish.data.tokenizer import Tokenizer

# Contents that no template writes itself and that trimming leaves alone.
USER, ANSWER, AGAIN, LAST, SYSTEM = (
    f"q7{word}x3" for word in ("user", "answer", "again", "last", "system")
)

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather_q7x3",
        "description": "Weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}

ROLE_ENDS = ("<|user|>", "<|observation|>")
"""GLM's role tokens: the next turn's header ends an answer."""

Turns = list[dict[str, Any]]
Render = Callable[[Turns, bool], str]
"""(turns, whether the answer is to begin) -> text."""


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """How an answer ends."""

    after: str
    """The text that the template writes behind the content of the last answer."""
    stop_id: int
    """The token that ends an answer."""
    written: bool
    """Whether the template writes it behind the last answer; where not, training appends it."""
    stops: int
    """How many stop tokens `after` holds."""


def turn(role: str, content: str) -> dict[str, Any]:
    """A message as templates see it."""
    return {"role": role, "content": content}


def shared_start(one: Sequence[Any], other: Sequence[Any]) -> int:
    """How many leading characters, or ids, two texts have in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((k for k, (a, b) in pairs if a != b), min(len(one), len(other)))


def read_end(render: Render, tokenizer: Tokenizer, named: tuple[str, ...], label: str) -> TurnEnd:
    """How answers end. `named` are stop tokens that the catalog gives.

    The marker that the template writes behind the last answer comes first; then a named one;
    then the marker that it writes
    between an answer and the next question (GLM-4's <|user|>); then what the model's own files
    name.
    Raises TemplateError where nothing can end an answer, or the template does not write one.
    """
    one = [turn("user", USER), turn("assistant", ANSWER)]
    text, at = _after_answer(render, one, label)
    known = [i for i in map(tokenizer.id_of, named) if i is not None]
    written = _marker_behind(tokenizer, text, at, known)
    between = None if written is not None else _between(render, tokenizer, label)
    stop = next((i for i in (written, *known, between, *tokenizer.stop_ids) if i is not None), None)
    if stop is None:
        raise TemplateError(
            f"{label} writes no token behind an answer, and the tokenizer names no eos_token: "
            "nothing would teach the model to stop. Name eos_token in tokenizer_config.json, or "
            "eos_token_id in generation_config.json."
        )
    ends = {stop, *known, *tokenizer.stop_ids}
    encoding = tokenizer.encode_with_offsets(text)
    pairs = zip(encoding.ids, encoding.offsets, strict=True)
    stops = sum(i in ends and start >= at for i, (start, _) in pairs)
    return TurnEnd(text[at:], stop, written is not None, stops)


def read_default_system(render: Render) -> str:
    """The system prompt that the template writes when none is given; "" where it writes none."""
    asked = [turn("user", USER)]
    try:
        told = render([turn("system", SYSTEM), *asked], True)
        bare = render(asked, True)
    except TemplateError:
        return ""
    before, found, after = told.partition(SYSTEM)
    fits = len(bare) >= len(before) + len(after)
    if found and fits and bare.startswith(before) and bare.endswith(after):
        return bare[len(before) : len(bare) - len(after)].strip()
    return ""


def _after_answer(render: Render, turns: Turns, label: str) -> tuple[str, int]:
    """The rendered text, and where the content of the first answer ends in it."""
    text = render(turns, False)
    if ANSWER not in text or USER not in text[: text.index(ANSWER)]:
        raise TemplateError(f"{label} does not write a question and then its answer: {text!r}")
    return text, text.index(ANSWER) + len(ANSWER)


def _between(render: Render, tokenizer: Tokenizer, label: str) -> int | None:
    """The marker between an answer and the next question, if there is one that does not open
    answers, too.
    """
    turns = [turn("user", USER), turn("assistant", ANSWER)]
    turns += [turn("user", AGAIN), turn("assistant", LAST)]
    try:
        text, at = _after_answer(render, turns, label)
    except TemplateError:
        return None  # a template of one round
    found = _marker_behind(tokenizer, text, at)
    before = tokenizer.encode(text[: text.index(ANSWER)])
    opens = next((token for token in reversed(before) if tokenizer.is_special(token)), None)
    return None if found in (tokenizer.bos_id, opens) else found


def _marker_behind(
    tokenizer: Tokenizer, text: str, at: int, named: Collection[int] = ()
) -> int | None:
    """The marker token behind `at`, with nothing but white space between; `named` count as such."""
    encoding = tokenizer.encode_with_offsets(text)
    for token_id, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
        if end <= at:
            continue
        blank = not text[max(start, at) : end].strip()  # Gemma's white space is special, too
        if start >= at and not blank and (tokenizer.is_special(token_id) or token_id in named):
            return token_id
        if not blank:
            return None
    return None
