"""A csv file of which something is broken: which records are kept, and what is said of others."""

from pathlib import Path
from typing import Any

import pytest

from burnish.core.errors import DataError
from burnish.data.layout import Broken, Layout
from burnish.data.table import open_table

A, B, C = ({"q": f"q{k}", "r": f"r{k}"} for k in (1, 2, 3))


def read(folder: Path, content: str | bytes, name: str = "a.csv", **layout: Any) -> list[Any]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    rows = list(open_table(path, layout=Layout(**layout)).raws())
    assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
    return [f"broken: {row}" if isinstance(row, Broken) else row for _, row in rows]


OPEN = "a quotation mark opens a cell, and none closes it"
BAD = {
    "text behind a quote": ('x,"y" z', "',' expected after"),
    "an open quote": ('x,"y', "expected after|" + OPEN),
    "an open quote at the start": ('"x,y', "expected after|" + OPEN),
    "too many cells": ("x,y,z", "it has 3 cells, the header 2"),
    "too few cells": ("x", "it has 1 cells, the header 2"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_broken_record_costs_itself(tmp_path: Path, case: str, ends: str) -> None:
    bad, says = BAD[case]
    for place in range(4):
        rows = ["q1,r1", '"q2","r2"', "q3,r3"]
        rows.insert(place, bad)
        found = read(tmp_path, ends.join(["q,r", *rows]) + ends)
        broken = found.pop(place)
        assert found == [A, B, C]
        assert any(each in broken for each in says.split("|"))
        assert f"(line {place + 2})" in broken


def test_several_broken_records_are_each_told(tmp_path: Path) -> None:
    rows = ["q1,r1", 'x,"y" z', 'x,"y" z', "", "q2,r2", 'x,"y', "q3,r3"]
    found = read(tmp_path, "\n".join(["q,r", *rows]))
    assert [row for row in found if isinstance(row, dict)] == [A, B, C]
    lines = [row.split("(line ")[1] for row in found if isinstance(row, str)]
    assert lines == ["3)", "4)", "7)"]


def test_lines_of_a_broken_record_are_no_records(tmp_path: Path) -> None:
    first, broken, last = read(tmp_path, 'q,r\nq1,r1\nx,"one "two" three\nfour\nfive"\nq3,r3\n')
    assert (first, last) == (A, C) and "(line 3)" in broken


def test_cells_of_several_lines_stay_whole(tmp_path: Path) -> None:
    content = 'q,r\n"one\ntwo, ""three""\n",r1\nx,"y" z\nq2,"\n\n"\n'
    first, broken, last = read(tmp_path, content)
    assert first == {"q": 'one\ntwo, "three"\n', "r": "r1"} and "(line 5)" in broken
    assert last == {"q": "q2", "r": "\n\n"}


def test_a_stray_byte_and_zero_bytes_cost_their_records(tmp_path: Path) -> None:
    rows = [f"é{k},r".encode() for k in range(200)]
    rows[5], rows[9] = b"caf\xe9,r", b"a\0\0,r"
    found = read(tmp_path, b"q,r\n" + b"\n".join(rows))
    assert found[5] == "broken: it is no UTF-8 (byte 0xe9, line 7)"
    assert found[9] == "broken: it holds zero bytes (line 11)"
    assert sum(isinstance(row, dict) for row in found) == 198


def test_a_table_of_one_column(tmp_path: Path) -> None:
    found = read(tmp_path, 'q\na\n"b" c\n\nd\n')
    assert (found[0], found[2:]) == ({"q": "a"}, [{"q": "d"}])


def test_a_header_that_cannot_be_read_stops(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.csv:1 is broken CSV"):
        read(tmp_path, '"q"x,r\n1,2\n')
