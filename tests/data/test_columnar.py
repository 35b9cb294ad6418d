import logging
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from burnish.data.columnar import read_arrow, read_parquet
from burnish.data.layout import Layout

TURNS = [
    {"role": "assistant", "content": None, "tool_calls": [{"name": "f", "arguments": {"a": 1}}]},
    {
        "role": "assistant",
        "content": "x",
        "tool_calls": [{"name": "g", "arguments": {"b": [None]}}],
    },
]


def write(path: Path, rows: list[dict[str, Any]], schema: Any = None) -> Path:
    table = pyarrow.Table.from_pylist(rows, schema=schema)
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path)
    else:
        with pyarrow.ipc.new_file(str(path), table.schema) as file:
            file.write_table(table)
    return path


def read(path: Path) -> list[Any]:
    reader = read_parquet if path.suffix == ".parquet" else read_arrow
    return [row for _, row in reader(path, Layout(), 0)]


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_keys_of_other_objects_are_not_invented(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / name, [{"messages": [turn], "extra": None} for turn in TURNS])
    with caplog.at_level(logging.INFO, "burnish"):
        found = [read(path), read(path)][1]
    assert [row["messages"][0]["tool_calls"][0]["arguments"] for row in found] == [
        {"a": 1},
        {"b": [None]},
    ]
    assert found[0]["extra"] is None and "content" not in found[0]["messages"][0]
    assert caplog.text.count("keys that are null in them are left out") == 1


def test_maps_and_json_texts_keep_their_nulls(tmp_path: Path) -> None:
    kind = pyarrow.map_(pyarrow.string(), pyarrow.string())
    schema = pyarrow.schema([("map", kind), ("text", pyarrow.string())])
    row = {"map": [("a", None)], "text": '{"a": null}'}
    assert read(write(tmp_path / "a.parquet", [row], schema)) == [row]
