import gzip
import json
from pathlib import Path

import pytest

from burnish.core.errors import DataError
from burnish.data.source import Item, parse_item, read_file, read_item, split_items


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("HF::n:a/b#5", Item("n", "HF", ("a", "b"), 5)),
        ("ms::x/y", Item("x/y", "MS")),
        ("alpaca-zh#500", Item("alpaca-zh", None, (), 500)),
        (" n : a / b #-1", Item("n", None, ("a", "b"))),
    ],
)
def test_items_are_read(text: str, item: Item) -> None:
    assert parse_item(text) == item


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("GH::x", "no hub 'GH'"),
        ("x#many", "'many' behind # is no number"),
        ("x#0", "must be 1 or more"),
        ("x:a,b", "use / between subsets"),
    ],
)
def test_items_that_cannot_be_read(text: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        parse_item(text)


def test_a_file_whose_name_holds_signs_is_taken_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a#1.jsonl", "b:c.jsonl", "d,e.jsonl"):
        write(tmp_path / name, "{}")
        assert parse_item(name) == Item(name)
    assert parse_item("b:c.jsonl#3") == Item("b:c.jsonl", None, (), 3)
    assert split_items(["d,e.jsonl"]) == ["d,e.jsonl"]


def test_several_items_in_one_word() -> None:
    assert split_items(["a, b#2"]) == ["a", "b#2"]
    assert split_items(["a", "b"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.jsonl", '{"a": 1}\n\n{"a": 2}\n', [(1, {"a": 1}), (3, {"a": 2})]),
        ("a.json", '[{"a": 1}, {"a": 2}]', [(1, {"a": 1}), (2, {"a": 2})]),
        ("lines-named.json", '{"a": 1}\r\n{"a": 2}', [(1, {"a": 1}), (2, {"a": 2})]),
        ("one.json", '{\n "a": 1\n}', [(1, {"a": 1})]),
        ("bom.jsonl", b'\xef\xbb\xbf{"a": 1}', [(1, {"a": 1})]),
        ("line-separator.jsonl", '{"a": "x\u2028y"}', [(1, {"a": "x\u2028y"})]),
        (
            "a.csv",
            'a,b\n1,\n"x\ny",NA\n',
            [(1, {"a": "1", "b": ""}), (2, {"a": "x\ny", "b": "NA"})],
        ),
        ("a.tsv", "a\tb\n1\t2\n", [(1, {"a": "1", "b": "2"})]),
        ("a.txt", "one\n\n two\n", [(1, {"text": "one"}), (3, {"text": " two"})]),
        ("a.jsonl.gz", gzip.compress(b'{"a": 1}'), [(1, {"a": 1})]),
    ],
)
def test_files_of_every_kind(
    tmp_path: Path, name: str, content: str | bytes, rows: list[tuple[int, object]]
) -> None:
    assert read_file(write(tmp_path / name, content)).rows == rows


def test_parquet(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"query": ["q"], "history": [[["a", "b"]]]})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    assert read_file(tmp_path / "a.parquet").rows == [(1, {"query": "q", "history": [["a", "b"]]})]


def test_columns_are_those_of_all_rows(tmp_path: Path) -> None:
    assert read_file(write(tmp_path / "a.jsonl", '{"a": 1}\n{"b": 2}')).columns == ("a", "b")


def test_a_csv_row_with_too_many_cells_is_no_row(tmp_path: Path) -> None:
    rows = read_file(write(tmp_path / "a.csv", "a,b\n1,2,3\n4,5\n")).rows
    assert rows == [(1, "it has 3 cells, the header 2"), (2, {"a": "4", "b": "5"})]


def test_a_folder_is_its_files(tmp_path: Path) -> None:
    write(tmp_path / "d/b.jsonl", '{"a": 2}')
    write(tmp_path / "d/a.json", '[{"a": 1}]')
    write(tmp_path / "d/README.md", "notes")
    write(tmp_path / "d/.cache/x.csv", "a\n1\n")
    tables = read_item(Item(str(tmp_path / "d")))
    assert [Path(t.source).name for t in tables] == ["a.json", "b.jsonl"]


BAD = {
    "empty": ("a.jsonl", "", "is empty"),
    "blank": ("a.jsonl", "\n \n", "is empty"),
    "empty list": ("a.json", "[]", "is empty"),
    "header only": ("a.csv", "a,b\n", "is empty"),
    "broken line": ("a.jsonl", '{"a": 1}\n{"a": ', r"a\.jsonl:2 is broken JSON"),
    "broken list": ("a.json", '[\n{"a": 1},\n{"a" 2}]', r"a\.json:3 is broken JSON"),
    "gb18030": ("a.jsonl", '{"a": 1}\n{"a": "你"}'.encode("gb18030"), "a.jsonl:2 .*GB18030"),
    "utf-16": ("a.csv", "a,b\n1,2".encode("utf-16"), "looks like UTF-16"),
    "zip": ("a.jsonl.gz", b"no gzip", "cannot be read"),
    "other kind": ("a.xlsx", "x", "files of this kind cannot be read"),
    "no parquet": ("a.parquet", "x", "no sound parquet"),
    "column twice": ("a.csv", "a,a\n1,2\n", "names a column twice"),
    "open quote": ("a.csv", 'a,b\n"1,2\n', "is broken CSV"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_each_give_one_message(tmp_path: Path, case: str) -> None:
    name, content, says = BAD[case]
    with pytest.raises(DataError, match=says):
        read_file(write(tmp_path / name, content))


def test_a_folder_of_several_kinds(tmp_path: Path) -> None:
    write(tmp_path / "a.json", "[{}]")
    write(tmp_path / "b.csv", "a\n1\n")
    with pytest.raises(DataError, match="several kinds of data"):
        read_item(Item(str(tmp_path)))


def test_a_folder_without_data(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no data file"):
        read_item(Item(str(tmp_path)))


def test_a_missing_file_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", "{}")
    with pytest.raises(DataError, match=r"no such file. Did you mean .*train\.jsonl"):
        read_item(Item(str(tmp_path / "trian.jsonl")))


def test_names_and_hubs_are_not_there_yet() -> None:
    for item in (Item("alpaca-zh"), Item("a/b", "HF")):
        with pytest.raises(DataError, match="not available yet"):
            read_item(item)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("belle/zh_seed_tasks.json", 175),
        ("medical/huatuo_llama_data.json", 8658),
        ("hh-rlhf/harmless-base-test-a.jsonl.gz", None),
    ],
)
def test_real_files(shared: Path, file: str, rows: int | None) -> None:
    manifest = json.loads((shared / "data/manifest.json").read_text())
    known = next(entry["rows"] for entry in manifest if entry["file"].endswith(file))
    assert len(read_file(shared / "data/datasets" / file).rows) == known
    assert rows in (None, known)
