# ruff: noqa: E501  (a case of a table stays on one line)
from typing import Any

import pytest

from burnish.data.roles import BadRow, conversation, speakers_of
from burnish.data.sample import ToolCall

USER = {"role": "user", "content": "q"}
ANSWER = {"role": "assistant", "content": "a"}


@pytest.mark.parametrize("content", [None, []])
def test_a_system_turn_of_null_is_none(content: Any) -> None:
    turns = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
    system, messages = conversation([{"role": "system", "content": content}, *turns])
    assert system is None and len(messages) == 2
    assert conversation([{"role": "system", "content": ""}, *turns])[0] == ""


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
    "empty": ([], "no turn in it"),
    "only a question": ([USER], "no answer in it"),
    "ends with a question": ([USER, ANSWER, USER], "ends with a turn of role user"),
    "starts with an answer": ([ANSWER, USER, ANSWER], "begins with an answer"),
    "two questions": ([USER, USER, ANSWER], "two questions without an answer between, at turn 2"),
    "late system": ([USER, {"role": "system", "content": "s"}, ANSWER], "not first"),
    "empty answer": ([USER, {"role": "assistant", "content": " "}], "an answer is empty"),
    "null": (
        [USER, {"role": "assistant", "content": None}],
        "content is null, not text: assistant",
    ),
    "number": ([USER, {"role": "assistant", "content": 4}], "content is a number, not text"),
    "unknown role": ([USER, {"role": "narrator", "content": "x"}], "unknown role: 'narrator'"),
    "no object": ([USER, "a"], "not an object with role and content"),
    "nothing shown": (
        [{"role": "user", "content": [{"type": "image_url", "image_url": 3}]}, ANSWER],
        "a number in place of a path",
    ),
    "result first": (
        [{"role": "tool", "content": "3"}, ANSWER],
        "begins with the result of a tool",
    ),
    "endless weight": ([USER, {**ANSWER, "weight": float("nan")}], "weight is no number"),
    "call": ([USER, {"from": "function_call", "value": "f(x)"}], "neither JSON nor"),
    "strange part": ([{"role": "user", "content": [{"type": "x"}]}, ANSWER], "not text: x"),
    "weight": ([USER, {**ANSWER, "weight": "much"}], "weight is no number"),
}


@pytest.mark.parametrize("case", BAD)
def test_rows_that_cannot_be_used_say_why(case: str) -> None:
    given, says = BAD[case]
    with pytest.raises(BadRow, match=says):
        conversation(given)  # type: ignore[arg-type]


def test_a_call_that_fills_a_turn_joins_the_words_before_it() -> None:
    call = {"from": "function_call", "value": '{"name": "f", "arguments": {}}'}
    _, (_, asking, _, _) = conversation(
        [
            USER,
            {"role": "assistant", "content": "I ask."},
            call,
            {"from": "observation", "value": "3"},
            ANSWER,
        ]
    )
    assert asking.text == "I ask." and asking.tool_calls == (ToolCall("f", {}),)


def test_questions_without_an_answer_are_read_where_they_are_wanted() -> None:
    assert conversation([USER], answered=None)[1][0].text == "q"
    assert len(conversation([USER, ANSWER, USER], answered=False)[1]) == 3
    with pytest.raises(BadRow, match="ends with an answer"):
        conversation([USER, ANSWER], answered=False)


def test_a_registry_entry_may_name_the_roles() -> None:
    speakers = speakers_of(
        {"user_role": "asker", "assistant_role": "oracle", "from_key": "who", "value_key": "says"}
    )
    _, messages = conversation(
        [{"who": "asker", "says": "q"}, {"who": "Oracle", "says": "a"}], speakers
    )
    assert [m.role for m in messages] == ["user", "assistant"]


@pytest.mark.parametrize(
    ("said", "weight"),
    [
        ({"loss": False}, 0.0),
        ({"loss": True}, 1.0),
        ({"loss": True, "weight": 0.5}, 0.5),
        ({"train": False, "loss_weight": 0}, 0.0),
        ({"loss": None, "weight": 2}, 2.0),
        ({"loss": False, "weight": 1}, "contradicts itself"),
        ({"loss": True, "weight": 0}, "contradicts itself"),
        ({"weight": 1, "loss_weight": 2}, "contradicts itself"),
    ],
)
def test_what_several_keys_say_of_a_turns_weight(said: dict[str, Any], weight: Any) -> None:
    turns = [USER, {**ANSWER, **said}]
    if isinstance(weight, str):
        with pytest.raises(BadRow, match=weight):
            conversation(turns)
    else:
        assert conversation(turns)[1][1].weight == weight


def test_turns_are_counted_with_the_system_turn() -> None:
    system = {"role": "system", "content": "s"}
    with pytest.raises(BadRow, match="two system turns stand at its beginning"):
        conversation([system, system, USER, ANSWER])
    with pytest.raises(BadRow, match="a system turn stands at place 3 and not first"):
        conversation([system, USER, system, ANSWER])
    with pytest.raises(BadRow, match="without an answer between, at turn 3"):
        conversation([system, USER, USER, ANSWER])
