"""A command called from Python, run in a process of its own: for what changes libraries.

The flags go there as JSON, the result or the error comes back the same way; what it logs goes to
this process's stderr.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from burnish.core import errors
from burnish.core.errors import BurnishError, Problem, TrainingError, UsageError

FLAGS, ANSWER = "flags.json", "answer.json"


def run_apart(name: str, flags: Mapping[str, Any]) -> Any:
    """The Result of `burnish.<name>(**flags)`, which trains in a new process.

    Raises:
        BurnishError: what the run found wrong, as if it had been run here.
    """
    with TemporaryDirectory(prefix="burnish-apart-") as folder:
        place = Path(folder)
        (place / FLAGS).write_text(written(flags), encoding="utf-8")
        command = [sys.executable, "-m", "burnish.apart", name, folder]
        with subprocess.Popen(command) as child:
            try:
                code = child.wait()
            except KeyboardInterrupt:  # the terminal told the child as well: it saves and ends
                code = child.wait()
        return answer(place / ANSWER, code)


def written(flags: Mapping[str, Any]) -> str:
    """Flags as JSON. Raises: UsageError for a value that is none of its kinds."""

    def plain(value: Any) -> Any:
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        if isinstance(value, (set, frozenset)):
            return sorted(value)
        raise TypeError(f"{type(value).__name__} {value!r}")

    try:
        return json.dumps(dict(flags), default=plain)
    except TypeError as error:
        wrong = f"trains in a process of its own, where this value cannot be sent: {error}"
        raise UsageError((Problem("tuner_backend", "unsloth", wrong),)) from None


def answer(file: Path, code: int) -> Any:
    """What the process left: its Result. Raises: BurnishError, if that is an error."""
    from burnish.train.report import Result

    if not file.is_file():
        raise TrainingError(f"the process of the run ended with exit code {code}, without a word")
    found = json.loads(file.read_text(encoding="utf-8"))
    if "result" in found:
        return Result(**found["result"])
    kind = getattr(errors, found["error"], BurnishError)
    raise (kind if issubclass(kind, BurnishError) else BurnishError)(found["text"])
