"""Local files and folders as tables, with mappings that their columns bear out."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from burnish.core.errors import DataError, bare
from burnish.core.log import log
from burnish.core.registry import nearest
from burnish.data.layout import READS, kind_of, refuse_pipe
from burnish.data.pick import NO_DATA, data_names, pick, read_configs
from burnish.data.registry_file import Entry, check_columns, mapping_by_role
from burnish.data.table import Table, open_table

LOOKED_AT = 100
"""Rows of a file whose keys are taken for its columns."""


def open_paths(
    paths: Iterable[Path], entry: Entry, subsets: tuple[str, ...], flag: str
) -> list[Table]:
    """Local files and folders. A folder's subsets are chosen like those of a hub."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += _folder(path, subsets)
        elif subsets and kind_of(path.name) != "zip":
            raise DataError(
                f"{flag} {path}:{'/'.join(subsets)}: one file has no subsets; leave "
                f":{'/'.join(subsets)} out. Subsets are those of a folder or of a hub."
            )
        else:
            files.append(path)
    return mapped(open_files([(str(file), file) for file in files], entry, subsets), entry)


def open_files(
    files: Iterable[tuple[str, Path]], entry: Entry, subsets: tuple[str, ...] = ()
) -> list[Table]:
    """(name, file) each as a table, a zip file as one for each file inside."""
    tables: list[Table] = []
    for name, path in files:
        if kind_of(path.name) != "zip":
            tables.append(open_table(path, name, entry.mapping, entry.layout))
            continue
        refuse_pipe(path)
        for member in _members(path, entry, subsets):
            layout = replace(entry.layout, member=member)
            tables.append(open_table(path, f"{name}/{member}", entry.mapping, layout))
    return tables


def _members(path: Path, entry: Entry, subsets: tuple[str, ...]) -> list[str]:
    """The data files inside a zip file that are wanted."""
    try:
        with ZipFile(path) as packed:
            names = packed.namelist()
    except (OSError, BadZipFile) as error:
        raise DataError(f"{path} cannot be read: {bare(error)}.") from error
    found = [name for name in data_names(names) if fnmatch(name, entry.members)]
    if subsets:
        return [name for subset in subsets for name in pick(str(path), found, (), subset, None)]
    if not found:
        raise DataError(f"{path}: the zip file holds no data file; burnish reads {READS}.")
    return found


def _folder(path: Path, subsets: tuple[str, ...]) -> list[Path]:
    """The data files of a folder, which must be of one kind (json and jsonl count as one)."""
    inside = (file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    names = sorted(name for name in inside if not re.search(r"(^|/)\.", name))
    readme = path / "README.md"
    text = readme.read_text("utf-8", errors="replace") if readme.is_file() else ""
    configs = read_configs(str(path), text)
    if subsets or configs:
        parts = [pick(str(path), names, configs, subset, None) for subset in subsets or (None,)]
        return [path / name for part in parts for name in part]
    found = data_names(names)
    if not found:
        raise DataError(f"{path}: the folder holds no data file; burnish reads {READS}.")
    kinds = {"csv" if kind_of(name) == "tsv" else kind_of(name) for name in found}
    if len(kinds) > 1:
        raise DataError(
            f"{path}: the folder holds several kinds of data ({', '.join(found[:6])}). Give the "
            "files one by one."
        )
    others = [name for name in names if name not in found and not NO_DATA.search(name)]
    if others:
        log.info("%s: %d files are no data and were left out", path, len(others))
    return [path / name for name in found]


def mapped(tables: list[Table], entry: Entry) -> list[Table]:
    """The tables with a mapping that is checked against, or follows from, their columns."""
    if entry.roles is None and not entry.mapping.columns:
        return tables
    columns = columns_of(tables)
    if entry.roles is None:
        check_columns(entry, columns)
        return tables
    mapping = mapping_by_role(entry, columns)
    return [replace(table, mapping=mapping) for table in tables]


def columns_of(tables: Iterable[Table]) -> list[str]:
    """The keys of the first rows of every table, in their order."""
    rows = (table.parse(raw) for table in tables for _, raw in islice(table.raws(), LOOKED_AT))
    return list(dict.fromkeys(str(key) for row in rows if isinstance(row, dict) for key in row))


def check_sha1(path: Path, entry: Entry) -> None:
    """Warn when the file is not the one that the entry's file_sha1 means; say that it has none."""
    if not entry.sha1:
        log.info("%s: no file_sha1, so %s is not compared with what was meant", entry.where, path)
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha1").hexdigest()
    if found != str(entry.sha1).lower():
        log.warning(
            "%s: %s is not the file that was meant: its SHA-1 is %s, file_sha1 says %s",
            entry.where,
            path,
            found,
            entry.sha1,
        )


def near_file(path: Path) -> str:
    """A hint at the file beside it whose name is close, or at where a link leads, or ""."""
    if path.is_symlink():
        return f" It is a link to {path.readlink()}, which is not there."
    folder = path.parent if path.parent.is_dir() else Path()
    close = nearest(path.name, [file.name for file in folder.iterdir()])
    return f" Did you mean {folder / close}?" if close else ""
