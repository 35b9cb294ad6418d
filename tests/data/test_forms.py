# ruff: noqa: E501  (a case of a table stays on one line)
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.data.rows import samples, table, turns

from burnish.data.convert import survey
from burnish.data.forms import form_of
from burnish.data.mapping import Mapping
from burnish.data.sample import Sample

QA = [("user", "Q"), ("assistant", "A")]
MORE = [("user", "P"), ("assistant", "B"), *QA]
U, A, W = (
    {"role": r, "content": c} for r, c in (("user", "Q"), ("assistant", "A"), ("assistant", "W"))
)

PROMPTS: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "query": ({"query": "Q"}, QA[:1]),
    "query with history": ({"query": "Q", "history": [["P", "B"]]}, MORE[:3]),
    "query and label": ({"query": "Q", "response": "A"}, QA),
    "query and an empty answer": ({"query": "Q", "response": ""}, QA[:1]),
    "instruction": ({"instruction": "Q", "input": "", "output": ""}, QA[:1]),
    "messages": ({"messages": [U]}, QA[:1]),
    "messages with an answer": ({"messages": [U, A]}, QA),
    "conversation": ({"conversation": [{"human": "P", "assistant": "B"}, {"human": "Q", "assistant": None}]}, MORE[:3]),
    "text": ({"text": "Q"}, QA[:1]),
    "prompt": ({"prompt": "Q"}, QA[:1]),
    "deepspeed-chat": ({"prompt": "Human: Q Assistant:"}, QA[:1]),
}  # fmt: skip


@pytest.mark.parametrize("name", PROMPTS)
def test_questions_need_no_answer_where_they_are_only_asked(name: str, tmp_path: Path) -> None:
    row, wanted = PROMPTS[name]
    (sample,) = samples(tmp_path, row, purpose="prompt")
    assert turns(sample) == wanted


def test_a_file_may_hold_rows_of_several_forms(tmp_path: Path) -> None:
    rows = [
        {"query": "Q", "response": "A"},
        {"messages": [U, A]},
        {"instruction": "Q", "output": "A"},
    ]
    assert [turns(sample) for sample in samples(tmp_path, *rows)] == [QA, QA, QA]


def test_null_columns_do_not_decide(tmp_path: Path) -> None:
    row = {"query": None, "response": None, "messages": [U, A], "conversations": None}
    (sample,) = samples(tmp_path, row)
    assert turns(sample) == QA


def test_an_empty_query_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first, second, refused = samples(
        tmp_path,
        {"query": "Q", "response": "A"},
        {"query": "", "response": "B", "input": ""},
        {"query": "", "response": "B", "history": [["P", "C"]]},
    )
    assert turns(first) == [("user", "Q"), ("assistant", "A")]
    assert isinstance(second, Sample) and second.text == "B"
    assert "1 with a response and no query (first: row 2) are trained as plain text" in caplog.text
    assert refused == "query is null or empty: there is no question in it"


def test_the_first_form_wins() -> None:
    assert form_of(("text", "response", "messages"), "train").name == "swift"  # type: ignore[union-attr]
    assert form_of(("conversations", "chosen", "rejected"), "pair").name == "chosen and rejected"  # type: ignore[union-attr]
    assert form_of(("prompt",), "train") is None


def test_roles_of_swift_rows(tmp_path: Path) -> None:
    row = {
        "query": "3", "query_role": "tool", "response": "A",
        "history": [["Q", "B"]], "history_roles": [["user", "assistant"]],
    }  # fmt: skip
    (sample,) = samples(tmp_path, row)
    assert turns(sample) == [("user", "Q"), ("assistant", "B"), ("tool", "3"), ("assistant", "A")]


def test_turns_as_a_table_of_columns(tmp_path: Path) -> None:
    row = {"conversations": {"from": ["human", "gpt"], "value": ["Q", "A"]}}
    (sample,) = samples(tmp_path, row)
    assert turns(sample) == QA


def test_settings_of_a_registry_entry(tmp_path: Path) -> None:
    settings = {
        "user_role": "a",
        "assistant_role": "b",
        "conversations_key": "talk",
        "from_key": "who",
        "value_key": "says",
    }
    row = {"talk": [{"who": "a", "says": "Q"}, {"who": "b", "says": "A"}]}
    (sample,) = samples(tmp_path, row, mapping=Mapping(conversations=settings))
    assert turns(sample) == QA


def test_readings_can_be_pickled(tmp_path: Path) -> None:
    import pickle

    reading = survey(table(tmp_path, {"query": "Q", "response": "A"}))
    again = pickle.loads(pickle.dumps(reading))
    assert turns(again.sample(1, b'{"query": "Q", "response": "A"}')) == QA


def test_a_reading_is_written_the_same_in_every_process(tmp_path: Path) -> None:
    given = table(tmp_path, {"query": "Q", "response": "A"}, {"messages": [U, A]})
    code = (
        "from pathlib import Path; from burnish.data.table import open_table;"
        f"from burnish.data.convert import survey; r = survey(open_table(Path({str(given.path)!r})));"
        "print(r.how, r.change, r.purpose, r.tag)"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1 and texts != {""}
