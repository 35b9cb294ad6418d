"""Lists of turns, under the names that different tools give them, to Messages; the order of roles
is checked here.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from burnish.data.calls import calls_of, written_calls
from burnish.data.cells import BadRow, kind_of
from burnish.data.media import media_part
from burnish.data.sample import Message, Part, ToolCall

ROLE_KEYS = ("role", "from")
CONTENT_KEYS = ("content", "value")
REASONING_KEYS = ("reasoning_content", "reasoning", "thinking")
WEIGHT_KEYS = ("weight", "loss_weight", "loss", "train")
ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "tool_call": "assistant",
    "tool": "tool",
    "tool_response": "tool",
    "tool_result": "tool",
    "function": "tool",
    "function_response": "tool",
    "observation": "tool",
    "ipython": "tool",
}
PLAIN = {name: ROLES[name] for name in ("system", "user", "human", "assistant", "gpt")}
"""Roles whose turn is text alone."""
CALLS = ("function_call", "tool_call")
"""Roles whose content is a call as JSON text."""
TEXTS = (None, "text", "input_text", "output_text")
"""Kinds of a content part that are text."""


@dataclass(frozen=True, slots=True)
class Speakers:
    """How a list of turns names its roles and texts."""

    roles: Mapping[str, str] = field(default_factory=lambda: ROLES)
    calls: tuple[str, ...] = CALLS
    role_keys: tuple[str, ...] = ROLE_KEYS
    content_keys: tuple[str, ...] = CONTENT_KEYS
    is_usual: bool = True
    """Whether these are the usual names, which a plain turn is read by without further looks."""


ANY = Speakers()
"""Every name that is usual somewhere."""


def speakers_of(settings: Mapping[str, Any]) -> Speakers:
    """The names that a registry entry gives; the usual ones hold beside them."""
    roles: dict[str, str] = dict(ROLES)
    calls: tuple[str, ...] = CALLS
    for role in ("user", "assistant", "system", "tool"):
        if name := settings.get(f"{role}_role"):
            roles[str(name).strip().lower()] = role
    if name := settings.get("function_role"):
        roles[str(name).strip().lower()] = "assistant"
        calls = tuple(dict.fromkeys((*calls, str(name).strip().lower())))
    role_keys = _first_of(settings.get("from_key"), ROLE_KEYS)
    content_keys = _first_of(settings.get("value_key"), CONTENT_KEYS)
    is_usual = roles == ROLES and calls == CALLS
    if is_usual and set(role_keys) == set(ROLE_KEYS) and set(content_keys) == set(CONTENT_KEYS):
        return ANY
    return Speakers(roles, calls, role_keys, content_keys, is_usual=False)


def _first_of(name: Any, usual: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((str(name), *usual))) if name else usual


def conversation(
    given: Sequence[Any], speakers: Speakers = ANY, answered: bool | None = True
) -> tuple[str | None, tuple[Message, ...]]:
    """(system prompt or None, the other turns).

    After an optional system turn, user (or tool) and assistant take turns; results of several tools
    may stand side by side, and so may calls that each fill a turn. `answered`: the assistant must
    be the last (True), must not (False), or either (None). Raises BadRow.
    """
    messages = messages_of(given, speakers)
    system, first = None, 1
    if messages and messages[0].role == "system":
        turn, first = messages.pop(0), 2
        system = turn.text if turn.parts else None
    check_order(messages, answered, first)
    return system, tuple(messages)


def messages_of(given: Iterable[Any], speakers: Speakers = ANY) -> list[Message]:
    """The turns as they stand. Raises BadRow for a turn that cannot be read."""
    messages: list[Message] = []
    is_usual = speakers.is_usual
    for turn in given:
        if is_usual and type(turn) is dict and len(turn) == 2:  # as nearly all are
            content = turn.get("content") or turn.get("value")
            named = turn.get("role") or turn.get("from")
            if type(content) is str and type(named) is str and named in PLAIN:
                messages.append(Message(PLAIN[named], (Part(content),)))
                continue
        name, message = _message(turn, speakers)
        if name in speakers.calls and messages and _takes_calls(messages[-1], message):
            message = _joined(messages.pop(), message)
        messages.append(message)
    return messages


def _takes_calls(before: Message, call: Message) -> bool:
    return before.role == "assistant" and bool(call.tool_calls) and before.weight == call.weight


def _joined(before: Message, call: Message) -> Message:
    return Message(
        "assistant",
        before.parts,
        tool_calls=(*before.tool_calls, *call.tool_calls),
        reasoning=before.reasoning,
        weight=before.weight,
    )


def check_order(messages: Sequence[Message], answered: bool | None = True, first: int = 1) -> None:
    """Raises BadRow with what is wrong with the order of roles, or with a turn that is empty.

    `first` is the number of the first of these turns; 2 where the system turn was taken away.
    """
    if not messages:
        raise BadRow("there is no turn in it besides the system prompt")
    before = ""
    for number, message in enumerate(messages, first):
        role = message.role
        if role == "assistant":
            if before in ("", "assistant"):
                raise BadRow(_out_of_order(role, before, number))
            if _is_empty(message) and not message.tool_calls:
                raise BadRow(f"an answer is empty: turn {number}")
        elif role == "user":
            if before in ("user", "tool"):
                raise BadRow(_out_of_order(role, before, number))
            if _is_empty(message):
                raise BadRow(f"a question is empty: turn {number}")
        elif role == "tool":
            if before in ("", "user"):
                raise BadRow(_out_of_order(role, before, number))
        else:
            if first > 1 and not before:
                raise BadRow("two system turns stand at its beginning; make one of them")
            raise BadRow(f"a system turn stands at place {number} and not first")
        before = role
    if answered and before != "assistant":
        if len(messages) == 1:
            raise BadRow(f"there is no answer in it: its only turn is of role {before}")
        raise BadRow(f"it ends with a turn of role {before}, not with an answer")
    if answered is False and before == "assistant":
        raise BadRow("it ends with an answer, where a question is wanted")


def _is_empty(message: Message) -> bool:
    for part in message.parts:
        if part.media is not None or not (part.text == "" or part.text.isspace()):
            return False
    return True


def _out_of_order(role: str, before: str, number: int) -> str:
    if not before and role == "tool":
        return "it begins with the result of a tool: no question and no call stands before it"
    if not before:
        return "roles do not take turns: it begins with an answer and not with a question"
    if role == before == "user":
        return f"roles do not take turns: two questions without an answer between, at turn {number}"
    if role == before:
        return f"roles do not take turns: two answers without a question between, at turn {number}"
    return f"roles do not take turns: {role} follows {before} at turn {number}"


def _message(turn: Any, speakers: Speakers) -> tuple[str, Message]:
    """(the role as it is written there, the message)."""
    if not isinstance(turn, Mapping):
        raise BadRow(f"a turn is {kind_of(turn)}, not an object with role and content")
    given = _first(turn, speakers.role_keys)
    if given is None:
        raise BadRow(f"a turn has no role; it has {', '.join(map(str, turn)) or 'nothing'}")
    named = given.strip().lower() if isinstance(given, str) else ""
    role = speakers.roles.get(named)
    if role is None:
        raise BadRow(f"a turn has an unknown role: {given!r}")
    content, calls = _first(turn, speakers.content_keys), calls_of(turn)
    if named in speakers.calls and not calls:
        calls, content = written_calls(content), None
    if isinstance(content, list):
        written, content = _calls_among(content)
        calls = (*calls, *written)
    if isinstance(content, dict) and role == "tool":
        content = json.dumps(content, ensure_ascii=False)
    if content is None and calls:
        content = ""
    if content is None and role == "system":
        content = []  # as if there were no such turn
    if calls and role != "assistant":
        raise BadRow(f"a turn of role {given} holds calls; only an answer may")
    parts, spoken = _parts(content, role)
    return named, Message(
        role,
        parts,
        tool_calls=calls,
        reasoning=_reasoning(turn) or spoken,
        weight=_weight(turn),
        tool_call_id=_optional(turn.get("tool_call_id")),
        name=_optional(turn.get("name")),
    )


def _parts(content: Any, role: str) -> tuple[tuple[Part, ...], str | None]:
    """The parts of a content, and reasoning that stands among them."""
    if isinstance(content, str):
        return (Part(content),), None
    if not isinstance(content, list):
        raise BadRow(f"a turn's content is {kind_of(content)}, not text: {role}")
    parts, reasoning = [], []
    for piece in content:
        if isinstance(piece, str):
            parts.append(Part(piece))
            continue
        if not isinstance(piece, Mapping):
            raise BadRow(f"a turn's content holds {kind_of(piece)} in place of a part")
        kind, text = piece.get("type"), _first(piece, ("text", "value", "thinking", "content"))
        if kind in ("reasoning", "thinking") and isinstance(text, str):
            reasoning.append(text)
        elif kind in TEXTS and isinstance(text, str):
            parts.append(Part(text))
        elif (shown := media_part(piece)) is not None:
            parts.append(shown)
        else:
            raise BadRow(f"a turn's content holds a part that is not text: {kind or kind_of(text)}")
    return tuple(parts), "".join(reasoning) or None


def _calls_among(content: list[Any]) -> tuple[tuple[ToolCall, ...], list[Any]]:
    """Calls that stand among the parts of a content, and the other parts."""
    found: list[ToolCall] = []
    rest = []
    for piece in content:
        kind = piece.get("type") if isinstance(piece, Mapping) else None
        if isinstance(kind, str) and kind in CALLS:
            found.extend(written_calls(_first(piece, ("value", "text", "function"))))
        else:
            rest.append(piece)
    return tuple(found), rest


def _weight(turn: Mapping[str, Any]) -> float | None:
    """The turn's weight; true says only that it is not 0. Raises BadRow where two keys differ."""
    given = {key: turn[key] for key in WEIGHT_KEYS if turn.get(key) is not None}
    if not given:
        return None
    for value in given.values():
        if not isinstance(value, (bool, int, float)) or not math.isfinite(value) or value < 0:
            raise BadRow(f"a turn's weight is no number of 0 or more: {value!r}")
    numbers = {float(value) for value in given.values() if value is not True} or {1.0}
    is_on = any(value is True for value in given.values())
    if len(numbers) > 1 or (is_on and 0.0 in numbers):
        said = ", ".join(f"{key}: {json.dumps(value)}" for key, value in given.items())
        raise BadRow(f"a turn contradicts itself on whether it is trained ({said}); keep one")
    return numbers.pop()


def _reasoning(turn: Mapping[str, Any]) -> str | None:
    for key in REASONING_KEYS:
        given = turn.get(key)
        if given is not None and not isinstance(given, str):
            raise BadRow(f"a turn's {key} is {kind_of(given)}, not text")
        if given is not None:
            return given
    return None


def _first(turn: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((turn[key] for key in keys if turn.get(key) is not None), None)


def _optional(value: Any) -> str | None:
    return value if isinstance(value, str) else None
