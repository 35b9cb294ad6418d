"""Each way that a file, a definition or an item can be wrong gives a message of its own."""

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from burnish.commands.base import load
from burnish.config.resolve import resolve
from burnish.core.errors import DataError
from burnish.core.facts import Facts
from burnish.data.layout import Broken
from burnish.data.source import open_item, parse_item

ROW = '{"query": "q", "response": "r"}'
GOOD = {"dataset_path": "good.jsonl"}
Made = tuple[str, str | bytes]


def zipped(**members: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as packed:
            for name, text in members.items():
                packed.writestr(name.replace("__", "/"), text)

    return make


# name: (file, content, what the message says)
FILES: dict[str, tuple[str, Any, str]] = {
    "empty": ("a.jsonl", "", r"a\.jsonl is empty"),
    "blank lines": ("a.txt", "\n \n", r"a\.txt is empty"),
    "empty list": ("a.json", "[]", r"a\.json is empty"),
    "header only": ("a.csv", "a,b\n", r"a\.csv is empty"),
    "empty parallel": ("a.parquet", "", r"no sound parquet file"),
    "a list in pieces": (
        "a.json",
        '[{"a": 1 {"a": 2}, {"a": 3}]',
        "next row begins cannot be told",
    ),
    "text after a list": ("a.json", '[{"a": 1}] x', r"something follows the closing \]: 'x'"),
    "object that ends early": ("a.json", '{\n"a": {\n', r"a\.json:3 is broken JSON"),
    "two objects": ("a.json", '{\n"a": 1\n}\n{\n"a": 2\n}', r"a\.json:4 .*Extra data"),
    "lists without end": ("a.json", '{"a":' + "[" * 100_000, "lists or objects in one another wi"),
    "several lists": (
        "a.json",
        '{"dev": [{"a": 1}], "test": [{"a": 1}]}',
        r"several lists of rows \(dev, test\)",
    ),
    "key twice": ("a.json", '{\n"a": 1, "b": 2, "b": 3}', r"a\.json: the key 'b' stands twice"),
    "latin": ("a.csv", "naïve,café\ndéjà,vu\n".encode("cp1252"), r"a\.csv:1 is neither UTF-8 nor"),
    "zero bytes": ("a.jsonl", b"\0" * 99, "zero bytes"),
    "no gzip": ("a.jsonl.gz", b"text", "cannot be read: Not a gzipped file"),
    "half a gzip": ("a.jsonl.gz", gzip.compress(ROW.encode() * 99)[:-20], "cannot be read: Compr"),
    "no bzip": ("a.jsonl.bz2", b"text", "cannot be read: Invalid data stream"),
    "no xz": ("a.jsonl.xz", b"text", "cannot be read: Input format not supported"),
    "no zip": ("a.zip", b"text", "cannot be read: File is not a zip file"),
    "zip of notes": ("a.zip", zipped(notes__md="x"), "the zip file holds no data file"),
    "other kind": ("a.xlsx", "x", r"a\.xlsx: files of this kind cannot be read"),
    "no arrow": ("a.arrow", "text", "no sound arrow file"),
    "column twice": ("a.csv", "a,a\n1,2\n", r"a\.csv:1 names a column twice: a, a"),
    "open quote in a header": ("a.csv", '"a,b\n1,2\n', r"a\.csv:2 is broken CSV: unexpected end"),
}


def opened(item: str, **values: Any) -> list[Any]:
    """Every row of an item, read."""
    given = {"model_id_or_path": "m", "dataset": ["x"], **values}
    config = resolve(load("sft"), given, facts=Facts())
    tables = open_item(parse_item(item), config)
    return [table.parse(raw) for table in tables for _, raw in table.raws()]


@pytest.mark.parametrize("case", FILES)
def test_a_file(tmp_path: Path, case: str) -> None:
    name, content, says = FILES[case]
    path = tmp_path / name
    if callable(content):
        content(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DataError, match=says) as error:
        opened(str(path))
    assert str(tmp_path) in str(error.value)


ROWS = {
    "broken JSON": ('{"query": "q"', "broken JSON: Expecting ',' delimiter"),
    "one key twice": ('{"query": "q", "query": "p"}', "'query' stands twice"),
    "a key twice inside": ('{"messages": [{"role": "a", "role": "b"}]}', "'role' stands twice"),
    "no UTF-8": (b'{"query": "caf\xe9!"}', "it is no UTF-8 (byte 0xe9, at place 15 of the line)"),
    "no quotes": ("{query: 1}", "broken JSON: Expecting property name"),
    "zero bytes": (b"\0\0\0", "broken JSON: Expecting value"),
    "control character": ('{"query": "a\tb"}', "Invalid control character"),
    "bad escape": ('{"query": "\\x41"}', "Invalid \\escape"),
    "too deep": ("[" * 100_000, "without end"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_row_among_good_ones(tmp_path: Path, case: str) -> None:
    bad, says = ROWS[case]
    line = bad if isinstance(bad, bytes) else bad.encode()
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([ROW.encode()] * 120 + [line, ROW.encode()]))
    rows = opened(str(tmp_path / "a.jsonl"))
    (broken,) = (row for row in rows if isinstance(row, Broken))
    assert rows.index(broken) == 120 and len(rows) == 122
    assert says in broken


ITEMS = {
    "hub": ("GH::x", "there is no hub 'GH'; write HF:: or MS::"),
    "count in words": ("x#many", "'many' behind # is no number of rows"),
    "count of nothing": ("x#0", "must be 1 or more"),
    "negative count": ("x#-7", "must be 1 or more"),
    "comma": ("x:a,b", "use / between subsets"),
    "address": ("https://x.org/a.jsonl", "not read from a web address"),
    "page": ("https://huggingface.co/datasets/a/b", "write HF::a/b"),
    "bucket": ("s3://x/a.jsonl", "s3://x/a.jsonl: data is not read"),
    "missing file": ("{tmp}/god.jsonl", r"no such file\. Did you mean .*good\.jsonl"),
    "missing absolute path": ("/no/such/place", "/no/such/place: there is no such file"),
    "missing relative path": ("./no-such", "./no-such: there is no such file"),
    "subset of a file": ("{tmp}/good.jsonl:en", "one file has no subsets; leave :en out"),
    "subset of a folder": ("{tmp}:en", "has no subset 'en'"),
    "unknown name": ("alpaca-ehn", "no data set of that name. Did you mean 'alpaca-"),
    "nothing": ("", "names no data set"),
    "only a count": ("#5", "names no data set"),
    "empty folder": ("{tmp}/empty", "the folder holds no data file"),
    "several kinds": ("{tmp}/mixed", "several kinds of data"),
}


@pytest.mark.parametrize("case", ITEMS)
def test_an_item(tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("USE_HF", raising=False)
    (tmp_path / "good.jsonl").write_text(ROW)
    (tmp_path / "empty").mkdir()
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed/a.csv").write_text("a\n1\n")
    (tmp_path / "mixed/a.jsonl").write_text(ROW)
    item, says = ITEMS[case]
    with pytest.raises(DataError, match=says) as error:
        opened(item.replace("{tmp}", str(tmp_path)))
    assert "--dataset" in str(error.value) or str(tmp_path) in str(error.value)


DEFINITIONS: dict[str, tuple[Any, str]] = {
    "no JSON": ('{"x": ', "broken JSON: line 1"),
    "no such file": ("no.json", "no.json: there is no such file"),
    "a number": ("[3]", "entry 1 of the list names no data set"),
    "no object": ({"x": "good.jsonl"}, "x must be an object"),
    "no place": ({"x": {"columns": {}}}, "does not say where the data is"),
    "twice": ("twice.json", "twice.json: 'x' is defined twice"),
    "both kinds": ({"x": {**GOOD, "file_name": "a"}}, "mixes two kinds of definition"),
    "unknown key": ({"x": {**GOOD, "colums": {}}}, "unknown key 'colums'; did you mean 'columns'"),
    "script": ({"x": {"script_url": "x"}}, "burnish runs no code of a data set"),
    "cloud": ({"x": {"cloud_file_name": "x"}}, "only hf_hub_url, ms_hub_url and file_name"),
    "role": ({"x": {"file_name": "good.jsonl", "columns": {"promt": "q"}}}, "unknown role 'promt'"),
    "tag": (
        {"x": {"file_name": "a", "formatting": "sharegpt", "tags": {"rol_tag": "a"}}},
        "unknown tag 'rol_tag'; did you mean role_tag",
    ),
    "formatting": ({"x": {"file_name": "a", "formatting": "chat"}}, "formatting 'chat' is neither"),
    "target": ({"x": {**GOOD, "columns": {"q": "qury"}}}, "'qury', which is no column here; did"),
    "column": ({"x": {**GOOD, "columns": {"q": "query"}}}, "names 'q', which the data does not"),
    "columns of a role": (
        {"x": {"file_name": "good.jsonl", "columns": {"prompt": "q"}}},
        "dataset_info.*x: columns names 'q'",
    ),
    "columns in a list": ({"x": {**GOOD, "columns": ["q"]}}, r"columns must be an object"),
    "setting": ({"x": {**GOOD, "conversations": {"user": "a"}}}, "conversations has no setting"),
    "subsets": ({"x": {"hf_dataset_id": "a/b", "subsets": [3]}}, "subsets must be text or a list"),
    "missing file": ({"x": {"dataset_path": "god.jsonl"}}, "god.jsonl is not there. Did you mean"),
    "samples": ({"x": {**GOOD, "num_samples": 0}}, "num_samples 0 is no number of rows"),
    "encoding": ({"x": {**GOOD, "encoding": "utf-9"}}, "there is no encoding 'utf-9'"),
    "field": ({"x": {"dataset_path": "one.json", "field": "rows"}}, "no field 'rows'; there are a"),
    "short file": (
        {"x": {"parallel": {"query": "three.txt", "response": "two.txt"}}},
        "two.txt ends before line 3",
    ),
    "side": ({"x": {"parallel": {"question": "two.txt"}}}, "'question', which is no column here"),
    "header": ({"x": {"dataset_path": "a.tsv", "header": ["a", "a"]}}, "names a column twice"),
}


@pytest.mark.parametrize("case", DEFINITIONS)
def test_a_definition(tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.jsonl").write_text(ROW)
    (tmp_path / "one.json").write_text('{"a": 1}')
    (tmp_path / "two.txt").write_text("1\n2\n")
    (tmp_path / "three.txt").write_text("1\n2\n3\n")
    (tmp_path / "a.tsv").write_text("1\t2\n")
    (tmp_path / "twice.json").write_text('{"x": {"dataset_path": "a"}, "x": {}}')
    given, says = DEFINITIONS[case]
    text = given if isinstance(given, str) else json.dumps(given)
    with pytest.raises(DataError, match=says):
        opened("x", custom_dataset_info=text)


def test_every_message_is_another() -> None:
    tables = (FILES, ROWS, ITEMS, DEFINITIONS)
    texts = [entry[-1] for table in tables for entry in table.values()]  # type: ignore[attr-defined]
    assert len(texts) > 75
    assert len(set(texts)) >= len(texts) - 6  # the same message names another file or place
