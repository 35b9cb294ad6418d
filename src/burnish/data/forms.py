"""The recognised sets of columns, and how a row of each is read into a draft of a sample."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from burnish.data.cells import BadRow, Row, kind_of, list_of, literal, needed, text_of
from burnish.data.media import NAMES as MEDIA
from burnish.data.roles import ANY, Speakers, messages_of
from burnish.data.sample import Message, Part

Purpose = Literal["train", "prompt", "pair", "label"]
"""What a row must have: an answer; a question; a better and a worse answer; an answer and whether
it is a good one.
"""
SHARED = ("system", "history", "tools", "label", "rejected_response", "rejected_messages")
PREFIX = "text before"
"""The column in which our conversions put a text that is read and not trained."""
LIKE_QUESTIONS = (
    "prompt",
    "instruction",
    "question",
    "input",
    "messages",
    "conversations",
    "conversation",
)


@dataclass(slots=True)
class Draft:
    """What a row holds, before order, media and purpose are checked."""

    messages: list[Message]
    rejected: Message | None = None
    text: str | None = None
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class How:
    """What is asked of the rows, and how their turns are named."""

    purpose: Purpose = "train"
    speakers: Speakers = ANY
    turns: str = "conversations"
    """The column of the turns."""
    separator: str = "\n"
    """What stands between an instruction and its input."""

    @property
    def may_ask(self) -> bool:
        """Whether a row may end in a question."""
        return self.purpose == "prompt"


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

    @property
    def used(self) -> set[str]:
        """Every column that is looked at."""
        return {*self.required, *self.optional, *SHARED}


def _turn(role: str, text: str) -> Message:
    return Message(role, (Part(text),))


def _answer(row: Row, column: str, how: How) -> list[Message]:
    """The answer's turn; nothing where a question is enough and there is no answer."""
    if how.may_ask and row.get(column) in (None, ""):
        return []
    return [_turn("assistant", needed(row, column))]


def _swift(row: Row, how: How) -> Draft:
    query = text_of(row, "query")
    past = history(row.get("history"), row.get("history_roles"), how)
    if query is None and not past and not how.may_ask and row.get("system") is None:
        if not any(row.get(name) for name in MEDIA):
            _refuse_lone_response(row)
            return Draft([], text=needed(row, "response"))
        query = ""
    if query is None:
        raise BadRow("query is null: there is no question in it")
    role = row.get("query_role") or "user"
    past += messages_of([{"role": role, "content": query}], how.speakers)
    return Draft(past + _answer(row, "response", how))


def _refuse_lone_response(row: Row) -> None:
    """`response` alone is text to continue; a question under another name must not get lost."""
    for name in LIKE_QUESTIONS:
        if row.get(name) is not None:
            raise BadRow(
                f"it has a column response but none called query; {name} looks like the question. "
                f"Rename {name} to query (or drop it, to train on response as plain text)"
            )


def _asked(row: Row, how: How) -> str:
    """Instruction and input as one question. Raises BadRow when both are empty."""
    instruction, more = text_of(row, "instruction"), text_of(row, "input")
    if instruction is None:
        raise BadRow("instruction is null")
    if not more:
        return instruction
    return f"{instruction}{how.separator}{more}" if instruction else more


def _alpaca(row: Row, how: How) -> Draft:
    messages = history(row.get("history"), None, how)
    messages.append(_turn("user", _asked(row, how)))
    output = row.get("output")
    if isinstance(output, list):
        return _ranked_list(messages, output, how)
    return Draft(messages + _answer(row, "output", how))


def _ranked_list(messages: list[Message], answers: list[Any], how: How) -> Draft:
    """Answers of which the first is the best; the second is the worse one of the pair."""
    if not answers and how.may_ask:
        return Draft(messages)
    if not answers:
        raise BadRow("output is an empty list")
    if len(answers) < 2 and how.purpose == "pair":
        raise BadRow("output holds one answer; a pair needs a better and a worse one")
    row = {f"answer {k} in output": answer for k, answer in enumerate(answers[:2], 1)}
    better, *worse = [needed(row, name) for name in row]
    draft = Draft([*messages, _turn("assistant", better)])
    if worse:
        draft.rejected = _turn("assistant", worse[0])
    return draft


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
        messages.append(_turn("user", text_of(where, human) or ""))
        if where[human] is None:
            raise BadRow(f"{human} is null, not text")
        if where[assistant] is not None or number < len(pairs) or not how.may_ask:
            messages.append(_turn("assistant", needed(where, assistant)))
    return Draft(messages)


def _text(row: Row, how: How) -> Draft:
    text, prompt = needed(row, "text"), text_of(row, "prompt")
    if prompt:
        return Draft([_turn("user", prompt), _turn("assistant", text)])
    if how.purpose == "train":
        return Draft([], text=text, prefix=row.get(PREFIX))
    return Draft([_turn("user", text)])


def _completion(row: Row, how: How) -> Draft:
    messages = prompt_turns(row["prompt"], how)
    answer = row.get("completion")
    if isinstance(answer, list):
        return Draft(messages + messages_of(answer, how.speakers))
    return Draft(messages + _answer(row, "completion", how))


def prompt_turns(given: Any, how: How) -> list[Message]:
    """A prompt that is text, a transcript of Human and Assistant, or a list of turns."""
    if isinstance(given, list):
        return messages_of(given, how.speakers)
    text = needed({"prompt": given}, "prompt")
    if text.lstrip().startswith("Human:") and text.rstrip().endswith("Assistant:"):
        return transcript(text)
    return [_turn("user", text)]


def transcript(text: str, *, asks: bool = True) -> list[Message]:
    """The turns of "Human: ... Assistant: ..."; `asks`: an empty answer at the end is none.

    Raises BadRow for text that does not begin so.
    """
    messages: list[Message] = []
    for block in ("\n\n" + text.strip()).split("\n\nHuman:"):
        if not messages and not block.strip():
            continue
        if not messages and not text.lstrip().startswith("Human:"):
            raise BadRow("it is no conversation of 'Human: ... Assistant: ...'")
        question, *answers = block.split("\n\nAssistant:")
        if not answers and block.rstrip().endswith("Assistant:"):
            question, answers = block.rstrip().removesuffix("Assistant:"), [""]
        messages.append(_turn("user", question.strip()))
        messages += [_turn("assistant", answer.strip()) for answer in answers]
    last = messages[-1] if messages and asks else None
    return messages[:-1] if last and last.role == "assistant" and not last.text else messages


def _conversations(row: Row, how: How) -> Draft:
    return Draft(messages_of(list_of(row, "conversations"), how.speakers))


def _messages(row: Row, how: How) -> Draft:
    messages = messages_of(list_of(row, "messages"), how.speakers)
    if row.get("rejected_messages") is not None and how.purpose == "pair":
        worse = messages_of(list_of(row, "rejected_messages"), how.speakers)
        return paired(messages, worse, how)
    return Draft(messages)


def _chosen_messages(row: Row, how: How) -> Draft:
    better = messages_of(list_of(row, "chosen_messages"), how.speakers)
    return paired(better, messages_of(list_of(row, "rejected_messages"), how.speakers), how)


def _ranked(row: Row, how: How) -> Draft:
    """A question, if it has a column of its own, and the answers `chosen` and `rejected`."""
    base = _base(row, how)
    better = _ending(row["chosen"], "chosen", base, how)
    if how.purpose != "pair":
        rejected = row.get("rejected")
        worse = _turn("assistant", rejected) if isinstance(rejected, str) and base else None
        return Draft(better, rejected=worse)
    return paired(better, _ending(row.get("rejected"), "rejected", base, how), how)


def _base(row: Row, how: How) -> list[Message]:
    past = history(row.get("history"), None, how)
    if row.get("instruction") is not None:
        return [*past, _turn("user", _asked(row, how))]
    if row.get("query") is not None:
        return [*past, _turn("user", needed(row, "query"))]
    if row.get("prompt") is not None:
        return [*past, *prompt_turns(row["prompt"], how)]
    for column in ("conversations", "messages"):
        if row.get(column) is not None:
            return messages_of(list_of(row, column), how.speakers)
    return past


def _ending(given: Any, column: str, base: list[Message], how: How) -> list[Message]:
    """The whole conversation that ends in one of the two answers."""
    if isinstance(given, str) and given[:1] == "[" and given[1:].lstrip()[:1] == "{":
        given = literal(given, column)
    if isinstance(given, Mapping):
        given = [given]
    if isinstance(given, list):
        turns = messages_of(given, how.speakers)
        asks = any(turn.role == "user" for turn in turns)
        return turns if asks or not base else [*base, *turns]
    text = needed({column: given}, column)
    if base:
        return [*base, _turn("assistant", text)]
    if not text.lstrip().startswith("Human:"):
        raise BadRow(
            f"{column} has no question before it: it is no 'Human: ... Assistant: ...' and there "
            "is no column prompt, instruction, query, messages or conversations"
        )
    return transcript(text, asks=how.may_ask)


def paired(better: list[Message], worse: list[Message], how: How) -> Draft:
    """The two conversations as one with two last answers. Raises BadRow when they differ before."""
    if how.purpose != "pair":
        return Draft(better)
    if better == worse:
        raise BadRow("the better and the worse answer are the same")
    shared = next(
        (i for i, (a, b) in enumerate(zip(better, worse, strict=False)) if a != b),
        min(len(better), len(worse)),
    )
    ends = better[shared:], worse[shared:]
    if any(len(end) != 1 or end[0].role != "assistant" for end in ends):
        raise BadRow(
            f"the two conversations differ before their last answers: at turn {shared + 1} of "
            f"{len(better)} and {len(worse)}"
        )
    return Draft(better, rejected=ends[1][0])


def history(given: Any, roles: Any, how: How) -> list[Message]:
    """Earlier rounds as pairs or as turns, also as a literal in a CSV cell. Raises BadRow."""
    if given is None or given == [] or given == "":
        return []
    given, roles = literal(given, "history"), literal(roles, "history_roles")
    if not isinstance(given, (list, tuple)):
        raise BadRow(f"history is {kind_of(given)}, not a list of [question, answer]")
    if all(isinstance(each, Mapping) for each in given):
        return messages_of(given, how.speakers)
    turns: list[Any] = []
    for k, pair in enumerate(given):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise BadRow("history holds something else than [question, answer]")
        if not all(isinstance(text, str) for text in pair):
            raise BadRow(f"history holds something else than text in round {k + 1}")
        named = roles[k] if isinstance(roles, list) and k < len(roles) else ("user", "assistant")
        if not isinstance(named, (list, tuple)) or len(named) != 2:
            raise BadRow("history_roles holds something else than [role, role]")
        turns += [{"role": r, "content": c} for r, c in zip(named, pair, strict=True)]
    return messages_of(turns, how.speakers)


FORMS = (
    Form(
        "swift", ("response",), _swift, ("query", "query_role", "history_roles", "objects"),
        ("query",),
    ),
    Form("alpaca", ("instruction", "output"), _alpaca, ("input",), ("instruction",)),
    Form(
        "chosen and rejected", ("chosen", "rejected"), _ranked,
        ("prompt", "instruction", "input", "query", "messages", "conversations"),
    ),
    Form("chosen messages", ("chosen_messages", "rejected_messages"), _chosen_messages),
    Form("conversations", ("conversations",), _conversations),
    Form("messages", ("messages",), _messages, ("objects",)),
    Form("conversation", ("conversation",), _pairs),
    Form("prompt and completion", ("prompt", "completion"), _completion),
    Form("prompt and chosen", ("prompt", "chosen"), _ranked),
    Form("plain text", ("text",), _text, ("prompt",)),
    Form("prompt", ("prompt",), _completion, (), ("prompt",)),
)  # fmt: skip


@lru_cache(maxsize=4096)
def form_of(columns: tuple[str, ...], purpose: Purpose) -> Form | None:
    """The first form whose columns are there."""
    for form in FORMS:
        if form.name == "prompt" and purpose != "prompt":
            continue
        if all(column in columns for column in form.required):
            return form
    if purpose == "prompt":
        for form in FORMS:
            if form.asks and all(column in columns for column in form.asks):
                return form
    return None
