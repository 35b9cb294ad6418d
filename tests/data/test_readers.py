import bz2
import gzip
import json
import lzma
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from burnish.core.errors import DataError
from burnish.data import elements
from burnish.data.layout import Broken, Layout
from burnish.data.readers import rows_inside
from burnish.data.table import open_table


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, start: int = 0, **layout: Any) -> list[tuple[int, Any]]:
    table = open_table(path, layout=Layout(**layout))
    return [(number, table.parse(raw)) for number, raw in table.raws(start)]


A12 = [{"a": 1}, {"a": 2}]
FILES = [
    ("a.jsonl", '{"a": 1}\n\n{"a": 2}\n', [(1, {"a": 1}), (3, {"a": 2})]),
    ("a.json", '[{"a": 1}, {"a": 2}]', list(enumerate(A12, 1))),
    ("pretty.json", json.dumps(A12, indent=2), list(enumerate(A12, 1))),
    ("lines-named.json", '{"a": 1}\r\n{"a": 2}', [(1, {"a": 1}), (2, {"a": 2})]),
    ("one.json", '{\n "a": 1\n}', [(1, {"a": 1})]),
    ("scalars.json", "[1, 23, null, [4]]", [(1, 1), (2, 23), (3, None), (4, [4])]),
    ("bom.jsonl", b'\xef\xbb\xbf{"a": 1}\n{"a": 2}', [(1, {"a": 1}), (2, {"a": 2})]),
    ("wide.jsonl", '{"a": 1}\n{"a": 2}'.encode("utf-32"), [(1, {"a": 1}), (2, {"a": 2})]),
    ("wide.csv", "a,b\n1,2\n".encode("utf-32"), [(1, {"a": "1", "b": "2"})]),
    ("bom.json", b'\xef\xbb\xbf[{"a": 1}]', [(1, {"a": 1})]),
    ("bom.csv", b"\xef\xbb\xbfa,b\n1,2\n", [(1, {"a": "1", "b": "2"})]),
    ("bom.txt", b"\xef\xbb\xbfone\n", [(1, {"text": "one"})]),
    ("separator.jsonl", '{"a": "x\u2028y"}', [(1, {"a": "x\u2028y"})]),
    ("gb.jsonl", '{"a": "你好吗，谢谢"}'.encode("gb18030"), [(1, {"a": "你好吗，谢谢"})]),
    ("gb.csv", "a,b\n头疼,\"怎\n么办\"\n".encode("gb18030"), [(1, {"a": "头疼", "b": "怎\n么办"})]),
    ("wide.jsonl", '{"a": "你"}\n\n{"a": 2}'.encode("utf-16"), [(1, {"a": "你"}), (3, {"a": 2})]),
    ("wide.json", '[{"a": "你"}]'.encode("utf-16-le"), [(1, {"a": "你"})]),
    ("wide.csv", "a,b\n1,2".encode("utf-16"), [(1, {"a": "1", "b": "2"})]),
    ("a.csv", 'a,b\n1,\n"x\ny",NA\n', [(1, {"a": "1", "b": ""}), (2, {"a": "x\ny", "b": "NA"})]),
    ("semicolon.csv", "a;b\n1;2,5\n", [(1, {"a": "1", "b": "2,5"})]),
    ("a.tsv", "a\tb\n1\t2\n", [(1, {"a": "1", "b": "2"})]),
    ("a.txt", "one\n\n two\n", [(1, {"text": "one"}), (3, {"text": " two"})]),
    ("a.jsonl.gz", gzip.compress(b'{"a": 1}'), [(1, {"a": 1})]),
    ("a.json.bz2", bz2.compress(b'[{"a": 1}]'), [(1, {"a": 1})]),
    ("a.csv.xz", lzma.compress(b"a\n1\n"), [(1, {"a": "1"})]),
    ("inside.json", '{"about": "x", "examples": [{"a": 1}, {"a": 2}]}', list(enumerate(A12, 1))),
    ("by-key.json", '{"x": {"a": 1}, "y": {"a": 2}}', list(enumerate(A12, 1))),
    ("row.json", '{\n"messages": [{"role": "user"}], "id": 3}', None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "rows"), FILES, ids=[name for name, *_ in FILES])
def test_files_of_every_kind(
    tmp_path: Path, name: str, content: str | bytes, rows: list[tuple[int, Any]] | None
) -> None:
    path = write(tmp_path / name, content)
    rows = rows or [(1, json.loads(content))]
    assert read(path) == rows
    for start in range(len(rows) + 2):
        assert read(path, start) == rows[start:]


@pytest.mark.parametrize("window", [1, 2, 5, 17])
def test_a_list_is_read_the_same_through_any_window(
    tmp_path: Path, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [{"a": "x" * 40, "b": [1.5e3, -7, True]}, 12345, 'y\n"z', None, {}, [], {"你": "\\"}]
    monkeypatch.setattr(elements, "WINDOW", window)
    for indent in (None, 3):
        path = write(tmp_path / "a.json", json.dumps(given, indent=indent, ensure_ascii=False))
        assert [row for _, row in read(path)] == given


def test_long_cells_of_files_read_at_once(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "a\n1\n")
    write(tmp_path / "b.csv", f"a\n1\n{'x' * 200_000}\n")
    first, second = (open_table(tmp_path / name).raws() for name in ("a.csv", "b.csv"))
    next(first), next(second)
    assert list(first) == [] and len(next(second)[1]["a"]) == 200_000


def test_an_encoding_that_a_person_names(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"a": "é"}\n'.encode("utf-32"))
    assert read(path, encoding="UTF32", kind="lines") == [(1, {"a": "é"})]
    path = write(tmp_path / "b.jsonl", '{"a": "é"}\n'.encode("latin-1"))
    assert read(path, encoding="ISO-8859-1") == [(1, {"a": "é"})]


def test_a_packed_table_of_zstandard(tmp_path: Path) -> None:
    import pyarrow

    with pyarrow.output_stream(str(tmp_path / "a.jsonl.zst"), compression="zstd") as file:
        file.write(b'{"a": 1}\n{"a": 2}\n')
    assert read(tmp_path / "a.jsonl.zst", 1) == [(2, {"a": 2})]


def test_a_file_inside_a_zip_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("data/x.csv", "Q,A\n1,2\n")
    rows = read(tmp_path / "a.zip", member="data/x.csv", header=("query", "response"))
    assert rows == [(1, {"query": "Q", "response": "A"}), (2, {"query": "1", "response": "2"})]


def test_tabs_without_header_and_with_quotation_marks(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", '"so" it goes\t1\nhe said "no\t0\n')
    rows = read(path, header=("sentence", "label"))
    assert [row["sentence"] for _, row in rows] == ['"so" it goes', 'he said "no']


def test_lines_of_files_side_by_side(tmp_path: Path) -> None:
    write(tmp_path / "a.en", "one\n\nthree")
    (tmp_path / "a.de.gz").write_bytes(gzip.compress(b"eins\r\nzwei\ndrei\n"))
    pair = (("query", str(tmp_path / "a.en")), ("response", str(tmp_path / "a.de.gz")))
    rows = read(tmp_path / "a.en", kind="parallel", parallel=pair)
    assert rows[1:] == [
        (2, {"query": "", "response": "zwei"}),
        (3, {"query": "three", "response": "drei"}),
    ]
    assert rows[0] == (1, {"query": "one", "response": "eins"})
    assert read(tmp_path / "a.en", 2, kind="parallel", parallel=pair) == rows[2:]


def test_parquet_groups_and_arrow(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"query": [str(k) for k in range(10)], "history": [[["a", "b"]]] * 10})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet", row_group_size=3)
    with pyarrow.ipc.new_stream(str(tmp_path / "a.arrow"), table.schema) as writer:
        writer.write_table(table, max_chunksize=4)
    expected = [(k + 1, {"query": str(k), "history": [["a", "b"]]}) for k in range(10)]
    for name in ("a.parquet", "a.arrow"):
        for start in (0, 2, 3, 7, 10, 11):
            assert read(tmp_path / name, start) == expected[start:]


def test_wrong_numbers_of_cells_name_record_and_line(tmp_path: Path) -> None:
    rows = read(write(tmp_path / "a.csv", 'a,b\n"x\ny",2\n1,2,3\n4,5\n'))
    assert rows[1] == (2, "it has 3 cells, the header 2 (line 4)")
    assert isinstance(rows[1][1], Broken) and rows[2] == (3, {"a": "4", "b": "5"})


def test_a_stray_byte_is_one_row(tmp_path: Path) -> None:
    lines = [b'{"a": "x"}'] * 300
    lines[7] = b'{"a": "caf\xe9 au lait"}'
    rows = read(write(tmp_path / "a.jsonl", b"\n".join(lines)))
    assert [n for n, row in rows if isinstance(row, Broken)] == [8]
    assert rows[7][1] == "it is no UTF-8 (byte 0xe9, at place 11 of the line)"


def test_rows_inside_an_object() -> None:
    path = Path("a.json")
    assert rows_inside(path, {"data": {"rows": A12}}, "data.rows") == A12
    with pytest.raises(DataError, match="several lists of rows \\(a, b\\)"):
        rows_inside(path, {"a": A12, "b": A12})
    with pytest.raises(DataError, match="no field 'x'; there are a"):
        rows_inside(path, {"a": A12}, "x")
    with pytest.raises(DataError, match="'a' is no list of rows"):
        rows_inside(path, {"a": 3}, "a")


MEMORY = """
import resource, sys
from pathlib import Path
from burnish.data.table import open_table
table = open_table(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert sum(1 for _ in table.raws()) == 60_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv"])
def test_a_large_file_is_never_held(tmp_path: Path, name: str) -> None:
    row = json.dumps({"query": "q" * 500, "response": "r" * 500})
    text = {
        "a.json": "[" + ",\n".join([row] * 60_000) + "]",
        "a.jsonl": "\n".join([row] * 60_000),
        "a.csv": "query,response\n" + f"{'q' * 500},{'r' * 500}\n" * 60_000,
    }[name]
    path = write(tmp_path / name, text)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 20_000  # KiB, of a file of 60 MB


def test_a_number_too_long_is_told_without_words_about_python(tmp_path: Path) -> None:
    row = '{"text": "a", "n": ' + "1" * 5000 + "}"
    path = tmp_path / "a.jsonl"
    path.write_text(row + "\n")
    table = open_table(path)
    ((_, raw),) = table.raws()
    assert table.parse(raw) == "broken JSON: a whole number has more than 4300 digits"
    path = tmp_path / "b.json"
    path.write_text(f'[{{"text": "b"}}, {row}, {{"text": "c"}}]')
    assert [row for _, row in open_table(path).raws()] == [
        {"text": "b"}, "a whole number has more than 4300 digits", {"text": "c"}
    ]  # fmt: skip
    for text in (f'{{"rows": [{row}]}}', row):
        path = tmp_path / "a.json"
        path.write_text(text)
        with pytest.raises(DataError, match="is broken JSON: a whole number has more than 4300"):
            list(open_table(path).raws())
