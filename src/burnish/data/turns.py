"""Messages as chat templates see them: dictionaries with a role, a content, and what else they
carry.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from burnish.catalog.templates.tools import describe_tools
from burnish.core.errors import TemplateError
from burnish.data.sample import Message, ToolCall

Turn = Message | Mapping[str, Any]
Turns = list[dict[str, Any]]
SHORT = 9
"""Characters of the id of a call, where a template counts them."""


def as_dict(message: Turn) -> dict[str, Any]:
    """A message as templates see it; the content is a list where it refers to media."""
    if not isinstance(message, Message):
        return dict(message)
    found: dict[str, Any] = {"role": message.role, "content": _content(message)}
    if message.reasoning is not None:
        found["reasoning_content"] = message.reasoning
    if message.tool_calls:
        found["tool_calls"] = [_call(call) for call in message.tool_calls]
    if message.tool_call_id is not None:
        found["tool_call_id"] = message.tool_call_id
    if message.name is not None:
        found["name"] = message.name
    return found


def has_lists(turns: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a content is a list of parts."""
    return any(isinstance(one.get("content"), list) for one in turns)


def media_kinds(turns: Sequence[Mapping[str, Any]]) -> set[str]:
    """What the contents refer to: image, video, audio."""
    lists = [one["content"] for one in turns if isinstance(one.get("content"), list)]
    return {str(part.get("type")) for parts in lists for part in parts} - {"text"}


def joined(turns: Turns, tags: bool = False) -> Turns:
    """Content lists as plain text; `tags` writes <image>, <video>, <audio> where media stand."""
    return [{**one, "content": _text(one["content"], tags)} for one in turns]


def tools_as_text(
    turns: Turns, tools: Sequence[Mapping[str, Any]], style: str, default_system: str, role: str
) -> Turns:
    """The same conversation for a template without a place for tools.

    The tools are appended to the system prompt, calls are written as Action and Action Input,
    results that follow one another become one turn of `role`. Raises TemplateError for a tool
    without a name.
    """
    try:
        text = describe_tools(style, tools)
    except ValueError as error:
        raise TemplateError(str(error)) from error
    told = bool(turns) and turns[0]["role"] == "system"
    system = _text(turns[0]["content"], False) if told else default_system
    found: Turns = [{"role": "system", "content": system + text}]
    before = None
    for one in turns[told:]:
        now = one["role"]
        if now == "tool" and before == "tool":
            found[-1]["content"] += "\n" + _text(one["content"], False)
        elif now == "tool":
            found.append({"role": role, "content": _text(one["content"], False)})
        else:
            found.append(_spoken(one))
        before = now
    return found


def tools_in_system_turn(turns: Turns, tools: Sequence[Mapping[str, Any]]) -> Turns:
    """The same conversation with the tools as a key of its system turn."""
    told = bool(turns) and turns[0]["role"] == "system"
    first = turns[0] if told else {"role": "system", "content": ""}
    return [{**first, "tools": list(tools)}, *turns[told:]]


def with_short_ids(turns: Turns) -> Turns:
    """The same conversation with ids of nine letters and digits (Mistral takes no others): a call
    with another id, or none, gets one made of what it calls; results follow their calls.
    """
    found: Turns = []
    renamed: dict[str, str] = {}
    open_calls: list[str] = []
    for one in turns:
        if one.get("tool_calls"):
            calls = [
                {**call, "id": _short_id(call, f"{len(found)}.{k}")}
                for k, call in enumerate(one["tool_calls"])
            ]
            pairs = zip(one["tool_calls"], calls, strict=True)
            renamed.update({old["id"]: new["id"] for old, new in pairs if old.get("id")})
            open_calls = [call["id"] for call in calls]
            one = {**one, "tool_calls": calls}
        elif one["role"] == "tool":
            given = renamed.get(one.get("tool_call_id") or "")
            following = open_calls[0] if open_calls else _short_id(one, str(len(found)))
            answered = given or following
            open_calls = [each for each in open_calls if each != answered]
            one = {**one, "tool_call_id": answered}
        found.append(one)
    return found


def _short_id(call: Mapping[str, Any], place: str) -> str:
    given = call.get("id") or call.get("tool_call_id") or ""
    if len(given) == SHORT and given.isalnum():
        return str(given)
    text = json.dumps([place, call], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:SHORT]


def calls_as_metadata(turns: Turns) -> Turns:
    """The same conversation as GLM-4 has it: each call a turn of its own with the function's name
    as `metadata`, and a tool's result an observation.
    """
    found: Turns = []
    for one in turns:
        calls = [call.get("function", call) for call in one.get("tool_calls") or ()]
        if one["role"] == "tool":
            found.append({**one, "role": "observation"})
        elif not calls or one.get("content"):
            found.append({key: value for key, value in one.items() if key != "tool_calls"})
        found += [
            {
                "role": "assistant",
                "metadata": call["name"],
                "content": _written(call["arguments"]),
            }
            for call in calls
        ]
    return found


def with_calls(one: dict[str, Any], blank: str | None, as_text: bool) -> dict[str, Any]:
    """A turn with calls in the form that a template reads."""
    if not one.get("tool_calls"):
        return one
    calls = [dict(call) for call in one["tool_calls"]]
    for call in calls:
        inner = dict(call.get("function", call))
        if as_text and not isinstance(inner.get("arguments"), str):
            inner["arguments"] = json.dumps(inner.get("arguments"), ensure_ascii=False)
        call.update({"function": inner} if "function" in call else inner)
    return {**one, "content": one.get("content") or blank, "tool_calls": calls}


def _spoken(one: dict[str, Any]) -> dict[str, Any]:
    """A turn whose calls stand in its text."""
    if not one.get("tool_calls"):
        return one
    calls = [call.get("function", call) for call in one["tool_calls"]]
    actions = [
        f"Action: {call['name']}\nAction Input: {_written(call['arguments'])}" for call in calls
    ]
    said = _text(one.get("content"), False)
    rest = {key: value for key, value in one.items() if key != "tool_calls"}
    return {**rest, "content": "\n".join([*([said] if said else []), *actions])}


def _written(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)


def _content(message: Message) -> Any:
    kinds = [part.media.kind for part in message.parts if part.media]
    if not kinds:
        return message.text
    if message.role == "assistant":
        raise TemplateError(f"an answer holds an {kinds[0]}, which no model here can be taught")
    parts = (part for part in message.parts if part.media or part.text)
    return [
        {"type": part.media.kind} if part.media else {"type": "text", "text": part.text}
        for part in parts
    ]


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"type": "function", "function": function, **({"id": call.id} if call.id else {})}


def _text(content: Any, tags: bool) -> str:
    if not isinstance(content, list):
        return content or ""
    return "".join(
        part.get("text") or (f"<{part.get('type')}>" if tags else "") for part in content
    )
