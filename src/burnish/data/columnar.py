"""Parquet and arrow files: numbered rows, whose objects have the keys they were written with."""

import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from burnish.core.errors import DataError, bare
from burnish.core.log import log
from burnish.data.layout import Layout, Raw

BATCH = 1000
"""Rows of a parquet file that are in memory at a time."""


def read_parquet(path: Path, layout: Layout, start: int) -> Iterator[Raw]:
    """Records of a parquet file; whole groups before `start` are not read."""
    try:
        file = importlib.import_module("pyarrow.parquet").ParquetFile(path)
        first = number = 0
        while first < file.num_row_groups:
            size = file.metadata.row_group(first).num_rows
            if number + size > start:
                break
            number, first = number + size, first + 1
        groups = range(first, file.num_row_groups)
        batches = file.iter_batches(BATCH, row_groups=groups)
        yield from _batches(path, batches, number, start)
    except DataError:
        raise
    except Exception as error:  # pyarrow raises many kinds
        raise DataError(f"{path} is no sound parquet file: {bare(error)}.") from error


def read_arrow(path: Path, layout: Layout, start: int) -> Iterator[Raw]:
    """Records of an arrow file, of either form."""
    arrow = importlib.import_module("pyarrow")
    try:
        with arrow.memory_map(str(path)) as source:
            try:
                stream = arrow.ipc.open_stream(source)
            except arrow.ArrowInvalid:
                file = arrow.ipc.open_file(source)
                stream = (file.get_batch(k) for k in range(file.num_record_batches))
            yield from _batches(path, stream, 0, start)
    except Exception as error:  # pyarrow raises many kinds
        raise DataError(f"{path} is no sound arrow file: {bare(error)}.") from error


def _batches(path: Path, batches: Any, number: int, start: int) -> Iterator[Raw]:
    """Rows of the batches from row `start` on; `number` rows came before them."""
    types = importlib.import_module("pyarrow").types
    for batch in batches:
        skipped = max(0, min(start - number, batch.num_rows))
        nested = [field for field in batch.schema if types.is_nested(field.type)]
        for place, row in enumerate(batch.slice(skipped).to_pylist(), number + skipped + 1):
            for field in nested:
                row[field.name] = _without_nulls(row[field.name], field.type, types, path)
            yield place, row
        number += batch.num_rows


def _without_nulls(value: Any, kind: Any, types: Any, path: Path) -> Any:
    """The value without the null fields of its structs. All objects of a column share one struct
    type, so that a null there mostly says that this object never had the key.
    """
    if value is None:
        return None
    if types.is_struct(kind):
        if None in value.values():
            _say_nulls(path)
        return {
            field.name: _without_nulls(value[field.name], field.type, types, path)
            for field in kind
            if value[field.name] is not None
        }
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        inner = kind.value_type
        if types.is_nested(inner):
            return [_without_nulls(each, inner, types, path) for each in value]
    return value


@cache
def _say_nulls(path: Path) -> None:
    log.info(
        "%s: its objects are structs, which have every key of all rows; keys that are null in them "
        "are left out",
        path,
    )
