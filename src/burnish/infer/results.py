"""The record of a session: one JSON line for each answer, on disk as soon as it is given."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from burnish.core.files import run_stamp
from burnish.core.log import log

FOLDER = "infer_result"
PACKAGE = Path(__file__).resolve().parents[1]


class Results:
    """Lines of `infer_result/<time>.jsonl`; the file is made with the first line."""

    def __init__(self, folder: Path) -> None:
        self.folder = writable_folder(folder)
        self.path: Path | None = None
        self._file: Any = None

    def write(self, row: Mapping[str, Any]) -> None:
        """Append one answer; it lies in the file when this returns."""
        if self._file is None:
            self._file, self.path = open_new(self.folder)
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._file.flush()

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            log.info("answers saved: %s", self.path)


def writable_folder(folder: Path) -> Path:
    """`folder/infer_result`; ./infer_result where that is read-only or inside the package."""
    inside = PACKAGE in (folder.resolve(), *folder.resolve().parents)
    return Path(FOLDER) if inside or not os.access(folder, os.W_OK) else folder / FOLDER


def open_new(folder: Path) -> tuple[Any, Path]:
    """A new file named by the time; two sessions of one second get two files."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = run_stamp()
    for name in (stamp, *(f"{stamp}-{number}" for number in range(2, 1000))):
        path = folder / f"{name}.jsonl"
        try:
            return path.open("x", encoding="utf-8"), path
        except FileExistsError:
            continue
    raise FileExistsError(f"{folder} holds a thousand results of {stamp}")


def record(
    system: str | None,
    query: str,
    response: str,
    history: Sequence[tuple[str, str]],
    **more: Any,
) -> dict[str, Any]:
    """One line, in the documented order of keys; `label` comes behind `response` if given."""
    row: dict[str, Any] = {"system": system, "query": query, "response": response}
    if "label" in more:
        row["label"] = more.pop("label")
    row["history"] = [list(pair) for pair in history]
    return row | {key: value for key, value in more.items() if value}
