"""Files that are whole or absent: atomic writes, JSON, and run directories that never collide."""

import json
import os
import re
import time
from pathlib import Path
from typing import Any

from burnish.core.errors import BurnishError

VERSION = re.compile(r"v(\d+)-")


def write_atomic(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file so that a crash leaves the old content or the new, never a part.

    The content lies on disk before the name points to it.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with aside.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, target)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    fsync_dir(target.parent)


def fsync_dir(folder: str | os.PathLike[str]) -> None:
    """Make renames inside `folder` survive a power cut, where folders can be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some network file systems refuse it; the rename itself is still atomic
    finally:
        os.close(descriptor)


def read_json(path: str | os.PathLike[str]) -> Any:
    """The content of a JSON file.

    Raises: BurnishError, with the file and the line, when it is missing or not JSON.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BurnishError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BurnishError(f"{path}: cannot be read ({error})") from None
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BurnishError(f"{path}: not valid JSON ({error})") from None


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write `value` as indented UTF-8 JSON, atomically."""
    write_atomic(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def run_stamp() -> str:
    """The time of this run as YYYYmmdd-HHMMSS; every process of one launch gives the same.

    The launcher puts it into BURNISH_RUN_STAMP for the processes it starts.
    """
    return os.environ.get("BURNISH_RUN_STAMP") or time.strftime("%Y%m%d-%H%M%S")


def versioned_run_dir(root: str | os.PathLike[str], stamp: str | None = None) -> Path:
    """Create and return `root/v<N>-<stamp>`, N one above the highest there is (the first is v0).

    Two runs that start together get two directories: creating one is what claims its number.
    """
    folder = Path(root)
    folder.mkdir(parents=True, exist_ok=True)
    stamp = stamp or run_stamp()
    number = _next_version(folder)
    while True:
        made = folder / f"v{number}-{stamp}"
        try:
            made.mkdir()
        except FileExistsError:
            number += 1
            continue
        return made


def _next_version(folder: Path) -> int:
    numbers = [int(found[1]) for entry in folder.iterdir() if (found := VERSION.match(entry.name))]
    return max(numbers, default=-1) + 1
