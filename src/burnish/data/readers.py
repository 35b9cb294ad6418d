"""One reader a kind of file: numbered raw rows, with only a window of the file in memory."""

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.columnar import read_arrow, read_parquet
from burnish.data.layout import Broken, Layout, Raw, look, open_bytes, open_text

WINDOW = 1 << 20
"""Characters of a JSON list that are read at a time."""
NEAR_END = 16
"""An error this close to the end of what was read may come from the cut."""
DEEP = "lists or objects in one another without end"
LONG_NUMBER = f"a whole number has more than {sys.get_int_max_str_digits()} digits"
DECODER = json.JSONDecoder()
BLANKS = re.compile(r"[ \t\r\n]*")
COMMA = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")
ROW_COLUMNS = frozenset(
    ("query", "response", "instruction", "output", "messages", "conversations", "conversation",
     "text", "prompt", "completion", "chosen", "rejected", "history", "images")
)  # fmt: skip
"""A JSON object with one of these keys is a row itself."""


class Twice(ValueError):
    """A key stands twice in one object."""


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
        return Broken(f"broken JSON: {_wrong(error)}")
    return row


def _wrong(error: ValueError | RecursionError) -> str:
    """What is wrong with a JSON text, in words for people who write data."""
    if isinstance(error, json.JSONDecodeError):
        return str(error)
    return DEEP if isinstance(error, RecursionError) else LONG_NUMBER


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


def count_keys(value: Any) -> int:
    """How many keys there are in all objects of a JSON value."""
    if type(value) is not dict and type(value) is not list:
        return 0
    count = len(value) if type(value) is dict else 0
    for each in value.values() if type(value) is dict else value:
        if type(each) is dict or type(each) is list:
            count += count_keys(each)
    return count


def check_keys(text: str) -> None:
    """Raises Twice when a key stands twice in one object of `text`, which is sound JSON."""
    json.loads(text, object_pairs_hook=_no_key_twice)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> None:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        twice = next(key for k, key in enumerate(keys) if key in keys[:k])
        raise Twice(f"the key {twice!r} stands twice in one object")


def read_list(path: Path, layout: Layout, start: int) -> Iterator[Raw]:
    """The elements of a JSON list, with a window of it in memory."""
    with open_text(path, layout) as file:
        yield from islice(_elements(path, file), start, None)


def _elements(path: Path, file: io.TextIOWrapper) -> Iterator[Raw]:
    window = Window(path, file)
    if window.sign() != "[":
        raise window.broken("it does not begin with [")
    number, sign = 0, ","
    while sign == ",":
        first = window.sign(peek=True)
        if first == "]" and not number:
            break
        if not first:
            raise window.broken("it ends before the closing ]")
        number += 1
        yield number, window.value()
        while window.next_follows():
            number += 1
            yield number, window.value()
        sign = window.sign()
    else:
        if sign != "]":
            raise window.broken("a comma or the closing ] is missing")
        if rest := window.sign():
            raise window.broken(f"something follows the closing ]: {rest!r}")


class Window:
    """A piece of a text that slides over it: signs and JSON values, one after the other."""

    def __init__(self, path: Path, file: io.TextIOWrapper):
        self.path, self.file = path, file
        self.text = file.read(WINDOW).removeprefix("\ufeff")
        self.at = 0
        self.lines = 1
        """The line that `text` begins in."""
        self.is_whole = False

    def more(self, size: int = WINDOW) -> bool:
        """Drop what was taken and read on; whether there was anything left to read."""
        chunk = self.file.read(size)
        self.lines += self.text.count("\n", 0, self.at)
        self.text, self.at = self.text[self.at :] + chunk, 0
        self.is_whole = not chunk
        return bool(chunk)

    def sign(self, peek: bool = False) -> str:
        """The next character that is no blank, or "" at the end."""
        while True:
            found = BLANKS.match(self.text, self.at)
            assert found is not None
            self.at = found.end()
            if self.at < len(self.text):
                sign = self.text[self.at]
                self.at += not peek
                return sign
            if not self.more():
                return ""

    def next_follows(self) -> bool:
        """Take a comma before another value; False where the window must be looked at closely."""
        comma = COMMA.match(self.text, self.at)
        if comma is None or comma.end() == len(self.text):
            return False
        self.at = comma.end()
        return True

    def value(self) -> Any:
        """The JSON value that begins here; Broken where a key stands twice in it.

        Raises DataError naming the line.
        """
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated") or (
                    error.pos > len(self.text) - NEAR_END
                )
                if is_cut and not self.is_whole and self.more(max(WINDOW, len(self.text))):
                    continue
                self.at = error.pos
                raise self.broken(error.msg) from error
            except (ValueError, RecursionError) as error:
                raise self.broken(_wrong(error)) from error
            if end == len(self.text) and not self.is_whole and self.more():
                continue  # a number may go on
            start, self.at = self.at, end
            if count_keys(value) != self.text.count('":', start, end):
                try:
                    check_keys(self.text[start:end])
                except Twice as error:
                    return Broken(str(error))
            return value

    def broken(self, what: str) -> DataError:
        """The error for what stands at this place."""
        line = self.lines + self.text.count("\n", 0, self.at)
        return DataError(f"{self.path}:{line} is broken JSON: {what}.")


def read_object(path: Path, layout: Layout, start: int) -> Iterator[Raw]:
    """The rows inside one JSON object, or the object as the only row. It is held whole."""
    with open_text(path, layout) as file:
        text = file.read().removeprefix("\ufeff")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno} is broken JSON: {error.msg}.") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is broken JSON: {_wrong(error)}.") from error
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
        yield from islice(_records(path, layout, file), start, None)


def _records(path: Path, layout: Layout, file: io.TextIOWrapper) -> Iterator[Raw]:
    reader = (
        csv.reader(file, delimiter=layout.delimiter, strict=True)
        if layout.quoted
        else csv.reader(file, delimiter=layout.delimiter, quoting=csv.QUOTE_NONE)
    )
    try:
        header = list(layout.header) or next((cells for cells in reader if cells), [])
        if header:
            header[0] = header[0].removeprefix("\ufeff")
        if len(set(header)) != len(header):
            raise DataError(f"{path}:1 names a column twice: {', '.join(header)}.")
        for number, cells in enumerate((cells for cells in reader if cells), 1):
            if len(cells) == len(header):
                yield number, dict(zip(header, cells, strict=True))
            else:
                line = f"line {reader.line_num}"
                yield (
                    number,
                    Broken(f"it has {len(cells)} cells, the header {len(header)} ({line})"),
                )
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num} is broken CSV: {error}.") from error


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
