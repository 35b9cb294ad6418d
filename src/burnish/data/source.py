"""From `--dataset` items to numbered rows: the item language, and readers of local files."""

import csv
import difflib
import gzip
import importlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from burnish.config.config import Config
from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.core.registry import CORPORA, nearest
from burnish.data.layout import Broken
from burnish.data.table import Table as LazyTable
from burnish.data.table import open_table

HUBS = ("HF", "MS")


Row = tuple[int, Any]
"""The row's number (the line in jsonl and txt, else the record; from 1) and what it holds."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of --dataset: [hub::]source[:subset/subset][#count]."""

    source: str
    hub: str | None = None
    subsets: tuple[str, ...] = ()
    count: int | None = None
    flag: str = "--dataset"
    """The flag it was given to, for messages."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file, and the columns that occur in them."""

    source: str
    columns: tuple[str, ...]
    rows: list[Row]


def split_items(given: Sequence[str]) -> list[str]:
    """Items given as separate words, or in one word with commas."""
    if len(given) == 1 and not Path(given[0]).exists():
        return [item.strip() for item in given[0].split(",") if item.strip()]
    return [item.strip() for item in given if item.strip()]


def parse_item(text: str, flag: str = "--dataset") -> Item:
    """Read one item of `flag`. An existing file is taken whole before any sign in its name means
    something.

    Raises DataError for an unknown hub, a count that is no number, or a comma.
    """
    hub, rest = None, text.strip()
    if "::" in rest and not Path(rest).exists():
        name, rest = rest.split("::", 1)
        hub = name.strip().upper()
        if hub not in HUBS:
            raise DataError(
                f"{flag} {text}: there is no hub {name.strip()!r}; write HF:: or MS:: or leave "
                "it out."
            )
    if Path(rest).exists():
        return Item(rest, hub, flag=flag)
    rest, count = _count(f"{flag} {text}", rest)
    if Path(rest).exists():
        return Item(rest, hub, (), count, flag)
    name, _, subsets = rest.partition(":")
    if "," in rest:
        raise DataError(f"{flag} {text}: a comma separates data sets; use / between subsets.")
    parts = tuple(part.strip() for part in subsets.split("/") if part.strip())
    return Item(name.strip(), hub, parts, count, flag)


def _count(given: str, rest: str) -> tuple[str, int | None]:
    left, sign, right = rest.rpartition("#")
    if not sign:
        return rest, None
    try:
        count = int(right)
    except ValueError:
        raise DataError(f"{given}: {right!r} behind # is no number of rows.") from None
    if count < -1 or count == 0:
        raise DataError(f"{given}: the number of rows behind # must be 1 or more (or -1 for all).")
    return left.strip(), None if count == -1 else count


def read_item(item: Item) -> list[Table]:
    """The files of an item: one, or those of a folder. Raises DataError when there is nothing to
    read.
    """
    path = Path(item.source).expanduser()
    if item.hub is not None or not path.exists():
        raise DataError(_unknown(item))
    if path.is_dir():
        return [read_file(file) for file in _folder(path)]
    return [read_file(path)]


def open_item(item: Item, config: Config | None = None) -> list[LazyTable]:
    """The tables of an item: one, or those of a folder. Raises DataError when there is nothing to
    read.
    """
    path = Path(item.source).expanduser()
    if item.hub is not None or not path.exists():
        raise DataError(_unknown(item))
    return [open_table(file) for file in (_folder(path) if path.is_dir() else [path])]


def read_file(path: Path) -> Table:
    """Every row of one file.

    Raises DataError, with file and line, for what is empty, broken, not UTF-8 or of an unknown
    kind.
    """
    kind = _kind(path)
    if kind is None:
        raise DataError(
            f"{path}: files of this kind cannot be read; give {', '.join(READERS)} (or any of "
            "them as .gz)."
        )
    rows = list(READERS[kind](path))
    if not rows:
        raise DataError(f"{path} is empty: there is no row to train on.")
    columns = dict.fromkeys(key for _, row in rows if isinstance(row, dict) for key in row)
    return Table(str(path), tuple(map(str, columns)), rows)


def _kind(path: Path) -> str | None:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes and suffixes[-1] in READERS else None


def _folder(path: Path) -> list[Path]:
    """The data files of a folder, which must be of one kind (json and jsonl count as one)."""
    inside = (file for file in sorted(path.rglob("*")) if file.is_file())
    visible = [
        f for f in inside if not any(part.startswith(".") for part in f.relative_to(path).parts)
    ]
    files = {file: _kind(file) for file in visible}
    found = [file for file, kind in files.items() if kind is not None]
    if not found:
        raise DataError(
            f"{path}: the folder holds no data file; burnish reads {', '.join(READERS)}."
        )
    kinds = {".json" if files[file] == ".jsonl" else files[file] for file in found}
    if len(kinds) > 1:
        names = ", ".join(file.name for file in found[:6])
        raise DataError(
            f"{path}: the folder holds several kinds of data ({names}). Give the files one by one."
        )
    if skipped := len(files) - len(found):
        log.info("%s: %d files are no data and were left out", path, skipped)
    return found


def _unknown(item: Item) -> str:
    known = CORPORA.names()
    path = Path(item.source)
    folder = path.parent if path.parent.is_dir() else Path()
    close = difflib.get_close_matches(path.name, [f.name for f in folder.iterdir()], n=1)
    hint = f" Did you mean {folder / close[0]}?" if close else ""
    if not hint and (name := nearest(item.source, known)):
        hint = f" The registered name nearest to it is {name!r}."
    if item.hub is None and (path.is_absolute() or path.suffix or not folder.samefile(Path())):
        return f"{item.flag} {item.source}: there is no such file.{hint}"
    return (
        f"{item.flag} {item.source}: there is no such file, and data sets by name or from a hub "
        "are not available yet."
        f"{hint} Give the path of a {', '.join(READERS)} file, or of a folder of them."
    )


def _text(path: Path) -> str:
    """The text of a file, unzipped, without a byte-order mark. Raises DataError naming the line
    that is not UTF-8.
    """
    try:
        raw = (
            gzip.decompress(path.read_bytes())
            if path.suffix.lower() == ".gz"
            else path.read_bytes()
        )
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        looks = _other_encoding(raw)
        hint = (
            f"It looks like {looks}: `iconv -f {looks} -t UTF-8 {path.name}` converts it."
            if looks
            else ("Save it as UTF-8.")
        )
        raise DataError(
            f"{path}:{line} is not UTF-8 (byte 0x{raw[error.start]:02x} at offset {error.start}). "
            f"{hint}"
        ) from error


def _other_encoding(raw: bytes) -> str | None:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16"
    for name in ("GB18030", "CP1252"):
        try:
            raw.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines; only a line feed ends one, since texts hold U+2028 and the like."""
    for number, line in enumerate(text.split("\n"), 1):
        if line := line.rstrip("\r"):
            yield number, line


def _read_json(path: Path) -> Iterator[Row]:
    """A JSON list of rows, one object, or JSON lines under either name."""
    text = _text(path)
    start = text.lstrip()[:1]
    if start == "[":
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            if _first_line_is_json(text):
                yield from _json_lines(path, text)
                return
            raise DataError(f"{path}:{_line_of(error)} is broken JSON: {error}.") from error
        if not isinstance(content, list):
            raise DataError(f"{path} must hold a list of rows.")
        yield from enumerate(content, 1)
        return
    if start == "{" and not _first_line_is_json(text):
        try:
            yield 1, json.loads(text)
            return
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}:{_line_of(error)} is broken JSON: {error}.") from error
    yield from _json_lines(path, text)


def _first_line_is_json(text: str) -> bool:
    try:
        json.loads(text.lstrip().split("\n", 1)[0])
    except (ValueError, RecursionError):
        return False
    return True


def _json_lines(path: Path, text: str) -> Iterator[Row]:
    for number, line in _lines(text):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"{path}:{number} is broken JSON: {error}. Correct the line or take it out."
            ) from error


def _line_of(error: Exception) -> int:
    return int(getattr(error, "lineno", 1))


def _read_csv(path: Path, delimiter: str = ",") -> Iterator[Row]:
    """Records with a header; an empty cell is an empty string."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        reader = csv.reader(StringIO(_text(path), newline=""), delimiter=delimiter, strict=True)
        header = next(reader, None)
        if header is None:
            return
        if len(set(header)) != len(header):
            raise DataError(f"{path}:1 names a column twice: {', '.join(header)}.")
        for number, cells in enumerate((cells for cells in reader if cells), 1):
            if len(cells) != len(header):
                yield number, Broken(f"it has {len(cells)} cells, the header {len(header)}")
            else:
                yield number, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num} is broken CSV: {error}.") from error
    finally:
        csv.field_size_limit(limit)


def _read_tsv(path: Path) -> Iterator[Row]:
    return _read_csv(path, "\t")


def _read_text(path: Path) -> Iterator[Row]:
    """One text a line; blank lines are no rows."""
    for number, line in _lines(_text(path)):
        if line.strip():
            yield number, {"text": line}


def _read_parquet(path: Path) -> Iterator[Row]:
    parquet = importlib.import_module("pyarrow.parquet")
    try:
        table = parquet.read_table(path)
    except Exception as error:  # pyarrow raises many kinds
        raise DataError(f"{path} is no sound parquet file: {error}.") from error
    yield from enumerate(table.to_pylist(), 1)


READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".jsonl": _read_json,
    ".json": _read_json,
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".txt": _read_text,
    ".parquet": _read_parquet,
}
