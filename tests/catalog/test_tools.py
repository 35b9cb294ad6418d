import pytest

from burnish.catalog.templates.tools import describe_tools

ADD = {"name": "add", "description": "the sum", "parameters": {"type": "object"}}
SUB = {"type": "function", "function": {"name": "sub", "parameters": {}}}


@pytest.mark.parametrize(("style", "last"), [("react_en", "Begin!\n"), ("react_zh", "开始！\n")])
def test_react_has_its_markers_in_their_order(style: str, last: str) -> None:
    text = describe_tools(style, [ADD, SUB])
    lines = text.split("\n")
    markers = ["Thought:", "Action:", "Action Input:", "Observation:", "... (", "Final Answer:"]
    places = [next(k for k, one in enumerate(lines) if one.startswith(m)) for m in markers]
    assert places == sorted(places) and text.endswith(last)
    assert "[add,sub]" in lines[places[1]]
    assert f"{ADD}\n\n{SUB['function']}" in text, "as Python writes them, a blank line between"


def test_toolbench_ends_with_the_tools() -> None:
    text = describe_tools("toolbench", [ADD, SUB])
    assert text.endswith(f"{ADD}\n\n{SUB['function']}")
    for word in ("Finish", "Finish->give_up_and_restart", "Thought:", "Action:", "Action Input:"):
        assert word in text
    assert "add,sub" not in text


def test_braces_in_a_tool_stand_as_they_are() -> None:
    odd = {"name": "f", "description": "{names} {x}"}
    assert "{names} {x}" in describe_tools("react_en", [odd])


def test_a_tool_without_a_name() -> None:
    with pytest.raises(ValueError, match="no name"):
        describe_tools("react_en", [{"description": "x"}])
