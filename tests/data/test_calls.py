import pytest

from burnish.data.calls import call_of, calls_of, tools_of, written_calls
from burnish.data.sample import ToolCall


def test_tools_of_every_shape() -> None:
    wanted = ({"type": "function", "function": {"name": "f", "parameters": {}}},)
    assert tools_of([{"name": "f", "parameters": {}}]) == wanted
    assert tools_of('[{"name": "f", "parameters": {}}]') == wanted
    assert tools_of(["{'name': 'f', 'parameters': {}}"]) == wanted
    assert tools_of(list(wanted)) == tools_of(wanted[0]) == wanted
    assert tools_of(None) == tools_of("") == tools_of("[]") == ()


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
    assert calls_of({"function_call": {"name": "f", "arguments": "x"}}) == (ToolCall("f", "x"),)
    assert calls_of({"tool_calls": None}) == ()


def test_calls_written_as_the_text_of_a_turn() -> None:
    one, two = '{"name": "f", "arguments": {}}', "{'name': 'g', 'arguments': {}}"
    assert written_calls(f"[{one}]") == written_calls(one) == (ToolCall("f", {}),)
    assert written_calls(two) == (ToolCall("g", {}),)
