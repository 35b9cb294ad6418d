import pytest

from burnish.core.errors import TemplateError
from burnish.data.sample import Media, Message, Part
from burnish.data.turns import (
    as_dict,
    calls_as_metadata,
    joined,
    media_kinds,
    tools_as_text,
    tools_in_system_turn,
    with_calls,
    with_short_ids,
)

ADD = {"type": "function", "function": {"name": "add", "parameters": {}}}
CALL = {"type": "function", "function": {"name": "add", "arguments": {"a": 1}}}


def test_media_stand_in_their_places() -> None:
    parts = (Part("a"), Part(media=Media("image", "1.png")), Part("b"))
    turn = as_dict(Message("user", parts))
    assert turn["content"] == [
        {"type": "text", "text": "a"},
        {"type": "image"},
        {"type": "text", "text": "b"},
    ]
    assert media_kinds([turn]) == {"image"}
    assert joined([turn], tags=True) == [{"role": "user", "content": "a<image>b"}]


def test_media_in_an_answer_are_refused() -> None:
    with pytest.raises(TemplateError, match="an answer holds an image"):
        as_dict(Message("assistant", (Part(media=Media("image", "1.png")),)))


def test_the_system_prompt_of_the_row_comes_before_the_tools() -> None:
    told = [{"role": "system", "content": "S."}, {"role": "user", "content": "q"}]
    turns = tools_as_text(told, [ADD], "react_en", "default", "user")
    assert turns[0]["content"].startswith("S.You can call") and turns[1] == told[1]
    turns = tools_as_text(told[1:], [ADD], "react_en", "default", "user")
    assert turns[0]["content"].startswith("defaultYou can call")


def test_a_tool_without_a_name_is_refused() -> None:
    with pytest.raises(TemplateError, match="a tool has no name"):
        tools_as_text([], [{"parameters": {}}], "react_en", "", "user")


def test_reasoning_stays_beside_a_call_that_is_spoken() -> None:
    asks = {"role": "assistant", "content": "", "tool_calls": [CALL], "reasoning_content": "hm"}
    spoken = tools_as_text([asks], [ADD], "react_en", "", "user")[1]
    assert spoken == {
        "role": "assistant",
        "content": 'Action: add\nAction Input: {"a": 1}',
        "reasoning_content": "hm",
    }


def test_tools_as_a_key() -> None:
    assert tools_in_system_turn([], [ADD]) == [{"role": "system", "content": "", "tools": [ADD]}]


def test_arguments_as_text_leave_the_given_call_alone() -> None:
    asks = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    turn = with_calls(asks, None, True)
    assert turn["content"] is None
    assert turn["tool_calls"][0]["function"]["arguments"] == '{"a": 1}'
    assert CALL["function"]["arguments"] == {"a": 1}  # type: ignore[index]


def test_a_silent_call_makes_no_empty_turn() -> None:
    asks = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    assert calls_as_metadata([asks]) == [
        {"role": "assistant", "metadata": "add", "content": '{"a": 1}'}
    ]


def test_ids_of_nine_letters() -> None:
    """Kept where they have nine, else made the same for a call and its result."""
    first = {**CALL, "id": "call_abcdefgh"}
    turns = [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [first, CALL, {**CALL, "id": "abcdefghi"}],
        },
        {"role": "tool", "content": "1", "tool_call_id": "call_abcdefgh"},
        {"role": "tool", "content": "2"},
        {"role": "tool", "content": "3", "tool_call_id": "abcdefghi"},
    ]
    short = with_short_ids(turns)
    ids = [call["id"] for call in short[0]["tool_calls"]]
    assert [len(one) for one in ids] == [9, 9, 9] and len(set(ids)) == 3 and ids[2] == "abcdefghi"
    assert [one["tool_call_id"] for one in short[1:]] == ids
    assert with_short_ids(turns[:1]) == short[:1], "a prompt has the ids of the whole"
