# ruff: noqa: E501  (a case of a table stays on one line)
from pathlib import Path
from typing import Any

import pytest
from tests.data.rows import one, samples, turns

from burnish.data.mapping import Mapping
from burnish.data.sample import ToolCall

CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "seed_tasks": ({"instruction": "Q", "instances": [{"input": "x", "output": "A"}]}, "Q\nx", "A"),
    "nli": ({"sentence1": "P", "sentence2": "H", "label": "neutral"}, "premise: P\nhypothesis: H\nentailment, neutral or contradiction?", "neutral"),
    "choices": ({"question": "Q", "A": "x", "B": "y", "C": "", "answer": "B"}, "Q\nA. x\nB. y\nAnswer:", "B"),
    "TextGenerationPreprocessor": ({"content": "red shoe", "summary": "A"}, "Write an advertisement from these words.\nred shoe", "A"),
    "ClsPreprocessor": ({"sentence": "S", "label": 1}, "S\nWhich is it: negative, positive?", "positive"),
    "ComposePreprocessor": ({"question": "Q", "context": "T", "answer": "A"}, "T\nQ", "A"),
    "AlpacaPreprocessor": ({"instruction": "Q", "input": "", "output": "A"}, "Q", "A"),
    "_preprocess_blossom_math": ({"input": "Q", "output": "A", "answer": 3}, "Q", "A\n\nAnswer: 3"),
    "preprocess_dolly_15k": ({"instruction": "Q", "context": "C", "response": "A"}, "Q\nC", "A"),
    "_preprocess_dureader_robust": ({"text1": "A[SEP]C", "text2": "Q?"}, "Write the question.\nContext: C\nAnswer: A\nQuestion:", "Q?"),
    "_preprocess_firefly": ({"kind": "k", "input": "Q", "target": "A"}, "Q", "A"),
    "preprocess_guanaco": ({"instruction": "Q", "input": "", "output": "A"}, "Q", "A"),
    "_preprocess_leetcode_python": ({"code_with_problem": "# Q\n```python\npass\n```", "explanation_only": "E"}, "Q", "```python\npass\n```\n\nE"),
    "long_alpaca_preprocessor": ({"instruction": "Q", "output": "Answer: A"}, "Q", "A"),
    "synthetic_text_to_sql_preprocesser": ({"sql_context": "T", "sql_prompt": "Q", "sql": "S", "sql_explanation": "E"}, "Tables:\nT\nQ", "S\n\nE"),
    "process_zhihu_kol": ({"INSTRUCTION": "Q", "RESPONSE": "A"}, "Q", "A"),
}  # fmt: skip


@pytest.mark.parametrize("code", CASES)
def test_conversions_of_questions_and_answers(code: str, tmp_path: Path) -> None:
    row, question, answer = CASES[code]
    (sample,) = samples(tmp_path, row, mapping=Mapping(code=code))
    assert turns(sample) == [("user", question), ("assistant", answer)]


def test_conversions_of_pairs(tmp_path: Path) -> None:
    turn = {"role": "human", "text": "Q"}
    row = {"context": [turn], "chosen": {"text": "A"}, "rejected": {"text": "W"}}
    sample = one(tmp_path, "process_hh_rlhf_cn", row, "pair")
    assert turns(sample) == [("user", "Q"), ("assistant", "A")]
    assert sample.rejected and sample.rejected.text == "W"
    row = {"question": "Q", "answer_zh": "A", "answer_en": "W"}
    sample = one(tmp_path, "process_shareai_dpo", row, "pair")
    assert sample.rejected and sample.rejected.text == "W"


def test_conversions_of_several_rounds(tmp_path: Path) -> None:
    past = {"instruction": "User: P\nAssistant: B", "input": "User: Q", "output": "A"}
    found = turns(one(tmp_path, "preprocess_guanaco", past))
    assert [text for _, text in found] == ["P", "B", "Q", "A"]
    row = {"question": "Q", "human_answers": ["a"], "chatgpt_answers": ["b"]}
    found = turns(one(tmp_path, "_preprocess_hc3", row))
    assert [text for role, text in found if role == "assistant"] == ["Human", "ChatGPT"]
    row = {"turns": ["P", "Q"], "reference": ["B", "A"]}
    assert len(turns(one(tmp_path, "all_turns", row))) == 4
    assert turns(one(tmp_path, "first_turn", {"turns": ["P", "Q"]}, "prompt")) == [("user", "P")]


def test_plain_text_conversions(tmp_path: Path) -> None:
    law = {"title": "T", "chapter1": "C", "chapter2": None, "content": "X"}
    assert one(tmp_path, "_preprocess_tigerbot_law", law).text == "T\nC\nX"
    assert one(tmp_path, "_preprocess_ruozhiba", {"title": "1、T", "abs": "X"}).text == "T\nX"


def test_toolalpaca_asks_every_question_of_an_api(tmp_path: Path) -> None:
    row = {
        "Instructions": ["Q", "R"],
        "Golden_Answers": [
            [{"Action": "f", "Action_Input": '{"x": 1}'}],
            [{"Action": "f", "Action_Input": "{}"}, {"Action": "g", "Action_Input": "{}"}],
        ],
        "Function_Description": {"f": "does f", "g": "does g", "components": "{}"},
    }
    sample = one(tmp_path, "toolalpaca", row)
    assert [tool["function"]["name"] for tool in sample.tools] == ["f", "g"]
    assert sample.messages[1].tool_calls == (ToolCall("f", {"x": 1}),)
    assert len(sample.messages[3].tool_calls) == 2
