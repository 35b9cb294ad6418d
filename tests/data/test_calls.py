import json

import pytest

from burnish.data.calls import call_of, calls_of, tools_of, written_calls
from burnish.data.cells import BadRow
from burnish.data.sample import ToolCall


def test_tools_of_every_shape() -> None:
    wanted = ({"type": "function", "function": {"name": "f", "parameters": {}}},)
    assert tools_of([{"name": "f", "parameters": {}}]) == wanted
    assert tools_of('[{"name": "f", "parameters": {}}]') == wanted
    assert tools_of(["{'name': 'f', 'parameters': {}}"]) == wanted
    assert tools_of(list(wanted)) == tools_of(wanted[0]) == wanted
    assert tools_of(None) == tools_of("") == tools_of("[]") == tools_of("  ") == ()
    for given in (False, 0):
        with pytest.raises(BadRow, match="not a list of functions"):
            tools_of(given)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "f", "arguments": {"x": 1}},
        {"name": "f", "arguments": '{"x": 1}'},
        {"name": "f", "parameters": {"x": 1}},
        {"type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}},
    ],
)
def test_calls_of_every_shape(given: dict[str, object]) -> None:
    assert call_of(given) == ToolCall("f", {"x": 1})


def test_several_calls_beside_text_keep_their_ids() -> None:
    calls = [{"id": "a", "function": {"name": "f"}}, {"id": "b", "function": {"name": "g"}}]
    assert calls_of({"tool_calls": calls}) == (ToolCall("f", {}, "a"), ToolCall("g", {}, "b"))
    assert calls_of({"function_call": {"name": "f", "arguments": ""}}) == (ToolCall("f", {}),)
    assert calls_of({"tool_calls": None}) == calls_of({"tool_calls": " "}) == ()
    assert calls_of({"function_call": None}) == calls_of({"function_call": "null"}) == ()


def test_the_older_call_may_be_written_as_text() -> None:
    text = '{"name": "add", "arguments": "{\\"x\\": 1}"}'
    assert calls_of({"function_call": text}) == (ToolCall("add", {"x": 1}),)


@pytest.mark.parametrize(
    ("turn", "wrong"),
    [
        ({"function_call": "f"}, "function_call is text that is neither JSON nor a Python literal"),
        ({"function_call": '"f"'}, "function_call is text, not an object with name and arguments"),
        ({"function_call": 5}, "function_call is a number, not an object"),
        ({"function_call": [{"name": "f"}]}, "function_call is a list, not an object"),
        ({"tool_calls": 0}, "tool_calls is a number, not a list"),
        ({"tool_calls": False}, "tool_calls is true or false, not a list"),
    ],
)
def test_what_is_no_call_is_never_swallowed(turn: dict[str, object], wrong: str) -> None:
    with pytest.raises(BadRow, match=wrong):
        calls_of(turn)


def test_calls_written_as_the_text_of_a_turn() -> None:
    one, two = '{"name": "f", "arguments": {}}', "{'name': 'g', 'arguments': {}}"
    assert written_calls(f"[{one}]") == written_calls(one) == (ToolCall("f", {}),)
    assert written_calls(two) == (ToolCall("g", {}),)


@pytest.mark.parametrize(
    ("text", "wrong"), [("not json", "no JSON: 'not json'"), ("[1]", "a list")]
)
def test_arguments_that_are_no_object_are_refused_in_every_shape(text: str, wrong: str) -> None:
    call = {"name": "f", "arguments": text}
    with pytest.raises(BadRow, match=wrong):
        calls_of({"tool_calls": [{"type": "function", "function": call}]})
    with pytest.raises(BadRow, match=wrong):
        calls_of({"function_call": call})
    with pytest.raises(BadRow, match=wrong):
        written_calls(json.dumps(call))
