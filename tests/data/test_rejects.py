import json
from pathlib import Path

import pytest

from burnish.core.errors import DataError
from burnish.data.rejects import Rejects


def test_the_summary_groups_reasons_and_shows_the_first_row() -> None:
    rejects = Rejects()
    for row in (3, 5):
        rejects.add("a.jsonl", row, f"too long: {row}00 tokens", "dropped_long")
    rejects.add("a.jsonl", 7, "response is empty")
    assert rejects.summary() == (
        "1 row cannot be used:\n"
        "  1 x response is empty (first: a.jsonl:7)\n"
        "2 rows longer than --max_length, left out:\n"
        "  2 x such as: too long: 300 tokens (first: a.jsonl:3)"
    )


def test_no_row_is_counted_under_words_that_are_not_its_own() -> None:
    rejects = Rejects()
    whole, lost = "no answer is touched", "1 of its answers lose their beginning"
    for row, what in enumerate((whole, lost, whole, lost, lost), 1):
        rejects.add("a", row, f"too long: {row}00 tokens, --max_length 50; {what}", "cut")
    for row, what in enumerate(("Expecting value: line 1", "Extra data: line 1"), 6):
        rejects.add("a", row, f"broken JSON: {what}")
    assert rejects.summary() == (
        "2 rows cannot be used:\n"
        "  1 x broken JSON: Expecting value: line 1 (first: a:6)\n"
        "  1 x broken JSON: Extra data: line 1 (first: a:7)\n"
        "5 rows longer than --max_length, cut:\n"
        f"  3 x such as: too long: 200 tokens, --max_length 50; {lost} (first: a:2)\n"
        f"  2 x such as: too long: 100 tokens, --max_length 50; {whole} (first: a:1)"
    )


def test_many_ways_to_put_one_reason_are_one_group() -> None:
    rejects = Rejects()
    for row, name in enumerate("abcdefg", 1):
        rejects.add("x", row, f"a file that it shows is not there: {name}.png")
    assert rejects.summary() == (
        "7 rows cannot be used:\n"
        "  7 x such as: a file that it shows is not there: a.png (first: x:1)"
    )


def test_a_row_is_noted_once() -> None:
    rejects = Rejects()
    rejects.add("a", 1, "x")
    rejects.add("a", 1, "x")
    assert rejects.count("rejected") == 1


def test_the_ledger_is_written_also_when_it_is_empty(tmp_path: Path) -> None:
    rejects = Rejects()
    rejects.write(tmp_path / "rejected.jsonl")
    assert (tmp_path / "rejected.jsonl").read_text() == ""
    rejects.add("ä.jsonl", 2, "why", "cut")
    rejects.write(tmp_path / "rejected.jsonl")
    line = json.loads((tmp_path / "rejected.jsonl").read_text(encoding="utf-8"))
    assert line == {"file": "ä.jsonl", "row": 2, "kind": "cut", "reason": "why"}


def test_too_many_bad_rows_stop_the_run() -> None:
    rejects = Rejects(max_bad_rows=1)
    rejects.add("a", 1, "x")
    rejects.add("a", 2, "too long", "dropped_long")
    with pytest.raises(DataError, match="2 rows cannot be used, --max_bad_rows allows 1"):
        rejects.add("a", 3, "x")


def test_the_ledger_of_a_run_that_goes_on_is_taken_up(tmp_path: Path) -> None:
    """Whatever a reason quotes: half a surrogate pair, a line separator of Unicode."""
    rejects, path = Rejects(), tmp_path / "rejected.jsonl"
    rejects.add("a", 1, "role is \ud800, not a role")
    rejects.add("b\u2028\x85", 2, "too long", "dropped_long")
    rejects.write(path)
    later = Rejects()
    later.add("a", 1, "role is \ud800, not a role")
    later.take_up(path)
    assert later.rows == rejects.rows
    assert (later.count("rejected"), later.count("dropped_long")) == (1, 1)
    later.add("c", 3, "new")
    later.write(path)
    assert [json.loads(line)["file"] for line in path.read_text().split("\n") if line][-1] == "c"
