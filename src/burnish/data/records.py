"""The records of a table written as text (csv, tsv); a broken one is told by its number, and
reading goes on with the next line that is a whole record.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from burnish.core.errors import DataError
from burnish.data.encoding import stray_of
from burnish.data.layout import Broken, Layout, Raw

OPEN_QUOTE = "a quotation mark opens a cell, and none closes it"
WORDS = {"unexpected end of data": OPEN_QUOTE}


class Lines:
    """The lines of a file, of which some can be put back."""

    def __init__(self, file: io.TextIOWrapper):
        self._file = file
        self._back: deque[str] = deque()
        self.taken: list[str] = []
        """The lines since `taken` was last emptied."""
        self.number = 0
        """Of the last line that was taken, from 1."""

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._file)
        self.number += 1
        self.taken.append(line)
        return line

    def put_back(self, keep: int) -> None:
        """Give back all taken lines but the first `keep`."""
        back = self.taken[keep:]
        self._back.extendleft(reversed(back))
        self.number -= len(back)
        del self.taken[keep:]


def records(path: Path, layout: Layout, file: io.TextIOWrapper) -> Iterator[Raw]:
    """Numbered records with the header's columns; `Broken` where one cannot be read.

    Raises DataError where the header cannot.
    """
    lines = Lines(file)
    header = list(layout.header) or _header(path, layout, lines)
    if len(set(header)) != len(header):
        raise DataError(f"{path}:1 names a column twice: {', '.join(header)}.")
    reader, number, width = _reader(lines, layout), 0, len(header)
    while True:
        lines.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.put_back(1)
            number += 1
            what = WORDS.get(str(error), str(error))
            yield number, Broken(f"broken CSV: {what} (line {lines.number})")
            for what in _skipped(lines, layout, width):
                number += 1
                yield number, what
            continue
        if cells:
            number += 1
            yield number, _row(cells, header, lines)


def _reader(lines: Iterator[str], layout: Layout) -> Iterator[list[str]]:
    if layout.quoted:
        return csv.reader(lines, delimiter=layout.delimiter, strict=True)
    return csv.reader(lines, delimiter=layout.delimiter, quoting=csv.QUOTE_NONE)


def _header(path: Path, layout: Layout, lines: Lines) -> list[str]:
    try:
        header = next((cells for cells in _reader(lines, layout) if cells), [])
    except csv.Error as error:
        raise DataError(f"{path}:{lines.number} is broken CSV: {error}.") from error
    if header:
        header[0] = header[0].removeprefix("\ufeff")
    return header


def _row(cells: list[str], header: list[str], lines: Lines) -> dict[str, str] | Broken:
    if len(cells) != len(header):
        place = f"(line {lines.number})"
        return Broken(f"it has {len(cells)} cells, the header {len(header)} {place}")
    for line in lines.taken:
        if "\0" in line:
            return Broken(f"it holds zero bytes (line {lines.number})")
        if not line.isascii() and (stray := stray_of(line)):
            return Broken(f"it is no UTF-8 ({stray}, line {lines.number})")
    return dict(zip(header, cells, strict=True))


def _skipped(lines: Lines, layout: Layout, width: int) -> Iterator[Broken]:
    """Go on to the next line that begins a sound record of so many cells; what is wrong with each
    line before it that looks like a record of its own, since it has as many cells when cut plainly.
    """
    while True:
        lines.taken.clear()
        try:
            cells = next(_reader(lines, layout), None)
            what = "it cannot be told from the broken record before it"
        except csv.Error as error:
            cells, what = [], WORDS.get(str(error), str(error))
        if cells is None:
            return
        if len(cells) == width:
            lines.put_back(0)
            return
        lines.put_back(1)
        line = lines.taken[0]
        if line.strip() and line.count(layout.delimiter) == width - 1:
            yield Broken(f"broken CSV: {what} (line {lines.number})")
