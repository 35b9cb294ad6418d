# ruff: noqa: E501  (a case of a table stays on one line)
from typing import Any

import pytest

from burnish.data.roles import BadRow, conversation
from burnish.data.sample import ToolCall

USER = {"role": "user", "content": "q"}
ANSWER = {"role": "assistant", "content": "a"}


def test_names_of_other_tools_are_understood() -> None:
    given = [
        {"from": "system", "value": "S"},
        {"from": "human", "value": "q"},
        {"from": "gpt", "value": "a"},
    ]
    system, messages = conversation(given)
    assert system == "S"
    assert [(m.role, m.text) for m in messages] == [("user", "q"), ("assistant", "a")]


def test_parts_reasoning_and_weight() -> None:
    answer = {
        "role": "assistant",
        "content": [{"type": "reasoning", "value": "hm"}, {"type": "text", "text": "a"}],
        "loss_weight": 0,
    }
    _, (_, message) = conversation([USER, answer])
    assert (message.text, message.reasoning, message.weight) == ("a", "hm", 0.0)


@pytest.mark.parametrize(
    "asking",
    [
        {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f", "arguments": '{"x": 1}'}}]},
        {"from": "function_call", "value": '{"name": "f", "arguments": {"x": 1}}'},
        {"role": "assistant", "content": [{"type": "tool_call", "value": '{"name": "f", "arguments": {"x": 1}}'}]},
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": {"x": 1}}},
    ],
)  # fmt: skip
def test_tool_calls_in_every_spelling(asking: dict[str, Any]) -> None:
    result = {"role": "tool", "content": "1", "tool_call_id": "c", "name": "f"}
    _, messages = conversation([USER, asking, result, result, ANSWER])
    assert messages[1].tool_calls == (ToolCall("f", {"x": 1}),)
    assert (messages[2].role, messages[2].tool_call_id) == ("tool", "c")


BAD = {
    "empty": ([], "fewer than two turns"),
    "only a question": ([USER], "fewer than two turns"),
    "ends with a question": ([USER, ANSWER, USER], "ends with a turn of role user"),
    "starts with an answer": ([ANSWER, USER, ANSWER], "the first is assistant and not user"),
    "two questions": ([USER, USER, ANSWER], "user follows user at turn 2"),
    "late system": ([USER, {"role": "system", "content": "s"}, ANSWER], "not first"),
    "empty answer": ([USER, {"role": "assistant", "content": " "}], "an answer is empty"),
    "null": ([USER, {"role": "assistant", "content": None}], "content is not text: assistant"),
    "number": ([USER, {"role": "assistant", "content": 4}], "content is not text"),
    "unknown role": ([USER, {"role": "narrator", "content": "x"}], "unknown role: 'narrator'"),
    "no object": ([USER, "a"], "no object with role and content"),
    "image": ([{"role": "user", "content": [{"type": "image", "image": "x"}]}, ANSWER], "images"),
    "image tag": ([{"role": "user", "content": "<img>x.png</img>?"}, ANSWER], "images"),
    "strange part": ([{"role": "user", "content": [{"type": "x"}]}, ANSWER], "not text: x"),
    "weight": ([USER, {**ANSWER, "weight": "much"}], "weight is no number"),
}


@pytest.mark.parametrize("case", BAD)
def test_rows_that_cannot_be_used_say_why(case: str) -> None:
    given, says = BAD[case]
    with pytest.raises(BadRow, match=says):
        conversation(given)  # type: ignore[arg-type]
