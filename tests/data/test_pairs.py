# ruff: noqa: E501  (a case of a table stays on one line)
from pathlib import Path
from typing import Any

import pytest
from tests.data.rows import samples, turns

from burnish.data.sample import Message, Sample

QA = [("user", "Q"), ("assistant", "A")]
MORE = [("user", "P"), ("assistant", "B"), *QA]
U, A, W = (
    {"role": r, "content": c} for r, c in (("user", "Q"), ("assistant", "A"), ("assistant", "W"))
)

PAIRS: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "swift": ({"query": "Q", "response": "A", "rejected_response": "W", "history": [["P", "B"]]}, MORE),
    "a list of outputs": ({"instruction": "Q", "output": ["A", "W", "worst"]}, QA),
    "alpaca ranking": ({"instruction": "Q", "input": "", "chosen": "A", "rejected": "W"}, QA),
    "sharegpt ranking": ({"conversations": [{"from": "human", "value": "Q"}], "chosen": {"from": "gpt", "value": "A"}, "rejected": {"from": "gpt", "value": "W"}}, QA),
    "prompt and texts": ({"prompt": "Q", "chosen": "A", "rejected": "W"}, QA),
    "prompt and turns": ({"prompt": [U], "chosen": [A], "rejected": [W]}, QA),
    "whole conversations": ({"chosen": [U, A], "rejected": [U, W]}, QA),
    "prompt beside whole conversations": ({"prompt": "Q", "chosen": [U, A], "rejected": [U, W]}, QA),
    "transcripts": ({"chosen": "\n\nHuman: P\n\nAssistant: B\n\nHuman: Q\n\nAssistant: A", "rejected": "\n\nHuman: P\n\nAssistant: B\n\nHuman: Q\n\nAssistant: W"}, MORE),
    "transcript as prompt": ({"prompt": "\n\nHuman: P\n\nAssistant: B\n\nHuman: Q\n\nAssistant:", "chosen": "A", "rejected": "W"}, MORE),
    "chosen messages": ({"chosen_messages": [U, A], "rejected_messages": [U, W]}, QA),
    "openai": ({"input": {"messages": [U], "tools": [], "parallel_tool_calls": True}, "preferred_output": [A], "non_preferred_output": [W]}, QA),
    "rejected messages": ({"messages": [U, A], "rejected_messages": [U, W]}, QA),
    "messages and a text": ({"messages": [U, A], "rejected_response": "W"}, QA),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_every_kind_of_pair(name: str, tmp_path: Path) -> None:
    row, wanted = PAIRS[name]
    (sample,) = samples(tmp_path, row, purpose="pair")
    assert turns(sample) == wanted
    assert isinstance(sample, Sample) and sample.rejected == Message.of("assistant", "W")
    (trained,) = samples(tmp_path, row)
    assert turns(trained) == wanted


def test_a_transcript_keeps_what_looks_like_a_speaker_inside_a_line(tmp_path: Path) -> None:
    row = {"chosen": "\n\nHuman: Is it Human: or not?\n\nAssistant: A", "rejected": "x"}
    (sample,) = samples(tmp_path, row)
    assert turns(sample) == [("user", "Is it Human: or not?"), QA[1]]


def test_conversations_must_agree_up_to_the_last_answer(tmp_path: Path) -> None:
    row = {"chosen": [U, A, U, A], "rejected": [U, W, U, W]}
    (reason,) = samples(tmp_path, row, purpose="pair")
    assert reason == "the two conversations differ before their last answers: at turn 2 of 4 and 4"
