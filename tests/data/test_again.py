import json
from pathlib import Path

from burnish.data.again import samples_again
from burnish.data.convert import survey
from burnish.data.table import open_table


def test_only_the_rows_that_are_wanted_in_the_order_of_the_files(tmp_path: Path) -> None:
    readings = []
    for name in "ab":
        path = tmp_path / f"{name}.jsonl"
        rows = [{"query": f"{name}{k}", "response": "r"} for k in range(1, 6)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        readings.append(survey(open_table(path, name)))
    found = samples_again([*readings, readings[0]], {"b": {4, 2}, "a": {5}, "c": {1}})
    assert [(s.id.source, s.id.row, s.messages[0].text) for s in found] == [
        ("a", 5, "a5"),
        ("b", 2, "b2"),
        ("b", 4, "b4"),
    ]


def test_a_row_that_is_bad_by_now_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"query": "q", "response": "r"}\n{"query": "q", "response": null}\n')
    assert len(list(samples_again([survey(open_table(path))], {str(path): {1, 2}}))) == 1
