import os
from pathlib import Path

import pytest

from burnish.core.errors import DataError
from burnish.data.layout import Layout, kind_of, look


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jsonl", "json"),
        ("a.b.JSON", "json"),
        ("a.csv.gz", "csv"),
        ("a.jsonl.zst", "json"),
        ("a.zip", "zip"),
        ("a.jsonl.zip", "json"),
        ("a.en.gz", None),
        ("a.xlsx", None),
        ("README", None),
    ],
)
def test_the_kind_that_a_name_says(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.json", '[{"a": 1}]', "list"),
        ("a.jsonl", '[\n{"a": 1}]', "list"),
        ("a.json", '{"a": 1}\n{"a": 2}', "lines"),
        ("a.json", '{"a": 1\n{"a": 2}\n{"a": 3}', "lines"),
        ("a.json", '{"a":\n 1}', "object"),
        ("a.json", '{"a": 1}', "object"),
        ("a.jsonl", '{"a": 1', "lines"),
        ("a.json", "just text", "lines"),
        ("a.txt", "text", "text"),
        ("a.tsv", "a\tb", "csv"),
    ],
)
def test_the_kind_that_the_content_says(tmp_path: Path, name: str, content: str, kind: str) -> None:
    (tmp_path / name).write_text(content)
    assert look(tmp_path / name, Layout()).kind == kind


@pytest.mark.parametrize(
    ("name", "content", "delimiter", "quoted"),
    [
        ("a.csv", "a,b\n1,2\n", ",", True),
        ("a.csv", "a;b\n1;2\n", ";", True),
        ("a.csv", "a\tb\n1\t2\n", "\t", True),
        ("a.csv", "text\none\n", ",", True),
        ("a.tsv", 'a\tb\n"so" he said\t1\n', "\t", False),
        ("a.tsv", 'a\tb\n"two\nlines"\t1\n', "\t", True),
        ("a.tsv", 'a\tb\nhe said "so"\t1\n', "\t", False),
    ],
)
def test_how_cells_end_and_are_quoted(
    tmp_path: Path, name: str, content: str, delimiter: str, quoted: bool
) -> None:
    (tmp_path / name).write_text(content)
    found = look(tmp_path / name, Layout())
    assert (found.delimiter, found.quoted) == (delimiter, quoted)


def test_what_a_person_says_counts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("é|1\n".encode("latin-1"))
    given = Layout(encoding="latin-1", delimiter="|", header=("a", "b"))
    found = look(tmp_path / "a.csv", given)
    assert (found.encoding, found.delimiter, found.header) == ("iso8859-1", "|", ("a", "b"))


def test_an_encoding_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a")
    with pytest.raises(DataError, match="no encoding"):
        look(tmp_path / "a.csv", Layout(encoding="utf-9"))


def test_gb18030_is_said_with_a_sample_and_other_encodings_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"query": "你好吗", "response": "很好"}\n'.encode("gb18030"))
    assert look(path, Layout()).encoding == "gb18030"
    assert "read as GB18030" in caplog.text and "你好吗" in caplog.text
    path.write_bytes('{"query": "こんにちは", "response": "さようなら"}\n'.encode("shift_jis"))
    with pytest.raises(DataError, match="iconv -f SHIFT_JIS"):
        look(path, Layout())
    assert look(path, Layout(encoding="shift_jis")).encoding == "shift_jis"


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "pipe"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError, match="is no regular file"):
        look(tmp_path / name, Layout())
