"""Lists of turns, under the names that different tools give them, to Messages; the order of roles
is checked here.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from burnish.data.sample import Media, Message, Part, ToolCall

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
    "function": "tool",
    "observation": "tool",
    "ipython": "tool",
}
CALLS = ("function_call", "tool_call")
"""Roles whose content is a call as JSON text."""


TAGS = re.compile(r"<(img|image|audio|video)>[^<\n]+</\1>")


class BadRow(Exception):
    """A row that cannot be used; the message is the reason, without file and row."""


def conversation(given: Sequence[Any]) -> tuple[str | None, tuple[Message, ...]]:
    """(system prompt or None, the other turns).

    After an optional system turn, user (or tool) and assistant take turns, and the assistant is
    the last; results of several
    tools may stand side by side. Raises BadRow.
    """
    messages = [_message(turn) for turn in given]
    system = None
    if messages and messages[0].role == "system":
        system = messages.pop(0).text
    if len(messages) < 2:
        raise BadRow("it has fewer than two turns besides the system prompt")
    before = "assistant"
    for number, message in enumerate(messages, 1):
        asks = message.role in ("user", "tool")
        if message.role == "system":
            raise BadRow(f"a system turn stands at place {number} and not first")
        if asks == (before != "assistant") and not (message.role == before == "tool"):
            if number == 1:
                raise BadRow(f"roles do not take turns: the first is {message.role} and not user")
            raise BadRow(
                f"roles do not take turns: {message.role} follows {before} at turn {number}"
            )
        if message.role == "assistant" and not (message.text.strip() or message.tool_calls):
            raise BadRow(f"an answer is empty: turn {number}")
        before = message.role
    if before != "assistant":
        raise BadRow(f"it ends with a turn of role {before}, not with an answer")
    return system, tuple(messages)


def _message(turn: Any) -> Message:
    if not isinstance(turn, Mapping):
        raise BadRow("a turn is no object with role and content")
    named = _first(turn, ROLE_KEYS)
    role = ROLES.get(named.strip().lower()) if isinstance(named, str) else None
    if named is None:
        raise BadRow(f"a turn has no role; it has {', '.join(map(str, turn)) or 'nothing'}")
    if role is None:
        raise BadRow(f"a turn has an unknown role: {named!r}")
    content = _first(turn, CONTENT_KEYS)
    calls = tuple(_call(call) for call in turn.get("tool_calls") or ())
    if isinstance(turn.get("function_call"), Mapping):
        calls = (*calls, _call(turn["function_call"]))
    if isinstance(named, str) and named.strip().lower() in CALLS:
        written = _written_calls(content)
        calls, content = (*calls, *written), None if written else content
    if isinstance(content, list):
        written, content = _calls_among(content)
        calls = (*calls, *written)
    parts, spoken = _parts(content, role, bool(calls))
    reasoning = _first(turn, REASONING_KEYS)
    return Message(
        role,
        parts,
        tool_calls=calls,
        reasoning=reasoning if isinstance(reasoning, str) else spoken,
        weight=_weight(turn),
        tool_call_id=_optional(turn.get("tool_call_id")),
        name=_optional(turn.get("name")),
    )


def _parts(content: Any, role: str, has_calls: bool) -> tuple[tuple[Part, ...], str | None]:
    """The parts of a content, and reasoning that stands among them."""
    if isinstance(content, str):
        if TAGS.search(content):
            raise BadRow(
                "images, audio and video are not available yet: a tag in a turn names a file"
            )
        return (Part(content),), None
    if content is None and has_calls:
        return (Part(""),), None
    if not isinstance(content, list):
        raise BadRow(f"a turn's content is not text: {role}")
    parts, reasoning = [], []
    for piece in content:
        kind = piece.get("type") if isinstance(piece, Mapping) else None
        text = _first(piece, ("text", "value")) if isinstance(piece, Mapping) else piece
        if kind in ("image", "image_url", "audio", "video", "input_audio"):
            parts.append(Part(media=Media("image", str(text))))
        elif kind == "reasoning" and isinstance(text, str):
            reasoning.append(text)
        elif kind in (None, "text") and isinstance(text, str):
            parts.append(Part(text))
        else:
            raise BadRow(f"a turn's content holds a part that is not text: {kind}")
    if any(part.media for part in parts):
        raise BadRow("images, audio and video are not available yet")
    return tuple(parts), "".join(reasoning) or None


def _calls_among(content: list[Any]) -> tuple[tuple[ToolCall, ...], list[Any]]:
    """Calls that stand among the parts of a content, and the other parts."""
    found: list[ToolCall] = []
    rest = []
    for piece in content:
        kind = piece.get("type") if isinstance(piece, Mapping) else None
        written = _written_calls(_first(piece, ("value", "text"))) if kind in CALLS else ()
        found.extend(written)
        if not written:
            rest.append(piece)
    return tuple(found), rest


def _call(given: Any) -> ToolCall:
    if not isinstance(given, Mapping):
        raise BadRow("a tool call is no object")
    inner = given.get("function")
    function: Mapping[str, Any] = inner if isinstance(inner, Mapping) else given
    name, arguments = function.get("name"), function.get("arguments", {})
    if not isinstance(name, str):
        raise BadRow("a tool call has no name")
    if isinstance(arguments, str):
        try:
            read = json.loads(arguments)
        except ValueError:
            read = None
        arguments = read if isinstance(read, dict) else arguments
    return ToolCall(name, arguments, _optional(given.get("id")))


def _written_calls(content: Any) -> tuple[ToolCall, ...]:
    """Calls written as JSON text, one or a list; () where the text is something else."""
    try:
        read = json.loads(content) if isinstance(content, str) else content
    except ValueError:
        return ()
    calls = read if isinstance(read, list) else [read]
    if not all(isinstance(call, Mapping) and "name" in call for call in calls):
        return ()
    return tuple(map(_call, calls))


def _weight(turn: Mapping[str, Any]) -> float | None:
    given = _first(turn, WEIGHT_KEYS)
    if given is None:
        return None
    if not isinstance(given, (bool, int, float)) or given < 0:
        raise BadRow(f"a turn's weight is no number of 0 or more: {given!r}")
    return float(given)


def _first(turn: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((turn[key] for key in keys if turn.get(key) is not None), None)


def _optional(value: Any) -> str | None:
    return value if isinstance(value, str) else None
