"""One row for each way in which a row can be wrong: each is refused with a reason of its own, in the
ledger with its file and number, and the rows around it are kept.
"""

# ruff: noqa: E501  (a case of the table stays on one line)
import json
from pathlib import Path
from typing import Any

import pytest
from tests.data.rows import table

from burnish.data.convert import BadRow, convert, survey
from burnish.data.draft import Purpose
from burnish.data.mapping import Mapping
from burnish.data.rejects import Rejects

GOOD: dict[str, Any] = {"query": "Q", "response": "A", "rejected_response": "B", "label": True}
U, A = {"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}
PAIR = {"query": "Q", "response": "A"}


def turns(*given: Any) -> dict[str, Any]:
    return {"messages": list(given)}


TRAIN: dict[str, tuple[Any, str]] = {
    "a list": (["Q", "A"], "it is no object with columns, but a list"),
    "a text": ('"only text"', "it is no object with columns, but text"),
    "a number": ("7", "it is no object with columns, but a number"),
    "null": ("null", "it is no object with columns, but null"),
    "no column": ({}, "its columns fit no format: it has none"),
    "other columns": ({"title": "T", "body": "B"}, "its columns fit no format: title, body"),
    "broken json": ('{"query": "Q", ', "broken JSON"),
    "a key twice": (
        '{"query": "Q", "query": "R", "response": "A"}',
        "the key 'query' stands twice",
    ),
    "half a character": ('{"query": "\\ud83d", "response": "A"}', "half of a character"),
    "no answer": ({"query": "Q", "response": None}, "response is null, not text"),
    "an empty answer": ({"query": "Q", "response": " \n"}, "response is empty"),
    "an answer that is a number": ({"query": "Q", "response": 4}, "response is a number, not text"),
    "a question that is a list": ({"query": ["Q"], "response": "A"}, "query is a list, not text"),
    "an empty question": ({"query": " ", "response": "A"}, "a question is empty: turn 1"),
    "no question but a system prompt": (
        {"query": None, "response": "A", "system": "S"},
        "query is null or empty: there is no question in it",
    ),
    "a question under another name": (
        {"prompt": "Q", "response": "A"},
        "none called query; prompt looks like the question",
    ),
    "a system prompt that is a number": ({**PAIR, "system": 3}, "system is a number, not text"),
    "two system prompts": (
        {**turns({"role": "system", "content": "S"}, U, A), "system": "T"},
        "the column system says something else than the system turn",
    ),
    "history of one": (
        {**PAIR, "history": [["P"]]},
        "history holds something else than [question, answer]",
    ),
    "history of numbers": (
        {**PAIR, "history": [["P", 1]]},
        "history holds something else than text in round 1",
    ),
    "history that is a number": (
        {**PAIR, "history": 3},
        "history is a number, not a list of [question, answer]",
    ),
    "history that is prose": (
        {**PAIR, "history": "P then B"},
        "history is text that is neither JSON nor a Python literal",
    ),
    "history with an empty answer": (
        {**PAIR, "history": [["P", ""]]},
        "an answer is empty: turn 2",
    ),
    "roles of the history": (
        {**PAIR, "history": [["P", "B"]], "history_roles": ["tool"]},
        "history_roles holds something else than [role, role]",
    ),
    "fewer roles than rounds": (
        {**PAIR, "history": [["P", "B"]], "history_roles": []},
        "history_roles names 0 rounds, and history has 1",
    ),
    "more roles than rounds": (
        {**PAIR, "history": [], "history_roles": [["user", "assistant"]]},
        "history_roles names 1 rounds, and history has 0",
    ),
    "roles that are an object": (
        {**PAIR, "history": [["P", "B"]], "history_roles": {"user": "assistant"}},
        "history_roles is an object, not a list of [role, role]",
    ),
    "roles beside turns": (
        {**PAIR, "history": [U, A], "history_roles": [["user", "assistant"]]},
        "history_roles stands beside a history whose turns name their roles",
    ),
    "reasoning that is a number": (
        turns(U, {**A, "reasoning_content": 5}),
        "a turn's reasoning_content is a number, not text",
    ),
    "calls in a question": (
        turns({**U, "tool_calls": [{"function": {"name": "f"}}]}, A),
        "a turn of role user holds calls; only an answer may",
    ),
    "tools that are false": (
        {**PAIR, "tools": False},
        "tools is true or false, not a list of functions",
    ),
    "tools that are prose": (
        {**PAIR, "tools": "a hammer"},
        "tools is text that is neither JSON nor a Python literal",
    ),
    "tools that are a number": ({**PAIR, "tools": 3}, "tools is a number, not a list of functions"),
    "a function without a name": (
        {**PAIR, "tools": [{"description": "adds"}]},
        "a function in tools has no name",
    ),
    "a function that is a number": (
        {**PAIR, "tools": [3]},
        "tools holds a number in place of a function",
    ),
    "an instruction that is null": ({"instruction": None, "output": "A"}, "instruction is null"),
    "no output": ({"instruction": "Q", "output": []}, "output is an empty list"),
    "an output that is null in a list": (
        {"instruction": "Q", "output": [None]},
        "answer 1 in output is null, not text",
    ),
    "no turns": (turns(), "there is no turn in it besides the system prompt"),
    "turns that are a number": ({"messages": 3}, "messages is a number, not a list"),
    "a turn that is text": (turns(U, "A"), "a turn is text, not an object with role and content"),
    "a turn without a role": (turns(U, {"content": "A"}), "a turn has no role; it has content"),
    "an unknown role": (
        turns(U, {"role": "narrator", "content": "A"}),
        "a turn has an unknown role: 'narrator'",
    ),
    "content that is null": (
        turns(U, {"role": "assistant", "content": None}),
        "a turn's content is null, not text: assistant",
    ),
    "only a question": (turns(U), "there is no answer in it: its only turn is of role user"),
    "a question at the end": (
        turns(U, A, U),
        "it ends with a turn of role user, not with an answer",
    ),
    "an answer at the start": (turns(A, U, A), "it begins with an answer and not with a question"),
    "two questions": (turns(U, U, A), "two questions without an answer between, at turn 2"),
    "two answers": (turns(U, A, A), "two answers without a question between, at turn 3"),
    "a result first": (
        turns({"role": "tool", "content": "3"}, A),
        "it begins with the result of a tool",
    ),
    "a result after a question": (
        turns(U, {"role": "tool", "content": "3"}, A),
        "tool follows user at turn 2",
    ),
    "a question after a result": (
        turns(U, A, {"role": "tool", "content": "3"}, U, A),
        "user follows tool at turn 4",
    ),
    "a late system turn": (
        turns(U, {"role": "system", "content": "S"}, A),
        "a system turn stands at place 2 and not first",
    ),
    "an answer of blanks": (
        turns(U, {"role": "assistant", "content": "  "}),
        "an answer is empty: turn 2",
    ),
    "a weight in words": (
        turns(U, {**A, "weight": "much"}),
        "a turn's weight is no number of 0 or more: 'much'",
    ),
    "a weight below 0": (
        turns(U, {**A, "loss": -1}),
        "a turn's weight is no number of 0 or more: -1",
    ),
    "a part of an unknown kind": (
        turns({"role": "user", "content": [{"type": "smell"}]}, A),
        "a part that is not text: smell",
    ),
    "a part that is a number": (
        turns({"role": "user", "content": [3]}, A),
        "a turn's content holds a number in place of a part",
    ),
    "a call without a name": (
        turns(U, {**A, "tool_calls": [{"function": {"arguments": {}}}]}),
        "a tool call has no name",
    ),
    "a call that is a number": (
        turns(U, {**A, "tool_calls": [3]}),
        "a tool call is a number, not an object",
    ),
    "calls that are a number": (
        turns(U, {**A, "tool_calls": 3}),
        "tool_calls is a number, not a list",
    ),
    "arguments that are a list": (
        turns(U, {**A, "tool_calls": [{"name": "f", "arguments": [1]}]}),
        "the arguments of the call f are a list, not an object",
    ),
    "a call in prose": (
        {
            "conversations": [
                {"from": "human", "value": "Q"},
                {"from": "function_call", "value": "add(1, 2)"},
            ]
        },
        "the call is text that is neither JSON nor a Python literal",
    ),
    "a round that is text": (
        {"conversation": ["Q"]},
        "conversation holds text in place of human and assistant",
    ),
    "a round without an answer": (
        {"conversation": [{"human": "Q"}]},
        "assistant of round 1 is null, not text",
    ),
    "a round without a question": (
        {"conversation": [{"assistant": "A"}]},
        "human of round 1 is null, not text",
    ),
    "an image for a text model": (
        {**PAIR, "images": ["cup.png"]},
        "it shows an image, and the model reads text alone",
    ),
    "a file in the system turn": (
        turns({"role": "system", "content": "<img>a.png</img>"}, U, A),
        "the system turn shows a file",
    ),
    "a response beside turns": (
        {**turns(U, A), "response": "A"},
        "none called query; messages looks like the question",
    ),
    "empty text": ({"text": " "}, "text is empty"),
    "an empty prompt": ({"prompt": "", "completion": "A"}, "prompt is empty"),
    "completion that is a number": (
        {"prompt": "Q", "completion": 3},
        "completion is a number, not text",
    ),
    "chosen without a question": (
        {"chosen": "A", "rejected": "B"},
        "chosen has no question before it",
    ),
}
PAIRS: dict[str, tuple[Any, str]] = {
    "no worse answer": (PAIR, "it has no worse answer"),
    "an empty worse answer": ({**PAIR, "rejected_response": " "}, "rejected_response is empty"),
    "the same answer twice": (
        {**PAIR, "rejected_response": "A"},
        "the better and the worse answer are the same",
    ),
    "one output": ({"instruction": "Q", "output": ["A"]}, "output holds one answer"),
    "different questions": (
        {"chosen_messages": [U, A], "rejected_messages": [{**U, "content": "R"}, A]},
        "the two conversations differ before their last answers: at turn 1 of 2 and 2",
    ),
    "plain text": ({"response": "A"}, "it is plain text: there is no question in it"),
}
LABELS: dict[str, tuple[Any, str]] = {
    "no label": (PAIR, "it has no column label"),
    "a label in words": ({**PAIR, "label": "true"}, "label is text, not true or false"),
    "a label of 1": ({**PAIR, "label": 1}, "label is a number, not true or false"),
}
PROMPTS: dict[str, tuple[Any, str]] = {
    "an answer without a question": (
        {"query": None, "response": "A"},
        "query is null or empty: there is no question in it",
    ),
}
CASES: list[tuple[Purpose, str, Any, str]] = [
    *(("train", name, *case) for name, case in TRAIN.items()),
    *(("pair", name, *case) for name, case in PAIRS.items()),
    *(("label", name, *case) for name, case in LABELS.items()),
    *(("prompt", name, *case) for name, case in PROMPTS.items()),
]


@pytest.mark.parametrize(("purpose", "name", "row", "says"), CASES, ids=[case[1] for case in CASES])
def test_a_bad_row_is_refused_with_its_reason(
    purpose: Purpose, name: str, row: Any, says: str, tmp_path: Path
) -> None:
    rejects = Rejects()
    kept = convert(table(tmp_path, GOOD, row, GOOD), rejects, purpose=purpose)
    assert [sample.id.row for sample in kept] == [1, 3]
    (entry,) = rejects.rows
    assert (entry.file, entry.row, entry.kind) == ("t.jsonl", 2, "rejected")
    assert says in entry.reason


def test_reasons_are_distinct(tmp_path: Path) -> None:
    found: dict[str, str] = {}
    for purpose, name, row, _ in CASES[:-1]:
        rejects = Rejects()
        convert(table(tmp_path, GOOD, row, name=f"{len(found)}.jsonl"), rejects, purpose=purpose)
        reason = rejects.rows[0].reason
        if "an answer is empty" not in reason:  # at the turn where it is
            assert reason not in found, f"{name} and {found[reason]}: {reason}"
        found[reason] = name
    assert len(found) >= 60


MEDIA: dict[str, tuple[Any, str]] = {
    "more tags than images": ({"query": "<image><image>", "response": "A", "images": ["a.png"]}, "there are more <image> tags than images: 1 given"),
    "inline and listed": ({"query": "<img>a.png</img>", "response": "A", "images": ["a.png"]}, "images stand both in the text (<img>) and in a column"),
    "a path that is a number": ({**PAIR, "images": [3]}, "images holds a number in place of a path"),
    "no box": ({"query": "<bbox>", "response": "A", "images": ["a.png"], "objects": [{"caption": "c"}]}, "there are more <bbox> tags than boxes in objects"),
    "no caption": ({"query": "<ref-object>", "response": "A", "images": ["a.png"], "objects": [{"bbox": [1, 2, 3, 4]}]}, "there are more <ref-object> tags than captions in objects"),
    "a box of three": ({"query": "<bbox>", "response": "A", "images": ["a.png"], "objects": [{"bbox": [1, 2, 3]}]}, "a bbox is no [x1, y1, x2, y2]: [1, 2, 3]"),
    "an unknown kind of box": ({"query": "<bbox>", "response": "A", "images": ["a.png"], "objects": [{"bbox": [1, 2, 3, 4], "bbox_type": "miles"}]}, "bbox_type is 'miles'"),
    "a box without an image": ({"query": "<bbox>", "response": "A", "images": ["a.png"], "objects": [{"bbox": [1, 2, 3, 4], "image": 4}]}, "a box belongs to image 4; the row has 1"),
    "pixels of no file": ({"query": "<bbox>", "response": "A", "images": ["a.png"], "objects": [{"bbox": [1, 2, 3, 4]}]}, "a box counts pixels of a.png, whose size cannot be read"),
    "objects that are prose": ({"query": "<bbox>", "response": "A", "images": ["a.png"], "objects": "a cat"}, "objects is text that is neither"),
}  # fmt: skip


@pytest.mark.parametrize("name", MEDIA)
def test_media_that_do_not_fit(name: str, tmp_path: Path) -> None:
    row, says = MEDIA[name]
    reading = survey(table(tmp_path, GOOD, row), shows_media=True)
    with pytest.raises(BadRow) as caught:
        reading.sample(2, json.dumps(row).encode())
    assert says in str(caught.value)


CODES: dict[str, tuple[str, Any, str]] = {
    "seed": ("seed_tasks", {"instruction": "Q", "instances": []}, "instances holds 0 examples, not one"),
    "hidden label": ("sst_2", {"sentence": "S", "label": -1}, "label is -1: the answer of this row is hidden"),
    "label out of range": ("sst_2", {"sentence": "S", "label": 2}, "label is 2, not 0 to 1 (negative, positive)"),
    "strange label": ("xnli:en", {"premise": "P", "hypothesis": "H", "label": "perhaps"}, "label is 'perhaps', none of"),
    "undecided": ("nli", {"premise": "P", "hypothesis": "H", "label": "-"}, "the annotators did not agree"),
    "no choices": ("choices", {"question": "Q", "answer": "A"}, "there are no choices"),
    "a wrong letter": ("choices", {"question": "Q", "A": "x", "B": "y", "answer": "D"}, "answer is 'D', none of its choices A, B"),
    "a missing field": ("super_glue:rte", {"premise": "P", "label": 0}, "hypothesis is null, not text"),
    "a missing language": ("iwslt_14:en-de", {"translation": {"en": "a"}}, "de is null, not text"),
    "a missing column": ("_preprocess_firefly", {"input": "a"}, "the column target is missing or null"),
}  # fmt: skip
FITS = {
    "seed_tasks": {"instruction": "Q", "instances": [{"input": "", "output": "A"}]},
    "sst_2": {"sentence": "S", "label": 1},
    "xnli:en": {"premise": "P", "hypothesis": "H", "label": 1},
    "nli": {"premise": "P", "hypothesis": "H", "label": 1},
    "choices": {"question": "Q", "A": "x", "B": "y", "answer": "A"},
    "super_glue:rte": {"premise": "P", "hypothesis": "H", "label": 0},
    "iwslt_14:en-de": {"translation": {"en": "a", "de": "b"}},
    "_preprocess_firefly": {"input": "a", "target": "b"},
}


@pytest.mark.parametrize("name", CODES)
def test_rows_that_a_conversion_refuses(name: str, tmp_path: Path) -> None:
    code, row, says = CODES[name]
    rejects = Rejects()
    kept = convert(table(tmp_path, FITS[code], row, mapping=Mapping(code=code)), rejects)
    assert len(kept) == 1 and says in rejects.rows[0].reason
