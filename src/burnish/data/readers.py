"""One reader a kind of file: numbered raw rows, with only a window of the file in memory."""

import csv
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.columnar import read_arrow, read_parquet
from burnish.data.elements import elements
from burnish.data.json_text import Twice, check_keys, count_keys, what_is_wrong
from burnish.data.layout import Broken, Layout, Raw, look, open_bytes, open_text
from burnish.data.records import records

ROW_COLUMNS = frozenset(
    ("query", "response", "instruction", "output", "messages", "conversations", "conversation",
     "text", "prompt", "completion", "chosen", "rejected", "history", "images")
)  # fmt: skip
"""A JSON object with one of these keys is a row itself."""


def read_lines(path: Path, layout: Layout, start: int) -> Iterator[Raw]:
    """Lines as bytes (as text where the encoding is UTF-16); blank ones are no rows.

    Only a line feed ends a line, since texts hold U+2028 and the like.
    """
    is_wide = layout.encoding.startswith(("utf-16", "utf-32"))
    yield from islice((_wide_lines if is_wide else _lines)(path, layout), start, None)


def _lines(path: Path, layout: Layout) -> Iterator[Raw]:
    with open_bytes(path, layout.member) as file:
        for number, line in enumerate(file, 1):
            if not line.isspace():
                yield number, line


def _wide_lines(path: Path, layout: Layout) -> Iterator[Raw]:
    with open_text(path, layout, "\n") as file:
        for number, line in enumerate(file, 1):
            if not line.isspace():
                yield number, line


def parse_line(raw: bytes | str, layout: Layout) -> Any:
    """The JSON value of a line."""
    text = _decoded(raw, layout)
    if isinstance(text, Broken):
        return text
    try:
        row = json.loads(text)
        if count_keys(row) != text.count('":'):
            check_keys(text)
    except Twice as error:
        return Broken(str(error))
    except (ValueError, RecursionError) as error:
        return Broken(f"broken JSON: {what_is_wrong(error)}")
    return row


def parse_text(raw: bytes | str, layout: Layout) -> Any:
    """A line of a text file, as a row."""
    text = _decoded(raw, layout)
    return text if isinstance(text, Broken) else {"text": text.rstrip("\r\n")}


def _decoded(raw: bytes | str, layout: Layout) -> str:
    if isinstance(raw, str):
        return raw.removeprefix("\ufeff")
    try:
        return raw.decode(layout.encoding)
    except UnicodeDecodeError as error:
        wrong = f"byte 0x{raw[error.start]:02x}, at place {error.start + 1} of the line"
        return Broken(f"it is no {layout.encoding.upper()} ({wrong})")


def read_list(path: Path, layout: Layout, start: int) -> Iterator[Raw]:
    """The elements of a JSON list, with a window of it in memory."""
    with open_text(path, layout) as file:
        yield from islice(elements(path, file), start, None)


def read_object(path: Path, layout: Layout, start: int) -> Iterator[Raw]:
    """The rows inside one JSON object, or the object as the only row. It is held whole."""
    with open_text(path, layout) as file:
        text = file.read().removeprefix("\ufeff")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno} is broken JSON: {error.msg}.") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is broken JSON: {what_is_wrong(error)}.") from error
    if count_keys(value) != text.count('":'):
        try:
            check_keys(text)
        except Twice as error:
            raise DataError(f"{path}: {error}.") from error
    yield from islice(enumerate(rows_inside(path, value, layout.field), 1), start, None)


def rows_inside(path: Path, value: Any, field: str = "") -> list[Any]:
    """The list of rows that a JSON object holds under `field` ("a.b": under b in a), or as its
    only list of objects, or as the values of its keys; else the object is the one row.
    """
    for key in field.split(".") if field else ():
        if not isinstance(value, dict) or key not in value:
            there = f"there are {', '.join(map(str, value))}" if isinstance(value, dict) else "no"
            raise DataError(f"{path}: it has no field {field!r}; {there}.")
        value = value[key]
    if isinstance(value, list):
        return value
    if field and not isinstance(value, dict):
        raise DataError(f"{path}: its field {field!r} is no list of rows.")
    if not isinstance(value, dict) or not ROW_COLUMNS.isdisjoint(value):
        return [value]
    lists = [key for key, inner in value.items() if _is_rows(inner)]
    if len(lists) > 1:
        raise DataError(
            f"{path}: it holds several lists of rows ({', '.join(lists)}). Say which with `field` "
            "in --custom_dataset_info."
        )
    if lists:
        log.info("%s: its rows stand under %r", path, lists[0])
        return list(value[lists[0]])
    if len(value) > 1 and _is_rows(list(value.values())):
        log.info("%s: its rows are the values of its %d keys", path, len(value))
        return list(value.values())
    return [value]


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(row) is dict for row in value)


def read_csv(path: Path, layout: Layout, start: int) -> Iterator[Raw]:
    """Records with a header; an empty cell is an empty string. Numbers count records from 1, the
    header not among them.
    """
    csv.field_size_limit(sys.maxsize)  # of the whole process: several files are read at once
    with open_text(path, layout) as file:
        yield from islice(records(path, layout, file), start, None)


def read_parallel(path: Path, layout: Layout, start: int) -> Iterator[Raw]:
    """Line n of every file together; blank lines count. Raises DataError when one is shorter."""
    columns = [column for column, _ in layout.parallel]
    with ExitStack() as stack:
        files = [
            stack.enter_context(open_text(Path(file), look(Path(file), Layout("text")), "\n"))
            for _, file in layout.parallel
        ]
        for number, lines in enumerate(zip_longest(*files), 1):
            if None in lines:
                short = layout.parallel[lines.index(None)][1]
                raise DataError(f"{short} ends before line {number}, the file beside it goes on.")
            if number > start:
                cells = (line.rstrip("\r\n").removeprefix("\ufeff") for line in lines)
                yield number, dict(zip(columns, cells, strict=True))


READERS: dict[str, Callable[[Path, Layout, int], Iterator[Raw]]] = {
    "lines": read_lines,
    "list": read_list,
    "object": read_object,
    "csv": read_csv,
    "text": read_lines,
    "parallel": read_parallel,
    "parquet": read_parquet,
    "arrow": read_arrow,
}
PARSERS: dict[str, Callable[[Any, Layout], Any]] = {"lines": parse_line, "text": parse_text}
