import json
import pickle
from pathlib import Path

import pytest

from burnish.data.layout import Broken, Layout
from burnish.data.mapping import Mapping
from burnish.data.table import Table, open_table


def rows(table: Table, start: int = 0) -> list[tuple[int, object]]:
    return [(number, table.parse(raw)) for number, raw in table.raws(start)]


def test_a_table_travels_and_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n\n{"a": 2}\n{"a": 3}\n')
    table = pickle.loads(pickle.dumps(open_table(path)))
    assert rows(table) == [(1, {"a": 1}), (3, {"a": 2}), (4, {"a": 3})]
    assert rows(table, 1) == [(3, {"a": 2}), (4, {"a": 3})]
    assert table.name == str(path)


def test_the_key_is_of_the_bytes_and_the_way_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n')
    (tmp_path / "b.jsonl").write_text('{"a": 1}\n')
    first = open_table(tmp_path / "a.jsonl")
    before = first.key()
    assert before == open_table(tmp_path / "b.jsonl").key() and len(before) == 64
    assert first.key() != open_table(tmp_path / "a.jsonl", mapping=Mapping({"a": "text"})).key()
    assert first.key() != open_table(tmp_path / "a.jsonl", layout=Layout(limit=1)).key()
    (tmp_path / "a.jsonl").write_text('{"a": 2}\n')
    assert first.key() != before


def test_a_limit_counts_from_the_first_row(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a\nb\nc\n")
    table = open_table(tmp_path / "a.txt", layout=Layout(limit=2))
    assert rows(table) == [(1, {"text": "a"}), (2, {"text": "b"})]
    assert rows(table, 1) == [(2, {"text": "b"})]
    assert rows(table, 5) == []


def test_a_row_that_cannot_be_read_is_broken_and_no_other(tmp_path: Path) -> None:
    good = json.dumps({"a": "x"})
    twice = '{"a": 1, "b": {"c": 1, "c": 2}}'
    (tmp_path / "a.jsonl").write_text(f"{good}\n{good[:-2]}\n{twice}\n{good}\n")
    found = dict(rows(open_table(tmp_path / "a.jsonl")))
    assert found[1] == found[4] == {"a": "x"}
    assert isinstance(found[2], Broken) and "broken JSON" in found[2]
    assert found[3] == "the key 'c' stands twice in one object"


@pytest.mark.parametrize(
    "text", ['{"a": "{\\"b\\": 1}"}', '{"a" : ": \\":"}', '{"a": [{"b": {}}]}']
)
def test_signs_of_keys_in_texts_are_no_keys(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.jsonl").write_text(text + "\n" + text)
    (tmp_path / "b.json").write_text(f"[{text}]")
    assert rows(open_table(tmp_path / "a.jsonl"))[0][1] == json.loads(text)
    assert rows(open_table(tmp_path / "b.json"))[0][1] == json.loads(text)
