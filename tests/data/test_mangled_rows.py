"""Rows mangled at random are refused with a reason or read; nothing else is raised."""

# ruff: noqa: E501  (a row of the table stays on one line)
import copy
import dataclasses
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.data.rows import table

from burnish.data.cells import BadRow
from burnish.data.change import Change
from burnish.data.codes import CODES
from burnish.data.convert import Reading, survey
from burnish.data.draft import Purpose
from burnish.data.names import Names
from burnish.data.recipes import RECIPES

U, A = {"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}
CALL = {"function": {"name": "f", "arguments": "{}"}}
SOUND: list[dict[str, Any]] = [
    {"query": "Q", "response": "A", "history": [["P", "B"]], "tools": [{"name": "f"}]},
    {"query": "Q", "response": "A", "rejected_response": "W", "label": True, "system": "S"},
    {"instruction": "I", "input": "x", "output": ["A", "W"]},
    {"messages": [U, {**A, "tool_calls": [CALL], "weight": 1}, {"role": "tool", "content": "3"}, A]},
    {"conversations": [{"from": "human", "value": "<image>Q"}], "images": ["a"], "chosen": A, "rejected": A},
    {"conversation": [{"human": "Q", "assistant": "A"}], "image": "a"},
    {"prompt": [U], "completion": [A], "chosen": [A], "rejected": [A]},
    {"chosen": "\n\nHuman: Q\n\nAssistant: A", "rejected": "\n\nHuman: Q\n\nAssistant: B"},
    {"chosen_messages": [U, A], "rejected_messages": [U, A], "text": "T"},
    {"query": "<ref-object>", "response": "<bbox>", "images": ["a"], "objects": [{"caption": "c", "bbox": [1, 2, 3, 4], "bbox_type": "norm_1"}]},
    {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": "Q"}]}, A]},
    {"instances": [{"input": "a", "output": "b"}], "instruction": "User: P\nAssistant: B", "input": "", "output": "A"},
    {"sentence1": "a", "sentence2": "b", "label": 1, "sentence": "s", "premise": "p", "hypothesis": "h"},
    {"question": "Q", "A": "x", "B": "y", "answer": "A", "context": "c", "turns": ["a", "b"], "reference": ["x", "y"]},
    {"Instructions": ["Q"], "Golden_Answers": [[{"Action": "f", "Action_Input": "{}"}]], "Function_Description": {"f": "d"}},
    {"context": [{"role": "human", "text": "Q"}], "chosen": {"text": "A"}, "rejected": {"text": "W"}},
    {"question": "Q", "human_answers": ["a"], "chatgpt_answers": ["b"], "text1": "a[SEP]b", "text2": "c"},
    {"title": "T", "abs": "x", "content": "C", "url": "u", "cap": "{'global_caption': 'x'}", "vlm_caption": "v"},
    {"premise": {"en": "P"}, "hypothesis": {"language": ["en"], "translation": ["H"]}, "label": 0, "translation": {"en": "a", "de": "b"}},
]  # fmt: skip
VALUES = [
    None, "", 0, 1.5, True, [], {}, [None], "x", [["a"]], {"a": 1}, "[1", "{'a': None}", [{}],
    float("nan"), "<image>", "</img><img>x</img>", -1, "[[1, 2]]", [1, 2], "Human: ", 10**30,
]  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    if isinstance(value, (dict, list)):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*at, key))


def mangled(chance: random.Random) -> bytes:
    """A sound row with up to three values replaced or taken out."""
    row = copy.deepcopy(chance.choice(SOUND))
    for _ in range(chance.randint(0, 3)):
        *way, last = chance.choice([*places(row)] or [("query",)])
        inner: Any = row
        for key in way:
            inner = inner[key]
        if chance.random() < 0.2 and (isinstance(inner, list) or last in inner):
            del inner[last]
        else:
            inner[last] = copy.deepcopy(chance.choice(VALUES))
    return json.dumps(row).encode()


@pytest.mark.parametrize("purpose", ["train", "prompt", "pair", "label"])
def test_only_bad_rows_are_raised(purpose: Purpose, tmp_path: Path) -> None:
    chance = random.Random(purpose)
    sound = {"query": "Q", "response": "A", "rejected_response": "B", "label": True}
    reading = survey(table(tmp_path, sound), purpose)
    codes = [None, *CODES, *RECIPES, "super_glue:wsc", "super_glue:record", "xnli:en"]
    kept = 0
    for _ in range(1500):
        kept += _reads(reading, chance, chance.choice(codes if chance.random() < 0.6 else [None]))
    assert kept > 5


def _reads(reading: Reading, chance: random.Random, code: str | None) -> bool:
    names = chance.choice([None, Names(("a",), ("b",))])
    one = dataclasses.replace(reading, change=Change(code=code, names=names), shows_media=True)
    raw = mangled(chance)
    try:
        sample = one.sample(1, raw)
    except BadRow as error:
        assert str(error)
        return False
    assert sample.text is not None or sample.messages, raw
    for text in (sample.text, sample.prefix, sample.system):
        assert text is None or isinstance(text, str), raw
    assert all(isinstance(part.text, str) for m in sample.messages for part in m.parts), raw
    return True
