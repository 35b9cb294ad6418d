"""The one logger: lines to stderr, from the main rank only.

Importing this module sets nothing up; `start_logging` does, and only the command line calls it.
"""

import logging
import os
import sys

log = logging.getLogger("burnish")
# it warns of a kernel that nobody asked for as it is imported, and at every product in 8 bits
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


class _ToStderr(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to whatever sys.stderr is at that moment, so a redirect made later is obeyed."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _on_main_rank(record: logging.LogRecord) -> bool:
    return os.environ.get("RANK", "0") == "0"


def start_logging(level: int = logging.INFO) -> None:
    """Send burnish's log lines to stderr; ranks other than 0 stay silent."""
    if any(isinstance(handler, _ToStderr) for handler in log.handlers):
        return
    handler = _ToStderr()
    handler.setFormatter(_Plain())
    handler.addFilter(_on_main_rank)
    log.addHandler(handler)
    log.setLevel(level)
    log.propagate = False


class _Plain(logging.Formatter):
    """The bare message for information; the level's name in front of anything worse."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return text if record.levelno <= logging.INFO else f"{record.levelname.lower()}: {text}"
