"""Ctrl-C while libraries are imported: the process leaves at once, with one word.

An import that is broken off half-way leaves its own mark: a library may take the interrupt for a
missing package, or go on without a part of itself. Everywhere else Ctrl-C is a KeyboardInterrupt.
"""

import contextlib
import os
import signal
import sys
from types import FrameType

IMPORTER = "<frozen importlib._bootstrap>"
CODE = 130


def start_listening() -> None:
    """Take over Ctrl-C; only the command line does this, first of all."""
    signal.signal(signal.SIGINT, _on_ctrl_c)


def stop_listening() -> None:
    """Let Ctrl-C simply end the process, which has nothing more to do."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _on_ctrl_c(number: int, frame: FrameType | None) -> None:
    if not is_importing(frame):
        raise KeyboardInterrupt
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    if os.environ.get("RANK", "0") == "0":
        os.write(2, b"interrupted\n")
    os._exit(CODE)


def is_importing(frame: FrameType | None) -> bool:
    """Whether `frame` was called, however indirectly, by an import statement."""
    while frame is not None:
        if frame.f_code.co_filename == IMPORTER:
            return True
        frame = frame.f_back
    return False
