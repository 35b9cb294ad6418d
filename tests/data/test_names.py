from pathlib import Path

import pytest
from tests.data.rows import samples, table, turns

from burnish.core.errors import DataError
from burnish.data.names import Names, has_placeholder

NAMES = Names(("小明", "Ming"), ("某某", "Some One"))
ZH = {"query": "你是谁", "response": "我是{{NAME}}，由{{AUTHOR}}开发", "tag": "zh"}
EN = {"query": "Who are you?", "response": "I am {{NAME}} of {{ AUTHOR }}.", "tag": "en"}


def test_names_follow_the_tag_of_a_row(tmp_path: Path) -> None:
    found = [turns(sample)[1][1] for sample in samples(tmp_path, ZH, EN, names=NAMES)]
    assert found == ["我是小明，由某某开发", "I am Ming of Some One."]


def test_names_follow_the_text_where_there_is_no_tag(tmp_path: Path) -> None:
    row = {"instruction": "你好", "output": "我是{{name}}"}
    (sample,) = samples(tmp_path, row, names=Names(("小明", "Ming"), ("x",)))
    assert turns(sample)[1][1] == "我是小明"


def test_one_name_holds_for_both_languages() -> None:
    names = Names.of(["Ming"], ["Some"])
    assert names and names.fill(ZH)["response"] == "我是Ming，由Some开发"
    assert Names.of([], None) is None


def test_rows_about_the_model_need_its_names(tmp_path: Path) -> None:
    from burnish.data.convert import survey

    with pytest.raises(DataError, match=r"t\.jsonl:2 speaks of .*--model_name and --model_author"):
        survey(table(tmp_path, {"query": "Q", "response": "A", "tag": "en"}, EN))


def test_placeholders_are_found_in_lists() -> None:
    assert has_placeholder({"messages": [{"content": "I am {{name}}"}]})
    assert not has_placeholder({"messages": [{"content": "{{other}} {name}"}]})


def test_templates_in_other_data_are_let_be(tmp_path: Path) -> None:
    code = {"query": "A Vue greeting?", "response": "<p>Hello {{ name }}</p>"}
    rows = [{"query": f"Q{k}", "response": "A"} for k in range(9)]
    found = samples(tmp_path, code, *rows, names=NAMES)
    assert turns(found[0])[1][1] == code["response"]


def test_more_than_two_names_are_refused() -> None:
    with pytest.raises(DataError, match=r"--model_author takes one name or two .* 3 were given"):
        Names.of(["a"], ["b", "c", "d"])
