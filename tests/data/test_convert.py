# ruff: noqa: E501  (a case of a table stays on one line)
import logging
from pathlib import Path

import pytest
from tests.data.rows import samples, table, turns

from burnish.core.errors import DataError
from burnish.data.convert import convert
from burnish.data.rejects import Rejects
from burnish.data.sample import Sample
from burnish.data.table import open_table

QA = [("user", "Q"), ("assistant", "A")]
MORE = [("user", "P"), ("assistant", "B"), *QA]

GOOD = {
    "swift": ({"query": "Q", "response": "A"}, QA),
    "swift history": ({"query": "Q", "response": "A", "history": [["P", "B"]]}, MORE),
    "history in a cell": ({"query": "Q", "response": "A", "history": "[('P', 'B')]"}, MORE),
    "alpaca": ({"instruction": "Q", "output": "A"}, QA),
    "alpaca input": ({"instruction": "Q", "input": "in", "output": "A"}, [("user", "Q\nin"), QA[1]]),
    "alpaca empty input": ({"instruction": "Q", "input": "", "output": "A"}, QA),
    "alpaca history": ({"instruction": "Q", "output": "A", "history": [["P", "B"]]}, MORE),
    "alpaca pair": ({"instruction": "Q", "output": ["A", "worse"]}, QA),
    "conversations": ({"conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]}, QA),
    "messages": ({"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]}, QA),
    "messages as text": ({"messages": "[{'role': 'user', 'content': 'Q'}, {'role': 'assistant', 'content': 'A'}]"}, QA),
    "conversation": ({"conversation": [{"human": "P", "assistant": "B"}, {"human": "Q", "assistant": "A"}]}, MORE),
    "completion": ({"prompt": "Q", "completion": "A"}, QA),
    "prompt and text": ({"prompt": "Q", "text": "A"}, QA),
    "tool turn": ({"query": "Q", "query_role": "tool", "response": "A", "history": [["P", "B"]]}, [*MORE[:2], ("tool", "Q"), QA[1]]),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_every_format(case: str, tmp_path: Path) -> None:
    row, wanted = GOOD[case]
    rejects = Rejects()
    (sample,) = convert(table(tmp_path, row), rejects)
    assert turns(sample) == wanted and not rejects.rows and str(sample.id) == "t.jsonl:1"


@pytest.mark.parametrize("row", [{"text": "T"}, {"response": "T"}])
def test_plain_text(row: dict[str, str], tmp_path: Path) -> None:
    (sample,) = convert(table(tmp_path, row), Rejects())
    assert sample.text == "T" and not sample.messages


def test_system_label_and_tools_are_carried(tmp_path: Path) -> None:
    row = {"query": "Q", "response": "A", "system": "", "label": True, "tools": '[{"name": "f"}]'}
    (sample,) = convert(table(tmp_path, row), Rejects())
    assert (sample.system, sample.label) == ("", True)
    assert sample.tools == ({"type": "function", "function": {"name": "f"}},)


def test_a_system_turn_of_null_leaves_the_column(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
    row = {"messages": [{"role": "system", "content": None}, *turns]}
    first, second = samples(tmp_path, row, {**row, "system": "S"})
    assert isinstance(first, Sample) and isinstance(second, Sample)
    assert (first.system, second.system) == (None, "S")


def test_an_empty_system_column_of_a_csv_means_the_default(tmp_path: Path) -> None:
    head, row = "query,response,system", "Q,A,"
    (sample,) = convert(table(tmp_path, head, row, name="t.csv"), Rejects())
    assert sample.system is None
    first, second = convert(table(tmp_path, head, row, "Q,A,S", name="u.csv"), Rejects())
    assert (first.system, second.system) == ("", "S")


BAD = {
    "null answer": ({"query": "Q", "response": None}, "response is null, not text"),
    "empty answer": ({"query": "Q", "response": " "}, "response is empty"),
    "number": ({"query": "Q", "response": 4}, "response is a number, not text"),
    "query list": ({"query": ["Q"], "response": "A"}, "query is a list, not text"),
    "system": ({"query": "Q", "response": "A", "system": 3}, "system is a number, not text"),
    "history": (
        {"query": "Q", "response": "A", "history": [["P"]]},
        "history holds something else",
    ),
    "history text": (
        {"query": "Q", "response": "A", "history": "P B"},
        "neither JSON nor a Python",
    ),
    "tools": ({"query": "Q", "response": "A", "tools": "{"}, "tools is text that is neither"),
    "images": (
        {"query": "Q", "response": "A", "images": ["x"]},
        "it shows an image, and the model reads text alone",
    ),
    "list row": (["Q", "A"], "no object with columns, but a list"),
    "order": (
        {"response": "A", "messages": 1, "query": "Q", "history": "1"},
        "history is a number",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_rows_are_listed_and_the_others_kept(case: str, tmp_path: Path) -> None:
    row, says = BAD[case]
    rejects = Rejects()
    samples = convert(table(tmp_path, {"query": "Q", "response": "A"}, row), rejects)
    assert len(samples) == 1
    (entry,) = rejects.rows
    assert (entry.row, entry.kind) == (2, "rejected") and says in entry.reason


def test_unknown_columns_name_those_expected_and_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        convert(table(tmp_path, {"mesages": [], "id": 1}), Rejects())
    text = str(caught.value)
    assert "Found: mesages, id" in text and "instruction, output" in text
    assert "Did you mean: mesages -> messages?" in text


def test_a_question_under_another_name_is_not_lost(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Rename prompt to query"):
        convert(table(tmp_path, {"prompt": "Q", "response": "A"}), Rejects())


def test_strategies(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bad = table(tmp_path, {"query": "Q", "response": None}, {"query": "Q", "response": "A"})
    with pytest.raises(DataError, match=r"t\.jsonl:1: response is null"):
        convert(bad, Rejects(), "error")
    with caplog.at_level(logging.WARNING, logger="burnish"):
        assert len(convert(bad, Rejects(), "warning")) == 1
    assert "t.jsonl:1: response is null" in caplog.text


def test_placeholders_are_pointed_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="burnish"):
        convert(table(tmp_path, {"instruction": "Who?", "output": "I am {{name}}."}), Rejects())
    assert "--model_name and --model_author fill it in" in caplog.text


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "count"),
    [
        ("llamafactory/alpaca_en_demo.json", 999),
        ("chatglm-et/oaast_sft_zh.json", 689),
        ("fastchat/dummy_conversation.json", 500),
        ("firefly/dummy_data.jsonl", 33),
        ("llamafactory/glaive_toolcall_en_demo.json", 300),
        ("llamafactory/reason_tool_use_demo_50.jsonl", 50),
        ("firefly/dummy_pretrain.jsonl", 45),
        ("llamafactory/mllm_demo.json", 0),
    ],
)
def test_real_files(shared: Path, file: str, count: int) -> None:
    rejects = Rejects()
    read = open_table(shared / "data/datasets" / file)
    assert len(convert(read, rejects)) == count
    assert count + rejects.count("rejected") == len(list(read.raws()))


def test_functions_are_an_older_name_of_tools(tmp_path: Path) -> None:
    chat = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
    row = {"messages": chat, "functions": [{"name": "f"}]}
    (sample,) = convert(table(tmp_path, row), Rejects())
    assert sample.tools == ({"type": "function", "function": {"name": "f"}},)
