"""How a file holds its rows: kind, encoding, header and packing, told from its name and head."""

import bz2
import codecs
import contextlib
import csv
import gzip
import importlib
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from burnish.core.errors import DataError, bare
from burnish.core.log import log
from burnish.data.encoding import encoding_of, is_surely_utf_8, stray_bytes, undecodable
from burnish.data.sense import OTHERS, is_chinese, other_sense, sample_of

KINDS = {
    ".jsonl": "json", ".json": "json", ".ndjson": "json", ".csv": "csv", ".tsv": "tsv",
    ".txt": "text", ".parquet": "parquet", ".arrow": "arrow",
}  # fmt: skip
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
HEAD = 16 << 20
"""Bytes of a file that decide its encoding."""
CSV_TRIED = ";\t|"
READS = ".jsonl, .json, .csv, .tsv, .txt, .parquet"


class Broken(str):
    """What is wrong with a row that could not be read, in place of the row."""


Raw = tuple[int, Any]
"""A row's number (the line in jsonl and txt, else the record; from 1) and what the file holds
there, which `Table.parse` makes a row of."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one file is read. What a person says of it is kept; the rest is told from the file."""

    kind: str = ""
    """json lines: "lines"; a JSON list: "list"; one JSON object: "object"; csv, text, parquet,
    arrow; text files side by side: "parallel"."""
    encoding: str = ""
    header: tuple[str, ...] = ()
    """The columns of a csv or tsv file that does not name them itself."""
    delimiter: str = ""
    quoted: bool = True
    field: str = ""
    """Where in a JSON object the list of rows stands."""
    member: str = ""
    """The file inside a zip file."""
    parallel: tuple[tuple[str, str], ...] = ()
    """(column, path of the text file that holds it), line for line."""
    limit: int | None = None
    """Only this many rows, the first ones, are read."""


def kind_of(name: str) -> str | None:
    """The kind that a file's name says, packed or not, or None: no data."""
    path = Path(name)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
        if not suffixes:
            return "zip" if path.suffix.lower() == ".zip" else None
    return KINDS.get(suffixes[-1]) if suffixes else None


@contextlib.contextmanager
def open_bytes(path: Path, member: str = "") -> Iterator[IO[bytes]]:
    """The bytes of a file, unpacked. Raises DataError for what cannot be opened or unpacked, also
    while it is read.
    """
    try:
        with _opened(path, member) as file:
            yield file
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read: {bare(error)}.") from error


def _opened(path: Path, member: str) -> Any:
    if member:
        return _member(path, member)
    suffix = path.suffix.lower()
    if suffix == ".zst":
        stream = importlib.import_module("pyarrow").input_stream(str(path), compression="zstd")
        return io.BufferedReader(stream)
    openers: dict[str, Callable[..., Any]] = {
        ".gz": gzip.open,
        ".bz2": bz2.open,
        ".xz": lzma.open,
    }
    return openers[suffix](path, "rb") if suffix in openers else path.open("rb")


@contextlib.contextmanager
def _member(path: Path, member: str) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(path) as packed, packed.open(member) as file:
        yield file


@contextlib.contextmanager
def open_text(path: Path, layout: Layout, newline: str = "") -> Iterator[io.TextIOWrapper]:
    """The text of a file. A byte that cannot be decoded becomes a surrogate in a list of rows or a
    table, so that it costs one row. Raises DataError, also while it is read, elsewhere.
    """
    is_wide = layout.encoding.startswith(("utf-16", "utf-32"))
    errors = "surrogateescape" if layout.kind in ("list", "csv") and not is_wide else "strict"
    with open_bytes(path, layout.member) as file:
        text = io.TextIOWrapper(file, layout.encoding, errors, newline=newline)
        try:
            yield text
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path} is no sound {layout.encoding.upper()} from some byte on: {error.reason}. "
                "Save it as UTF-8."
            ) from error


def look(path: Path, given: Layout) -> Layout:
    """How `path` is read: `given`, and what the file itself tells.

    Raises DataError when it is of an unknown kind, no text in a known encoding, or empty.
    """
    refuse_pipe(path)
    kind = given.kind or kind_of(given.member or path.name)
    if kind is None or kind == "zip":
        raise DataError(
            f"{path}: files of this kind cannot be read; give {READS} (or any of them as .gz)."
        )
    if kind in ("parquet", "arrow", "parallel"):
        return replace(given, kind=kind)
    with open_bytes(path, given.member) as file:
        head = file.read(HEAD)
    if not head[:4096].strip() and not head.strip():
        raise DataError(f"{path} is empty: there is no row in it.")
    layout = replace(given, kind=kind, encoding=_said(path, given) or _encoding(path, kind, head))
    text = _first_lines(head, layout.encoding)
    if kind == "json":
        return replace(layout, kind=_json_kind(text, path.name))
    if kind in ("csv", "tsv"):
        return _csv_layout(path, layout, text)
    return layout


def refuse_pipe(path: Path) -> None:
    """Raises DataError for what is there and no regular file, before it is waited for."""
    if path.exists() and not path.is_file():
        raise DataError(
            f"{path} is no regular file, and rows are read more than once. Save them to a file."
        )


def _said(path: Path, given: Layout) -> str:
    """The encoding that a person named, as Python calls it."""
    try:
        return codecs.lookup(given.encoding).name if given.encoding else ""
    except LookupError as error:
        raise DataError(f"{path}: there is no encoding {given.encoding!r}.") from error


def _encoding(path: Path, kind: str, head: bytes) -> str:
    found = encoding_of(head, len(head) < HEAD)
    if found in ("utf-8", "utf-8-sig"):
        return found
    has_header = kind in ("csv", "tsv")
    is_utf_8 = found in (None, "gb18030") and stray_bytes(head, has_header) > 0
    if is_utf_8 and is_surely_utf_8(head):
        return "utf-8"
    if found == "gb18030" and is_chinese(head):
        log.warning(
            "%s is read as GB18030, since it is no UTF-8: %r. If it says something else, convert "
            'it with iconv, or give "encoding" in --custom_dataset_info',
            path, sample_of(head),
        )  # fmt: skip
        return found
    if is_utf_8:
        return "utf-8"
    if found not in (None, "gb18030"):
        log.info("%s is read as %s; it is no UTF-8", path, found.upper())
        return found
    raise _unknown(path, head, found)


def _unknown(path: Path, head: bytes, found: str | None) -> DataError:
    """What to do with a file in an encoding that is not read by itself."""
    line, what = undecodable(head)
    if (other := other_sense(head)) is not None:
        return DataError(
            f"{path}:{line} is no UTF-8 ({what}); it looks like {OTHERS[other]}: "
            f"{sample_of(head, other)!r}. Convert it (`iconv -f {OTHERS[other]} -t UTF-8 "
            f'{path.name}`), or give "encoding": "{other}" in --custom_dataset_info.'
        )
    if found == "gb18030":
        return DataError(
            f"{path} is no UTF-8, and read as GB18030 it is no Chinese: {sample_of(head)!r}. "
            f"Convert it (`iconv -f BIG5 -t UTF-8 {path.name}`, or from SHIFT_JIS, EUC-KR, ...), "
            'or give "encoding" in --custom_dataset_info.'
        )
    return DataError(
        f"{path}:{line} is neither UTF-8 nor GB18030 ({what}). Save the file as UTF-8; "
        f"`iconv -f CP1252 -t UTF-8 {path.name}` does it for western European text."
    )


def _first_lines(head: bytes, encoding: str) -> str:
    """At least the first line, and up to 1 MiB."""
    end = max(1 << 20, head.find(b"\n") + 1)
    return head[:end].decode(encoding, errors="replace").removeprefix("\ufeff")


def _json_kind(text: str, name: str) -> str:
    first, _, rest = text.lstrip().partition("\n")
    value = _json(first)
    if value is not None and rest.strip():
        return "lines"
    if isinstance(value, list) or (value is None and first.startswith("[")):
        return "list"
    if isinstance(value, dict):
        return "lines" if "jsonl" in name.lower() else "object"
    others = (line for line in rest.split("\n")[:10] if line.startswith("{"))
    if not first.startswith("{") or any(isinstance(_json(line), dict) for line in others):
        return "lines"
    return "lines" if "jsonl" in name.lower() and not rest.strip() else "object"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _csv_layout(path: Path, layout: Layout, text: str) -> Layout:
    is_tabbed = layout.kind == "tsv"
    delimiter = layout.delimiter or ("\t" if is_tabbed else ",")
    first = text.split("\n", 1)[0]
    if not is_tabbed and not layout.delimiter and delimiter not in first:
        counts = {sign: first.count(sign) for sign in CSV_TRIED}
        if best := max(counts.values()):
            delimiter = next(sign for sign, count in counts.items() if count == best)
            log.info("%s: its cells end at %r, not at a comma", path, delimiter)
    quoted = not is_tabbed or _is_quoted(text, delimiter)
    return replace(layout, kind="csv", delimiter=delimiter, quoted=quoted)


def _is_quoted(text: str, delimiter: str) -> bool:
    """Whether quotation marks enclose cells. In tab-separated files they are mostly text."""
    if '"' not in text:
        return False
    lines = text.split("\n")
    plain = {line.count(delimiter) for line in lines[:-1] if line}
    try:
        cells = {
            len(row) for row in csv.reader(lines[:-1], delimiter=delimiter, strict=True) if row
        }
    except csv.Error:
        return False
    return len(cells) <= len(plain) and (
        f'{delimiter}"' in text or text.startswith('"') or '\n"' in text
    )
