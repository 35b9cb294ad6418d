"""A folder's manifest: the size and SHA-256 of every file, written last, so that a half-written or
damaged folder is known as one.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import Path

NAME = "manifest.json"
BLOCK = 1 << 20


def digest(file: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    total = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(BLOCK):
            total.update(block)
    return total.hexdigest()


def write(folder: Path) -> None:
    """Flush every file of `folder` to the disk, then write its manifest, then flush that."""
    files = {}
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != NAME):
        _flush(file)
        files[file.relative_to(folder).as_posix()] = {
            "bytes": file.stat().st_size,
            "sha256": digest(file),
        }
    (folder / NAME).write_text(json.dumps({"files": files}, indent=1) + "\n", encoding="utf-8")
    _flush(folder / NAME)
    mode = stat.S_IMODE((folder / NAME).stat().st_mode)
    for name in files:
        (folder / name).chmod(mode)  # safetensors files are made for their owner's eyes only
    _flush(folder)


def check(folder: Path, unread: Collection[str] = ()) -> list[str]:
    """What is wrong with `folder`, one line a problem; empty when every file is there, whole and
    unchanged.

    `unread`: patterns of files that the caller never opens; nothing is asked of them.
    """
    path = folder / NAME
    if not path.is_file():
        return [f"{path} is missing: the folder was never finished"]
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        expected = {name: (entry["bytes"], entry["sha256"]) for name, entry in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        expected = {}
    if not expected:
        return [f"{path} cannot be read: it is damaged"]
    read = [n for n in expected if not any(fnmatchcase(n, pattern) for pattern in unread)]
    found = (_problem(folder / name, *expected[name]) for name in read)
    return [problem for problem in found if problem]


def _problem(file: Path, size: int, sha256: str) -> str:
    """What is wrong with one file; "" where nothing is."""
    if not file.is_file():
        return f"{file} is missing"
    try:
        if file.stat().st_size != size:
            return f"{file} has {file.stat().st_size} bytes instead of {size}: cut short or changed"
        if digest(file) != sha256:
            return f"{file} is damaged: its content is not what was saved"
    except OSError as error:
        return f"{file} cannot be read: {error.strerror}"
    return ""


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
