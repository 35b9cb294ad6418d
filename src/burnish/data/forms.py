"""The recognised sets of columns, and how a row of each is read into a draft of a sample."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from burnish.data.cells import BadRow, Row, kind_of, list_of, needed, text_of
from burnish.data.draft import PREFIX, Draft, How, Purpose, answer_of, history, turn_of
from burnish.data.media import NAMES as MEDIA
from burnish.data.pairs import (
    asked_in,
    chosen_messages,
    messages_and_worse,
    preferred,
    prompt_turns,
    ranked,
    ranked_list,
)
from burnish.data.roles import messages_of
from burnish.data.sample import Message
from burnish.data.tokenised import IDS, LABELS, MASK, WEIGHTS
from burnish.data.tokenised import read as tokenised

SHARED = (
    "system",
    "history",
    "tools",
    "functions",
    "label",
    "rejected_response",
    "rejected_messages",
)
LIKE_QUESTIONS = (
    "prompt",
    "instruction",
    "question",
    "input",
    "messages",
    "conversations",
    "conversation",
)


@dataclass(frozen=True, slots=True)
class Form:
    """A recognised set of columns and how a row of it is read."""

    name: str
    required: tuple[str, ...]
    read: Callable[[Row, How], Draft]
    optional: tuple[str, ...] = ()
    asks: tuple[str, ...] = field(default=())
    """The columns that a row without an answer has; none: as required."""

    @property
    def usual(self) -> tuple[str, ...]:
        """The columns that a file of it has as a rule."""
        return ("query", "response") if self.name == "swift" else self.required

    def serves(self, purpose: Purpose) -> bool:
        """Whether rows of it have what the purpose asks for."""
        only = {"prompt": "prompt", "tokenised": "train"}
        return only.get(self.name, purpose) == purpose

    @property
    def used(self) -> set[str]:
        """Every column that is looked at."""
        return {*self.required, *self.optional, *SHARED}


def _swift(row: Row, how: How) -> Draft:
    query = text_of(row, "query") or None
    past = history(row.get("history"), row.get("history_roles"), how)
    if query is None and not past and not how.may_ask and not row.get("system"):
        if not any(row.get(name) for name in MEDIA):
            _refuse_lone_response(row)
            return Draft([], text=needed(row, "response"))
        query = ""
    if query is None:
        raise BadRow("query is null or empty: there is no question in it")
    role = row.get("query_role") or "user"
    past += messages_of([{"role": role, "content": query}], how.speakers)
    return Draft(past + answer_of(row, "response", how))


def _refuse_lone_response(row: Row) -> None:
    """`response` alone is text to continue; a question under another name must not get lost."""
    for name in LIKE_QUESTIONS:
        if row.get(name):
            raise BadRow(
                f"it has a column response but none called query; {name} looks like the question. "
                f"Rename {name} to query (or drop it, to train on response as plain text)"
            )


def _alpaca(row: Row, how: How) -> Draft:
    messages = history(row.get("history"), None, how)
    messages.append(turn_of("user", asked_in(row, how)))
    output = row.get("output")
    if isinstance(output, list):
        return ranked_list(messages, output, how)
    return Draft(messages + answer_of(row, "output", how))


def _pairs(row: Row, how: How) -> Draft:
    messages: list[Message] = []
    pairs = list_of(row, "conversation")
    for number, pair in enumerate(pairs, 1):
        if not isinstance(pair, Mapping):
            raise BadRow(f"conversation holds {kind_of(pair)} in place of human and assistant")
        if {"role", "from"} & pair.keys():
            return Draft(messages_of(pairs, how.speakers))
        where = {f"{name} of round {number}": pair.get(name) for name in ("human", "assistant")}
        human, assistant = where
        messages.append(turn_of("user", text_of(where, human) or ""))
        if where[human] is None:
            raise BadRow(f"{human} is null, not text")
        if where[assistant] is not None or number < len(pairs) or not how.may_ask:
            messages.append(turn_of("assistant", needed(where, assistant)))
    return Draft(messages)


def _text(row: Row, how: How) -> Draft:
    text, prompt = needed(row, "text"), text_of(row, "prompt")
    if prompt:
        return Draft([turn_of("user", prompt), turn_of("assistant", text)])
    if how.purpose == "train":
        return Draft([], text=text, prefix=row.get(PREFIX))
    return Draft([turn_of("user", text)])


def _completion(row: Row, how: How) -> Draft:
    messages = prompt_turns(row["prompt"], how)
    answer = row.get("completion")
    if isinstance(answer, list):
        return Draft(messages + messages_of(answer, how.speakers))
    return Draft(messages + answer_of(row, "completion", how))


def _conversations(row: Row, how: How) -> Draft:
    return Draft(messages_of(list_of(row, "conversations"), how.speakers))


FORMS = (
    Form("tokenised", (IDS, LABELS), tokenised, (MASK, WEIGHTS)),
    Form(
        "swift", ("response",), _swift, ("query", "query_role", "history_roles", "objects"),
        ("query",),
    ),
    Form("alpaca", ("instruction", "output"), _alpaca, ("input",), ("instruction",)),
    Form(
        "chosen and rejected", ("chosen", "rejected"), ranked,
        ("prompt", "instruction", "input", "query", "messages", "conversations"),
    ),
    Form("chosen messages", ("chosen_messages", "rejected_messages"), chosen_messages),
    Form("preferred output", ("preferred_output", "non_preferred_output"), preferred, ("input",)),
    Form("conversations", ("conversations",), _conversations),
    Form("messages", ("messages",), messages_and_worse, ("objects",)),
    Form("conversation", ("conversation",), _pairs),
    Form("prompt and completion", ("prompt", "completion"), _completion),
    Form("prompt and chosen", ("prompt", "chosen"), ranked),
    Form("plain text", ("text",), _text, ("prompt",)),
    Form("prompt", ("prompt",), _completion, (), ("prompt",)),
)  # fmt: skip


@lru_cache(maxsize=4096)
def form_of(columns: tuple[str, ...], purpose: Purpose) -> Form | None:
    """The first form whose columns are there."""
    for form in FORMS:
        if not form.serves(purpose):
            continue
        if all(column in columns for column in form.required):
            return form
    if purpose == "prompt":
        for form in FORMS:
            if form.asks and all(column in columns for column in form.asks):
                return form
    return None
