"""The process that starts the ranks of this machine: torchrun's agent, with our words at its end.

`python -m burnish.ranks OPTIONS -m burnish ...` takes the options of torchrun. What a rank finds
wrong it says itself; here it is only said how a rank ended that could not say so any more. The
exit code is that of the rank that failed first.
"""

import logging
import os
import signal
import sys
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import Any

from burnish.core.ctrl_c import start_listening, stop_listening

SPOKEN = (1, 2, 130, 143)
"""Exit codes of ranks that have said why."""
QUIET = ("torch.distributed.elastic.multiprocessing", "torch.distributed.elastic.agent",
         "torch.distributed.run")  # fmt: skip
"""They tell how the agent works, in the midst of our own lines."""


def main() -> None:
    """Start the ranks, wait for them, leave with their exit code."""
    start_listening()
    code = run(sys.argv[1:])
    stop_listening()
    sys.exit(code)


def run(argv: list[str]) -> int:
    """The exit code of a run on several processes."""
    torchrun: Any = import_module("torch.distributed.run")
    errors: Any = import_module("torch.distributed.elastic.multiprocessing.errors")
    signals: Any = import_module("torch.distributed.elastic.multiprocessing.api")
    is_debug = os.environ.get("BURNISH_DEBUG", "") not in ("", "0")
    if not is_debug:
        silence()
    try:
        with TemporaryDirectory(
            prefix="burnish-ranks-"
        ) as folder:  # torchrun leaves its own behind
            torchrun.run(torchrun.parse_args(["--log_dir", folder, *argv]))
    except errors.ChildFailedError as error:
        rank, failure = error.get_first_failure()
        return ended(rank, failure.pid, failure.exitcode)
    except signals.SignalException as error:
        return 128 + int(error.sigval)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:  # the machines of a run did not find each other, for one
        if is_debug:
            raise
        print(f"error: the processes of this run cannot be started: {error}", file=sys.stderr)
        return 1
    return 0


def silence() -> None:
    """Let torchrun's own lines come only when they are errors that end everything."""
    for name in [*logging.root.manager.loggerDict]:
        if name.startswith(QUIET):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def ended(rank: int, pid: int, code: int) -> int:
    """The exit code for people of a rank that ended with `code` (-9: killed by signal 9), and a
    line where nobody else said why.
    """
    if code in SPOKEN:
        return code
    how = f"ended with exit code {code}"
    if code < 0:
        how = f"was killed by {signal.Signals(-code).name}"
        if -code == signal.SIGKILL:
            how += ": by a person, or by the system when its memory ran out"
    print(f"error: rank {rank} (process {pid}) {how}", file=sys.stderr)
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    main()
