"""Several processes: NPROC_PER_NODE and NNODES turn the command into one that starts its ranks.

Exec replaces this process by `burnish.ranks`, so signals and the exit status pass through. Each
rank comes here again and finds the mark.
"""

import os
import sys
from collections.abc import Mapping, Sequence

from burnish.core.errors import UsageError
from burnish.core.files import run_stamp

MARK = "BURNISH_LAUNCHED"
STAMP = "BURNISH_RUN_STAMP"


def launch_if_asked(argv: Sequence[str]) -> None:
    """Become the starter of ranks when the environment asks for several processes; else return."""
    command = torchrun_command(argv, os.environ)
    if command is None:
        return
    os.environ[MARK] = "1"
    os.environ[STAMP] = run_stamp()
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], command)


def torchrun_command(argv: Sequence[str], env: Mapping[str, str]) -> list[str] | None:
    """The command line that starts the ranks of `burnish <argv>`; None when one process is enough.

    Raises: UsageError when a number in the environment is none.
    """
    if env.get(MARK) or "RANK" in env:
        return None  # started by torchrun, ours or somebody else's
    processes, machines = _number(env, "NPROC_PER_NODE"), _number(env, "NNODES")
    if processes is None and machines is None:
        return None
    options = [f"--nproc_per_node={processes or 1}", f"--nnodes={machines or 1}"]
    for variable, option in (
        ("NODE_RANK", "node_rank"),
        ("MASTER_ADDR", "master_addr"),
        ("MASTER_PORT", "master_port"),
    ):
        if env.get(variable):
            options.append(f"--{option}={env[variable]}")
    if (machines or 1) == 1 and not env.get("MASTER_PORT"):
        options.append("--standalone")
    return [sys.executable, "-m", "burnish.ranks", *options, "-m", "burnish", *argv]


def _number(env: Mapping[str, str], name: str) -> int | None:
    text = env.get(name, "").strip()
    if not text:
        return None
    if not text.isdigit() or int(text) < 1:
        raise UsageError(
            f"the environment variable {name} is {text!r}; it must be a number from 1 on"
        )
    return int(text)
