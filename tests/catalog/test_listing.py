from pathlib import Path

from burnish.catalog.listing import (
    CORPUS_COLUMNS,
    MODEL_COLUMNS,
    TEMPLATE_COLUMNS,
    Row,
    code_rows,
    corpus_rows,
    details,
    matching,
    model_rows,
    near,
    table,
    template_rows,
)
from burnish.core.registry import TUNERS


def row(*cells: str) -> Row:
    return Row(cells, "\n".join(cells).lower(), {"name": cells[0]})


def test_rows_have_a_cell_for_each_column() -> None:
    for columns, rows in (
        (MODEL_COLUMNS, model_rows()),
        (CORPUS_COLUMNS, corpus_rows()),
        (TEMPLATE_COLUMNS, template_rows()),
    ):
        assert rows and {len(each.cells) for each in rows} == {len(columns)}


def test_every_word_must_be_there() -> None:
    rows = model_rows()
    found = {each.name for each in matching(rows, ["QWEN2.5", "math", "7b"])}
    assert found == {"qwen2_5-math-7b", "qwen2_5-math-7b-instruct"}
    assert matching(rows, ["vision", "coding"]) == []
    assert matching(rows, ["same"]) == []  # what the table writes for an id is no id
    assert len(matching(rows, [])) == len(rows)


def test_a_subset_that_is_not_shown_is_found() -> None:
    assert [each.name for each in matching(corpus_rows(), ["segmentfault"])] == ["coig-cqia"]


def test_near_names() -> None:
    rows = [row("qwen2_5-7b"), row("llama3-8b"), row("yi-6b")]
    assert near(rows, ["qwen2.5", "7b"]) == ["qwen2_5-7b"]
    assert near(rows, ["zzz"]) == []


def test_a_table_is_aligned_and_without_empty_columns() -> None:
    rows = [row("a", "", "long text"), row("bbb", "", "x")]
    shown = table(("name", "nothing", "about"), rows)
    assert shown.split("\n") == ["name  about", "a     long text", "bbb   x"]


def test_details_leave_out_what_is_empty() -> None:
    known = {"name": "a", "hf": None, "tags": ("x", "y"), "columns": {"q": "query"}, "huge": True}
    assert details(known).split("\n") == [
        "name     a",
        "tags     x, y",
        "columns  q: query",
        "huge     yes",
    ]


def test_code_is_told_by_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "lora.py").write_text('"""LoRA: low rank.\n\nMore."""\n')
    rows = {r.name: r.cells for r in code_rows(TUNERS, tmp_path, {"lora", "soon"}, {"lora"})}
    assert rows["lora"] == ("lora", "works", "LoRA: low rank.")
    assert rows["soon"] == ("soon", "not available yet", "")
