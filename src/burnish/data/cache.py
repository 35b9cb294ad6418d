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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from burnish.core.errors import DataError
from burnish.core.log import log

FORMAT = 1
"""Raised when what entries hold changes."""


def key_of(*parts: Any) -> str:
    """A SHA-256 over JSON-able parts and the code that makes entries from them."""
    return digest_of(FORMAT, _code(), *parts)


def digest_of(*parts: Any) -> str:
    """A SHA-256 over JSON-able parts."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=repr)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def entry(
    kind: str, key: str, is_sound: Callable[[Path], bool], make: Callable[[Path], None]
) -> Path:
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
