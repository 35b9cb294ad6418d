"""The elements of a JSON list, read through a window; a broken one is told by its number, and the
next is found by the shape of the file.
"""

import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.encoding import stray_of
from burnish.data.json_text import DEEP, LONG_NUMBER, Twice, check_keys, count_keys
from burnish.data.layout import Broken, Raw

WINDOW = 1 << 20
"""Characters of a JSON list that are read at a time."""
NEAR_END = 16
"""An error this close to the end of what was read may come from the cut."""
MARGIN = 200
"""Characters before an element that are looked at for the beginning of its line."""
KNOWN = 100
"""Sets of keys that are remembered."""
DECODER = json.JSONDecoder()
LENIENT = json.JSONDecoder(parse_int=len)
"""Reads over numbers that Python refuses."""
BLANKS = re.compile(r"[ \t\r\n]*")
COMMA = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")
NEXT_OBJECT = re.compile(r",[ \t\r\n]*(?=\{)")
TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]"]', re.DOTALL)
FIRST = " ?"
"""What stands before the others on their lines, where the first stands right behind [."""
OPENS = {"}": "{", "]": "["}


class Fault(Exception):
    """Something is wrong with an element, at `at` in the window."""

    def __init__(self, what: str, at: int):
        super().__init__(what)
        self.at = at


def elements(path: Path, file: io.TextIOWrapper) -> Iterator[Raw]:
    """The numbered elements of a list, `Broken` where one cannot be read.

    Raises DataError where it is no list, or where the next element cannot be told from a broken
    one.
    """
    window = Window(path, file)
    if window.sign() != "[":
        raise window.broken("it does not begin with [", window.at)
    number, more = 0, window.sign(peek=True) != "]"
    if not more:
        window.sign()
    while more:
        number += 1
        try:
            value = window.value()
            more = window.next_follows() or window.goes_on()
        except Fault as fault:
            value = Broken(f"broken JSON: {fault} (line {window.line(fault.at)})")
            more = window.skip(fault)
        yield number, value
    if rest := window.sign():
        raise window.broken(f"something follows the closing ]: {rest!r}", window.at)


class Window:
    """A piece of a text that slides over it: signs and JSON values, one after the other."""

    def __init__(self, path: Path, file: io.TextIOWrapper):
        self.path, self.file = path, file
        self.text = file.read(WINDOW).removeprefix("\ufeff")
        self.at = 0
        self.begin = 0
        """Where the last value begins; all behind it is kept."""
        self.lines = 1
        """The line that `text` begins in."""
        self.before = ""
        """What stood right before `text`."""
        self.is_whole = False
        self.has_strays = stray_of(self.text) != ""
        self.known: set[frozenset[str]] = set()
        """The keys of objects that were read."""
        self.on_lines = True
        """Whether every value so far stood on one line."""

    def more(self, size: int = WINDOW) -> bool:
        """Drop what stands before the last value and read on; whether anything was left."""
        chunk, begin = self.file.read(size), self.begin
        self.lines += self.text.count("\n", 0, begin)
        self.before = (self.before + self.text[max(0, begin - MARGIN) : begin])[-MARGIN:]
        self.text, self.at, self.begin = self.text[begin:] + chunk, self.at - begin, 0
        self.is_whole = not chunk
        self.has_strays = self.has_strays or stray_of(chunk) != ""
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
        if comma is None or comma.end() == len(self.text) or self.text[comma.end()] == "]":
            return False
        self.at = comma.end()
        return True

    def goes_on(self) -> bool:
        """Take what stands between this value and the next; False: there is none.

        A comma too many or too few, or an end without ], costs no row and is told. Raises Fault.
        """
        sign = self.sign()
        if sign == ",":
            if self.sign(peek=True) != "]":
                return True
            self._say("a comma stands before the closing ]")
            self.sign()
        elif sign == "{":
            self.at -= 1
            self._say("a comma is missing between two rows")
            return True
        elif sign == "":
            self._say("it ends without the closing ]. Rows may be missing")
        elif sign != "]":
            raise Fault(f"something follows it: {sign!r}", self.at - 1)
        return False

    def value(self) -> Any:
        """The JSON value that begins here; Broken where a key stands twice in it, a number is too
        long, or a byte is no UTF-8. Raises Fault.
        """
        self.begin, decoder = self.at, DECODER
        while True:
            try:
                value, end = decoder.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated") or (
                    error.pos > len(self.text) - NEAR_END
                )
                if is_cut and not self.is_whole and self.more(max(WINDOW, len(self.text))):
                    continue
                what = error.msg if self.sign(peek=True) else "it ends before the closing ]"
                raise Fault(what, max(error.pos, self.at)) from error
            except RecursionError as error:
                raise Fault(DEEP, self.at) from error
            except ValueError:
                decoder = LENIENT
                continue
            if end == len(self.text) and not self.is_whole and self.more():
                continue  # a number may go on
            self.at = end
            return self._sound(value, end) if decoder is DECODER else Broken(LONG_NUMBER)

    def _sound(self, value: Any, end: int) -> Any:
        """The value, or what else is wrong with it."""
        if self.on_lines:
            self.on_lines = self.text.find("\n", self.begin, end) < 0
        if type(value) is dict and len(self.known) < KNOWN:
            self.known.add(frozenset(value))
        if self.has_strays and (stray := stray_of(self.text[self.begin : end])):
            return Broken(f"it is no UTF-8 ({stray})")
        if count_keys(value) != self.text.count('":', self.begin, end):
            try:
                check_keys(self.text[self.begin : end])
            except Twice as error:
                return Broken(str(error))
        return value

    def skip(self, fault: Fault) -> bool:
        """Go from a broken element to the next one; False: it was the last.

        An element begins where a line begins as this one's does; or behind the bracket that closes
        this one; or where an object has the keys of one before. Raises DataError where none of
        this holds and there is more to read.
        """
        place = self.line(fault.at)
        margin = self._margin()
        if margin is not None and self._skip_to_line(margin):
            return True
        if (end := self._closed()) is not None:
            self.at = end
            return self.next_follows() or self.goes_on()
        while self.more(max(WINDOW, len(self.text))):
            pass
        if self._skip_to_known():
            return True
        closes = self.text.rstrip().endswith("]")
        if closes and margin in (None, FIRST):
            raise DataError(
                f"{self.path}:{place} is broken JSON: {fault}. Where the next row begins cannot be "
                "told; mend it, or write the rows one to a line (.jsonl)."
            )
        self.at = len(self.text)
        if not closes:
            self._say("it ends without the closing ]. Rows may be missing")
        return False

    def _margin(self) -> str | None:
        """A pattern of what stands before an element on its line, where elements begin lines."""
        before = (self.before + self.text[: self.begin])[-MARGIN:]
        _, newline, blanks = before.rpartition("\n")
        if blanks.strip() == "[" and self.on_lines:
            return FIRST
        if not newline or blanks.strip() or not (blanks or self.on_lines):
            return None
        return re.escape(blanks)

    def _skip_to_line(self, margin: str) -> bool:
        sign = re.compile(rf"\n{margin}(?=\{{)")
        while True:
            if found := sign.search(self.text, self.begin + 1):
                self.at = found.end()
                return True
            if not self.more(max(WINDOW, len(self.text))):
                return False

    def _closed(self) -> int | None:
        """Where the bracket that closes the element ends, if a comma or the closing ] follows it;
        None where brackets do not match.
        """
        while True:
            end = _end_of(self.text, self.begin)
            if end is None or end < len(self.text) - NEAR_END or self.is_whole:
                break
            self.more(max(WINDOW, len(self.text)))
        if not end:
            return None
        behind = self.text[end:].lstrip()[:1]
        return end if behind in (",", "]") and behind else None

    def _skip_to_known(self) -> bool:
        for found in NEXT_OBJECT.finditer(self.text, self.begin + 1):
            try:
                value, _ = DECODER.raw_decode(self.text, found.end())
            except (ValueError, RecursionError):
                continue
            if frozenset(value) in self.known:
                self.at = found.end()
                self._say("the next row that can be told begins here. Rows before it may be lost")
                return True
        return False

    def line(self, at: int) -> int:
        """The line of a place in the window."""
        return self.lines + self.text.count("\n", 0, at)

    def _say(self, what: str) -> None:
        _say_once(self.path, self.line(self.at), what)

    def broken(self, what: str, at: int) -> DataError:
        """The error for what stands at a place."""
        return DataError(f"{self.path}:{self.line(at)} is broken JSON: {what}.")


@cache
def _say_once(path: Path, line: int, what: str) -> None:
    """Warn, and not again when the file is read again."""
    log.warning("%s:%d: %s", path, line, what)


def _end_of(text: str, begin: int) -> int | None:
    """Where the bracket that closes the one at `begin` ends; `len(text)` where the text ends
    before; None where they do not match.
    """
    open_ones: list[str] = []
    for token in TOKENS.finditer(text, begin):
        sign = token[0]
        if sign in "{[":
            open_ones.append(sign)
        elif sign in "}]":
            if not open_ones or open_ones.pop() != OPENS[sign]:
                return None
            if not open_ones:
                return token.end()
        elif sign == '"':
            break  # a text that does not end
    return len(text)
