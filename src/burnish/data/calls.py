"""Functions that a row offers, and calls of them, under the shapes that different tools write."""

from collections.abc import Mapping, Sequence
from typing import Any

from burnish.data.cells import BadRow, kind_of, literal
from burnish.data.sample import ToolCall

ARGUMENTS = ("arguments", "parameters", "args")
SHOWN = 60
"""Characters of a faulty text that a message shows."""


def tools_of(given: Any) -> tuple[Mapping[str, Any], ...]:
    """The functions of a row as {"type": "function", "function": {...}}. Raises BadRow."""
    if isinstance(given, str):
        given = literal(given.strip(), "tools")
    if is_nothing(given):
        return ()
    if isinstance(given, dict):
        given = [given]
    if not isinstance(given, (list, tuple)):
        raise BadRow(f"tools is {kind_of(given)}, not a list of functions")
    return tuple(map(_tool, given))


def is_nothing(given: Any) -> bool:
    """Whether a cell names no function: null, or an empty text, list or object; false and 0 are
    mistakes.
    """
    return given is None or (isinstance(given, (str, list, tuple, dict)) and not given)


def _tool(given: Any) -> Mapping[str, Any]:
    tool = literal(given, "a function in tools") if isinstance(given, str) else given
    if not isinstance(tool, Mapping):
        raise BadRow(f"tools holds {kind_of(tool)} in place of a function")
    inner = tool.get("function")
    function = inner if isinstance(inner, Mapping) else tool
    if not isinstance(function.get("name"), str) or not function["name"].strip():
        raise BadRow("a function in tools has no name")
    return tool if inner is function else {"type": "function", "function": tool}


def calls_of(turn: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    """The calls that stand beside a turn's text: `tool_calls`, and the older `function_call`.

    Raises BadRow.
    """
    given = _unwritten(turn.get("tool_calls"), "tool_calls")
    if isinstance(given, Mapping):
        given = (given,)
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise BadRow(f"tool_calls is {kind_of(given)}, not a list")
    calls = tuple(map(call_of, given))
    older = _unwritten(turn.get("function_call"), "function_call")
    if not is_nothing(older) and not isinstance(older, Mapping):
        raise BadRow(f"function_call is {kind_of(older)}, not an object with name and arguments")
    return (*calls, call_of(older)) if older else calls


def _unwritten(given: Any, column: str) -> Any:
    """A value that may be written as text; () where there is none. Raises BadRow."""
    read = literal(given.strip(), column) if isinstance(given, str) else given
    return () if is_nothing(read) else read


def call_of(given: Any) -> ToolCall:
    """One call. Raises BadRow when it has no name, or arguments that are no object."""
    if not isinstance(given, Mapping):
        raise BadRow(f"a tool call is {kind_of(given)}, not an object")
    inner = given.get("function")
    function: Mapping[str, Any] = inner if isinstance(inner, Mapping) else given
    name = function.get("name")
    if not isinstance(name, str) or not name.strip():
        raise BadRow("a tool call has no name")
    arguments: Any = next((function[key] for key in ARGUMENTS if function.get(key) is not None), {})
    if isinstance(arguments, str):
        arguments = _read(arguments, name)
    if not isinstance(arguments, Mapping):
        raise BadRow(f"the arguments of the call {name} are {kind_of(arguments)}, not an object")
    number = given.get("id")
    return ToolCall(name, arguments, number if isinstance(number, str) else None)


def _read(text: str, name: str) -> Any:
    """Arguments written as text; none where it is blank. Raises BadRow for what is no JSON."""
    try:
        return {} if text.strip() in ("", "null") else literal(text, "arguments")
    except BadRow:
        begins = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
        raise BadRow(f"the arguments of the call {name} are no JSON: {begins!r}") from None


def written_calls(content: Any) -> tuple[ToolCall, ...]:
    """Calls written as the text of a turn: one object or a list of them. Raises BadRow."""
    read = literal(content, "the call") if isinstance(content, str) else content
    calls = list(read) if isinstance(read, (list, tuple)) else [read]
    if not calls or not all(isinstance(call, Mapping) for call in calls):
        raise BadRow("a call is not written as an object with name and arguments")
    return tuple(map(call_of, calls))
