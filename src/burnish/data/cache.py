"""Folders of made things that are named by their content, so that every run and rank with the same
data, template, tokenizer and options shares them.

They lie in $BURNISH_CACHE, else $XDG_CACHE_HOME/burnish, else ~/.cache/burnish; where that cannot
be written, in a folder of this process that goes with it. One process makes an entry, the others on
the machine wait for it.
"""

import atexit
import fcntl
import functools
import hashlib
import json
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from burnish.core.errors import DataError
from burnish.core.log import log

FORMAT = 2
"""Raised when what entries hold changes."""
SEAL = "seal.json"
"""Size and CRC-32 of an entry's other files, written last. Its time is that of the last check."""
CHECKED_EVERY = 24 * 3600
"""Seconds for which the bytes of a checked entry are trusted, unless a file changes."""


def key_of(*parts: Any) -> str:
    """A SHA-256 over JSON-able parts and the code that makes entries from them."""
    return digest_of(FORMAT, _code(), *parts)


def digest_of(*parts: Any) -> str:
    """A SHA-256 over JSON-able parts."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=repr)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def entry(kind: str, key: str, make: Callable[[Path], None]) -> Path:
    """The folder of an entry, made by `make(folder)` unless it is there whole.

    Raises DataError when the disk is full or fails while it is made, or a file that it is made from
    cannot be read.
    """
    folder = _root() / kind / key
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(folder.with_suffix(".lock")):
            if not is_sound(folder):
                for left in folder.parent.glob(f"{key}*.part"):  # of a run that was killed
                    shutil.rmtree(left, ignore_errors=True)
                shutil.rmtree(folder, ignore_errors=True)
                aside = folder.with_suffix(f".{os.getpid()}.part")
                aside.mkdir()
                try:
                    make(aside)
                    seal(aside)
                    aside.replace(folder)
                except BaseException:
                    shutil.rmtree(aside, ignore_errors=True)
                    raise
    except OSError as error:
        if error.filename and not Path(error.filename).is_relative_to(_root()):
            raise DataError(f"{error.filename} cannot be read: {error.strerror}.") from error
        raise DataError(
            f"{folder} cannot be written: {error.strerror or error}. Make room, delete old "
            "entries there, or name another folder in BURNISH_CACHE."
        ) from error
    return folder


def seal(folder: Path) -> None:
    """Write down what the files of a finished entry hold."""
    sums = {path.name: _sum(path) for path in sorted(folder.iterdir())}
    (folder / SEAL).write_text(json.dumps(sums), encoding="utf-8")


def is_sound(folder: Path) -> bool:
    """Whether an entry's files hold what was sealed: the disk may have lost or changed some of it
    since. The bytes are read again once a day, and when a file is younger than the last check.
    """
    try:
        sums = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        checked = (folder / SEAL).stat().st_mtime
        files = {path.name: path.stat() for path in folder.iterdir() if path.name != SEAL}
        if files.keys() != sums.keys():
            return False
        is_fresh = time.time() - checked < CHECKED_EVERY
        if is_fresh and all(
            stat.st_mtime <= checked and stat.st_size == sums[name][0]
            for name, stat in files.items()
        ):
            return True
        if any(_sum(folder / name) != sums[name] for name in files):
            return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    with suppress(OSError):  # another's entry
        os.utime(folder / SEAL)
    return True


def _sum(path: Path) -> list[int]:
    """Size and CRC-32 of a file."""
    size = crc = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            size += len(piece)
            crc = zlib.crc32(piece, crc)
    return [size, crc]


def folder_of(kind: str) -> Path:
    """Where the entries of one kind lie. Raises DataError when it cannot be made."""
    folder = _root() / kind
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} cannot be made: {error.strerror or error}.") from error
    return folder


@functools.cache
def _root() -> Path:
    own, shared = os.environ.get("BURNISH_CACHE"), os.environ.get("XDG_CACHE_HOME")
    root = Path(own) if own else (Path(shared) if shared else Path.home() / ".cache") / "burnish"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return root
    except OSError as error:
        log.warning("%s cannot be written (%s): nothing is cached", root, error.strerror)
    aside = Path(tempfile.mkdtemp(prefix="burnish-"))
    atexit.register(shutil.rmtree, aside, ignore_errors=True)
    return aside


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process of this machine in at a time."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("another process prepares the same data: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            log.debug("%s: this file system has no locks", path)
        yield


@functools.cache
def _code() -> str:
    """A digest of the code that turns rows into ids: an entry of other code is another entry."""
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, Path(__file__).parents[1] / "catalog" / "templates"):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
