"""SIGTERM and Ctrl-C ask a run to stop at the end of its step; a second Ctrl-C stops at once."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

from burnish.core.errors import BurnishError
from burnish.core.log import log


class Interrupted(BurnishError):
    """A run that stopped early because it was told to; what it had done is saved."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + number


class StopRequest:
    """While entered, remembers the first SIGTERM or SIGINT instead of dying of it; `number` is 0
    until then.
    """

    def __init__(self) -> None:
        self.number = 0
        self._before: dict[int, object] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.number and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.number = number
        log.info(
            "\nstopping at the end of this step, with a checkpoint (Ctrl-C again stops at once)"
        )
