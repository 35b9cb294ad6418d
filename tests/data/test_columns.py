from pathlib import Path

import pytest
from tests.data.rows import table

from burnish.core.errors import DataError
from burnish.data.cells import BadRow
from burnish.data.columns import columns_of, refuse
from burnish.data.convert import survey
from burnish.data.table import open_table


def test_columns_come_in_the_order_of_the_rows() -> None:
    assert columns_of([(1, {"b": 1}), (2, "text"), (3, {"a": 1, "b": 2})]) == ["b", "a"]


def test_columns_that_fit_nothing_are_named_with_what_was_meant(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        survey(table(tmp_path, {"question": "Q", "answr": "A"}))
    text = str(caught.value)
    assert "Found: question, answr" in text and "Did you mean: question -> query" in text
    assert '"columns": {"their_name": "query"' in text


def test_a_file_to_ask_from_needs_only_questions(tmp_path: Path) -> None:
    given = table(tmp_path, {"instruction": "Q"})
    assert survey(given, "prompt").purpose == "prompt"
    with pytest.raises(DataError, match="instruction, output"):
        survey(given)


def test_a_file_of_rows_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t\.jsonl: no row of it can be read; row 1: the key"):
        survey(table(tmp_path, '{"a": 1, "a": 2}', '{"a": 1, "a": 2}'))
    with pytest.raises(DataError, match="holds no row"):
        refuse("t.jsonl", [], "train")


def test_a_label_that_is_text_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"query": "q", "response": "a", "label": "true"}\n')
    with caplog.at_level("INFO", logger="burnish"):
        survey(open_table(path))
    assert f"{path}:1: label is neither true nor false" in caplog.text
    reading = survey(open_table(path), "label")
    ((number, raw),) = reading.table.raws()
    with pytest.raises(BadRow, match="label is text, not true or false without quotes"):
        reading.sample(number, raw)


def test_a_row_that_is_refused_is_not_told_as_trained(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    survey(table(tmp_path, {"query": "q", "response": "a"}, {"instruction": "q", "response": "a"}))
    assert "plain text" not in caplog.text
