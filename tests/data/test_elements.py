"""A JSON list of which something is broken: which rows are kept, and what is said of the others."""

import json
import logging
import random
from pathlib import Path
from typing import Any

import pytest

from burnish.core.errors import DataError
from burnish.data import elements
from burnish.data.layout import Broken
from burnish.data.table import open_table

A, B, C, D = ({"q": name, "turns": [{"role": "u"}, {"role": "a"}]} for name in "abcd")


def read(folder: Path, content: str | bytes) -> list[Any]:
    path = folder / "a.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    rows = list(open_table(path).raws())
    assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
    return [f"broken: {row}" if isinstance(row, Broken) else row for _, row in rows]


def lines(*rows: Any, before: str = "[\n", between: str = ",\n", indent: int | None = None) -> str:
    """A list; text stands as it is, in the margin of the others."""
    texts = []
    for row in rows:
        text = row if isinstance(row, str) else json.dumps(row, indent=indent)
        margin = " " * (indent or 0)
        texts.append("\n".join(margin + line for line in text.split("\n")))
    return before + between.join(texts) + "\n]"


BAD = {
    "no comma": ('{"q": "x" "turns": []}', "Expecting ',' delimiter"),
    "no colon": ('{"q" "x"}', "Expecting ':' delimiter"),
    "a comma too many": ('{"q": "x",}', "Illegal trailing comma|Expecting property name"),
    "an open text": ('{"q": "x}', "Invalid control character|Unterminated"),
    "a bracket too many": ('{"q": "x"}}', "something follows it: '}'"),
    "a bracket too few": ('{"q": {"r": "x"}', "Expecting|delimiter|property name"),
    "a line in a text": ('{"q": "x\ny", "turns": []}', "Invalid control character"),
    "a bad escape": ('{"q": "\\x41"}', "Invalid"),
    "single quotes": ("{'q': 'x'}", "Expecting property name"),
    "nothing": ("{oops}", "Expecting property name"),
    "a turn without comma": ('{"q": "x", "turns": [{"role": "u"} {"role": "a"}]}', "delimiter"),
}


@pytest.mark.parametrize("window", [1, 7, 1 << 20])
@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_broken_row_among_lines(
    tmp_path: Path, case: str, indent: int | None, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elements, "WINDOW", window)
    bad, says = BAD[case]
    for place in range(4):
        rows: list[Any] = [A, B, C]
        rows.insert(place, bad)
        found = read(tmp_path, lines(*rows, indent=indent))
        broken = found.pop(place)
        assert found == [A, B, C]
        assert isinstance(broken, str) and broken.startswith("broken: broken JSON: ")
        assert any(each in broken for each in says.split("|"))
        assert "(line " in broken


def test_several_broken_rows_keep_the_numbers_of_the_others(tmp_path: Path) -> None:
    bad = [text for text, _ in BAD.values() if "\n" not in text]
    found = read(tmp_path, lines(A, *bad, B, bad[0], C))
    assert [row for row in found if isinstance(row, dict)] == [A, B, C]
    assert (found.index(B), found.index(C)) == (1 + len(bad), 3 + len(bad))


def test_the_first_row_beside_the_bracket(tmp_path: Path) -> None:
    for margin in ("", " "):
        content = lines('{"q" "x"}', A, B, before="[", between=f",\n{margin}")
        found = read(tmp_path, content)
        assert found[1:] == [A, B] and "Expecting ':'" in found[0]


ON_ONE_LINE = {
    "no colon": '{"q" "x", "turns": [{"role": "u"}, {"role": "a"}]}',
    "a text without end": '{"q": "x, "turns": [{"role": "u"}, {"role": "a"}]}',
    "a bracket too few": '{"q": "x", "turns": [{"role": "u"}, {"role": "a"}]',
    "a bracket too many": '{"q": "x", "turns": [{"role": "u"}, {"role": "a"}]}}',
}


@pytest.mark.parametrize("window", [3, 1 << 20])
@pytest.mark.parametrize("case", ON_ONE_LINE)
def test_a_broken_row_where_all_stand_on_one_line(
    tmp_path: Path, case: str, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elements, "WINDOW", window)
    content = (
        "[" + ", ".join([json.dumps(A), ON_ONE_LINE[case], json.dumps(B), json.dumps(C)]) + "]"
    )
    first, broken, *others = read(tmp_path, content)
    assert (first, others) == (A, [B, C]) and broken.startswith("broken: broken JSON")


def test_what_cannot_be_told_apart_stops(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.json:1 is broken JSON: .* cannot be told; mend it"):
        read(tmp_path, '[{"q": "x, "r": 1}, {"q": "y", "r": 2}]')


@pytest.mark.parametrize("separator", [", ", ",\n"])
def test_a_list_that_was_cut(
    tmp_path: Path, separator: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole = "[" + separator.join(map(json.dumps, (A, B, C))) + "]"
    for end in range(whole.index("c"), len(whole) - 2):
        *kept, broken = read(tmp_path, whole[:end])
        assert kept == [A, B] and broken.startswith("broken: broken JSON: ")
    assert "a.json" in caplog.text and "ends without the closing ]" in caplog.text
    *kept, broken = read(tmp_path, whole[: whole.index(separator + json.dumps(C)) + 2])
    assert kept == [A, B] and "it ends before the closing ]" in broken


def test_commas_too_many_or_too_few_cost_no_row(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert read(tmp_path, '[{"a": 1},\n{"a": 2},\n]') == [{"a": 1}, {"a": 2}]
        assert read(tmp_path, '[{"a": 1}\n{"a": 2}]') == [{"a": 1}, {"a": 2}]
        assert read(tmp_path, '[{"a": 1},\n{"a": 2}') == [{"a": 1}, {"a": 2}]
    for said in ("a comma stands before", "a comma is missing between", "ends without the closing"):
        assert said in caplog.text


@pytest.mark.parametrize("separator", [", ", ",\n"])
def test_a_stray_byte_costs_its_row(tmp_path: Path, separator: str) -> None:
    rows = [json.dumps({"q": f"é{k}"}, ensure_ascii=False).encode() for k in range(200)]
    rows[7] = b'{"q": "caf\xe9"}'
    found = read(tmp_path, b"[" + separator.encode().join(rows) + b"]")
    assert found[7] == "broken: it is no UTF-8 (byte 0xe9)"
    assert [row for k, row in enumerate(found) if k != 7] == [
        {"q": f"é{k}"} for k in range(200) if k != 7
    ]


def test_lists_in_one_another_without_end(tmp_path: Path) -> None:
    deep = '{"q": ' + "[" * 100_000 + "]" * 100_000 + "}"
    first, broken, last = read(tmp_path, lines(A, deep, B))
    assert (first, last) == (A, B) and "lists or objects in one another without end" in broken


@pytest.mark.parametrize("indent", [None, 2])
def test_one_damaged_character_costs_few_rows(tmp_path: Path, indent: int | None) -> None:
    chance, rows = random.Random(0), [{**A, "q": f'{k}, "x" {{[é'} for k in range(12)]
    whole = lines(*rows, indent=indent)
    for _ in range(150):
        at, sign = chance.randrange(len(whole)), chance.choice('"{}:,\\x\n')
        content = whole[:at] + chance.choice((sign, "")) + whole[at + chance.choice((0, 1)) :]
        try:
            found = read(tmp_path, content)
        except DataError as error:  # brackets in a place where they end the list
            assert "a.json:" in str(error)
            continue
        assert sum(row in rows for row in found) >= len(rows) - 2
        assert sum(isinstance(row, dict) for row in found) <= len(rows)
