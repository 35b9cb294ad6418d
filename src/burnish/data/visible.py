"""Text made visible: white space and control characters as signs, and how wide a text is."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby

from burnish.data.anatomy import Cell, Kind

SIGNS = {" ": "·", "\n": "⏎", "\t": "→", "\r": "␍"}
LEGEND = "· space, ⏎ line end, → tab, ‥ goes on with the character before"
SHORT = 240
"""Characters of a text that stands in a line of its own."""
LONG = 2000


def visible(text: str) -> str:
    """Spaces, line ends and tabs as signs; what a terminal or a page would not show, escaped."""
    return "".join(
        SIGNS.get(char) or (char if char.isprintable() else _code(char)) for char in text
    )


def _code(char: str) -> str:
    number = ord(char)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def one_line(text: str, most: int = SHORT) -> str:
    """A text for a line of a list: line ends as signs, spaces as they are, the rest left out and
    told.
    """
    line = visible(text).replace("·", " ")
    return line if len(line) <= most else f"{line[:most]}… ({len(text):,} characters)"


def reason_of(text: str, most: int = 2 * SHORT) -> str:
    """Why a row is not used, for a line of a list: of a long text the middle is left out and told,
    since the end says what to do.
    """
    line = visible(text).replace("·", " ")
    if len(line) <= most:
        return line
    half = most // 2
    return f"{line[:half]} … ({len(line) - 2 * half:,} characters left out) … {line[-half:]}"


def named(text: str) -> str:
    """A file's name, or another text that stands among words: nothing in it acts."""
    return one_line(text, LONG)


def width(text: str) -> int:
    """Columns that a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def runs(cells: Sequence[Cell]) -> Iterator[tuple[Kind, float, list[Cell]]]:
    """Neighbours of one kind and one loss weight."""
    for (kind, weight), group in groupby(cells, key=lambda cell: (cell.kind, cell.weight)):
        yield kind, weight, list(group)


def weight_text(weight: float) -> str:
    """A loss weight as people write it; none is an empty text."""
    return f"{weight:g}" if weight else ""


def percent(share: float) -> str:
    """A share as per cent, which never rounds to all or nothing what is not."""
    if 0 < share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{share:.1%}"


def count_of(number: int, word: str) -> str:
    """1 row, 2 rows, 1,000 rows."""
    return f"{number:,} {word}{'s' * (number != 1)}"
