"""The process that `commands.apart` starts: one command, for a Python program elsewhere.

`python -m burnish.apart NAME FOLDER` reads FOLDER/flags.json and leaves FOLDER/answer.json.
"""

import json
import os
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from burnish.cli import outside, own_fault, own_the_process
from burnish.commands.apart import ANSWER, FLAGS
from burnish.commands.base import load, start
from burnish.config.resolve import resolve
from burnish.core.errors import BurnishError
from burnish.core.log import start_logging
from burnish.nn import unsloth


def main() -> None:
    """Run the command and leave with its exit code."""
    name, folder = sys.argv[1:]
    flags = json.loads((Path(folder) / FLAGS).read_text(encoding="utf-8"))
    code, said = run(name, flags)
    (Path(folder) / ANSWER).write_text(json.dumps(said), encoding="utf-8")
    sys.exit(code)


def run(name: str, flags: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The exit code, and the result or the error as JSON has it."""
    own_the_process()
    start_logging()
    command = load(name)
    try:
        config = resolve(command, flags)
        unsloth.begin()
        result: Any = start(command, config)
    except BurnishError as error:
        return error.exit_code, {"error": type(error).__name__, "text": str(error)}
    except KeyboardInterrupt:
        return 130, {"error": "BurnishError", "text": "interrupted"}
    except Exception as error:
        if os.environ.get("BURNISH_DEBUG", "") not in ("", "0"):
            traceback.print_exc()
        return 1, {"error": "BurnishError", "text": outside(error) or own_fault(error)}
    return 0, {"result": asdict(result)}


if __name__ == "__main__":
    main()
