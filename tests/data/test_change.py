import logging
from pathlib import Path

import pytest
from tests.data.rows import samples, table, turns

from burnish.core.errors import DataError
from burnish.data.cells import BadRow
from burnish.data.change import Change, rename, run
from burnish.data.convert import survey
from burnish.data.mapping import Mapping
from burnish.data.sample import Sample
from burnish.data.table import open_table

QA = [("user", "Q"), ("assistant", "A")]
ROW = {"frage": "Q", "antwort": "A", "id": 1}


def test_columns_are_renamed_and_dropped() -> None:
    assert rename({"q": 1, "query": 2, "old": 3}, {"q": "query", "old": "-"}) == {"query": 1}
    assert not Change().acts and Change(code="nli").acts


def test_columns_of_a_mapping(tmp_path: Path) -> None:
    mapping = Mapping({"frage": "query", "antwort": "response"})
    (sample,) = samples(tmp_path, ROW, mapping=mapping)
    assert turns(sample) == QA


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"frag": "query"}, "columns names 'frag', which no row has; found: frage, antwort, id"),
        ({"frage": "querry"}, "maps to 'querry', which is no column of ours. Did you mean query"),
    ],
)
def test_columns_that_do_not_fit(columns: dict[str, str], says: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=says):
        survey(table(tmp_path, ROW, mapping=Mapping(columns)))


OWN = """
def both(row):
    return {"messages": [{"role": "user", "content": row["frage"]},
                         {"role": "assistant", "content": row["antwort"]}]}

def nothing(row):
    return None

def get_custom_dataset(dataset_config, tokenizer, split):
    return []
"""


def test_a_function_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(OWN)
    found = samples(tmp_path, ROW, {"frage": "Q"}, mapping=Mapping(code=f"{path}:both"))
    assert turns(found[0]) == QA and found[1] == (
        f"{path}:both failed with KeyError: 'antwort' (line 4)"
    )
    with pytest.raises(DataError, match="gave null in place of a row"):
        survey(table(tmp_path, ROW, mapping=Mapping(code=f"{path}:nothing")))
    with pytest.raises(DataError, match="holds no function neither"):
        survey(table(tmp_path, ROW, mapping=Mapping(code=f"{path}:neither")))
    with pytest.raises(DataError, match=r"function of one row.*takes \(dataset_config, tokenizer"):
        survey(table(tmp_path, ROW, mapping=Mapping(code=f"{path}:get_custom_dataset")))
    with pytest.raises(DataError, match="there is no such file"):
        survey(table(tmp_path, ROW, mapping=Mapping(code=f"{tmp_path}/other.py:both")))


def test_a_changed_function_is_another_reading(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(OWN)
    given = table(tmp_path, ROW, mapping=Mapping(code=f"{path}:both"))
    first = survey(given).change
    path.write_text(OWN + "# more\n")
    assert survey(given).change != first


def test_conversions_that_nobody_can_know_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"_preprocess_llava_pretrain cannot be done.*unpack them"):
        survey(table(tmp_path, ROW, mapping=Mapping(code="_preprocess_llava_pretrain")))
    with pytest.raises(DataError, match=r"no conversion called 'dolly'\. A function"):
        survey(table(tmp_path, ROW, mapping=Mapping(code="dolly")))


def test_error_strategy_raise_stops(tmp_path: Path) -> None:
    bad = {"conversations": [{"from": "human", "value": "Q"}]}
    for strategy, error in (("raise", DataError), ("delete", None)):
        mapping = Mapping(conversations={"error_strategy": strategy})
        if error is None:
            assert "no answer" in str(samples(tmp_path, bad, mapping=mapping)[0])
            continue
        with pytest.raises(error, match=r"t\.jsonl:1: there is no answer.*write delete"):
            samples(tmp_path, bad, mapping=mapping)


def test_what_is_unused_or_special_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [
        {"query": "Q", "response": "A", "rejected_response": "B", "id": 3},
        {"query": None, "response": "only text", "label": False},
        {"messages": []},
    ]
    with caplog.at_level(logging.INFO, logger="burnish"):
        survey(table(tmp_path, *rows))
    for words in ("columns not used: id", "rows of several forms: swift, messages"):
        assert words in caplog.text
    for words in ("worse answers in it are not trained", "rows with label false are left out"):
        assert words in caplog.text
    assert "of its first 3 rows, 1 with a response and no query (first: row 2)" in caplog.text


@pytest.mark.parametrize("does", ["raise SystemExit(3)", "raise ValueError('Wrong.')"])
def test_a_function_that_ends_or_fails_is_told_in_one_message(tmp_path: Path, does: str) -> None:
    path = tmp_path / "own.py"
    path.write_text(f"def make(row):\n    {does}\n")
    with pytest.raises(BadRow, match=r"failed with (SystemExit: 3|ValueError: Wrong) \(line 2\)$"):
        run(f"{path}:make", {}, "train")


def test_an_empty_query_of_a_csv_file_is_none_at_all(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("query,response,system\nQ,A,S\n,text,\n,text,S\n")
    reading = survey(open_table(path, "a.csv"))
    (_, first), (_, second), (_, third) = reading.table.raws()
    assert turns(reading.sample(1, first)) == QA
    assert reading.sample(2, second).text == "text"
    with pytest.raises(BadRow, match="query is null or empty"):
        reading.sample(3, third)
    assert "of its first 3 rows, 1 with a response and no query (first: row 2)" in caplog.text
    (jsonl,) = samples(tmp_path, {"query": "", "response": "text", "system": ""})
    assert isinstance(jsonl, Sample) and jsonl.text == "text"
