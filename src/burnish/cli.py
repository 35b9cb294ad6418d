"""The command line: find the command, run it, turn what goes wrong into one message.

Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted. BURNISH_DEBUG=1 shows tracebacks.
"""

import errno
import os
import sys
import warnings

from burnish import __version__
from burnish.commands.base import COMMANDS, Command, load, name_owners, start
from burnish.core.ctrl_c import start_listening, stop_listening
from burnish.core.errors import BurnishError, UsageError
from burnish.core.once import is_first_to_say
from burnish.core.registry import nearest

METHODS = ("dpo", "orpo", "simpo", "kto", "cpo", "rm", "ppo")
"""`burnish dpo ...` is `burnish rlhf --rlhf_type dpo ...`."""


OF_THE_DISK = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO),
    *(errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG),
)
"""Errors that are no fault of burnish: full, read-only, somebody else's, in the way."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    start_listening()
    code = run(sys.argv[1:])
    stop_listening()
    sys.exit(code)


def run(argv: list[str]) -> int:
    """Run one command line; returns its exit code."""
    try:
        _dispatch(argv)
    except BurnishError as error:
        return _fail(error, f"error: {error}", error.exit_code)
    except KeyboardInterrupt as error:
        return _fail(error, "interrupted", 130)
    except BrokenPipeError:
        _close_stdout()
        return 1
    except Exception as error:
        return _fail(error, f"error: {outside(error) or own_fault(error)}", 1)
    return 0


def outside(error: Exception) -> str:
    """What the machine could not do, for people; "" where the fault is ours."""
    if isinstance(error, OSError) and error.errno in OF_THE_DISK:
        return f"{error.strerror}: {error.filename or 'while reading or writing'}"
    names = {kind.__name__ for kind in type(error).__mro__}  # torch may not be loaded at all
    if names & {"OutOfMemoryError", "MemoryError"} or "can't allocate memory" in str(error):
        return (
            f"out of memory: {str(error).partition(chr(10))[0]}\n"
            "  less is needed with a smaller --batch_size (and more "
            "--gradient_accumulation_steps), a smaller --max_length, "
            "--gradient_checkpointing true, --sft_type lora, or a smaller model"
        )
    return ""


def own_fault(error: Exception) -> str:
    """An error that nobody foresaw."""
    hint = "this is a fault of burnish; BURNISH_DEBUG=1 shows where it happened"
    return f"{type(error).__name__}: {error}\n  {hint}"


def _fail(error: BaseException, text: str, code: int) -> int:
    if os.environ.get("BURNISH_DEBUG", "") not in ("", "0"):
        raise error
    if is_first_to_say(text, waits=code == 1 and not isinstance(error, BurnishError)):
        print(text, file=sys.stderr, flush=True)
    return code


def _close_stdout() -> None:
    """Leave quietly when the reader of our output went away."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _dispatch(argv: list[str]) -> None:
    if not argv or argv[0] in ("--help", "-h", "help"):
        print(overview())
        return
    if argv[0] in ("--version", "-V"):
        print(f"burnish {__version__}")
        return
    command, words = find(argv)
    if "--help" in words or "-h" in words:
        print(help_of(command, words))
        return
    run_command(command, words, argv)


def find(argv: list[str]) -> tuple[Command, list[str]]:
    """The command of a command line and the words after it. Raises: UsageError."""
    name = argv[0].replace("_", "-").lower()
    words = argv[1:]
    if name in METHODS:
        name, words = "rlhf", ["--rlhf_type", name, *words]
    if name in COMMANDS:
        return load(name), words
    close = nearest(name, [*COMMANDS, *METHODS])
    hint = f"did you mean {close}?" if close else f"there are: {', '.join(COMMANDS)}"
    raise UsageError(f"there is no command {argv[0]!r}; {hint}")


def overview() -> str:
    """`burnish --help`."""
    commands = [load(name) for name in COMMANDS]
    lines = ["burnish fine-tunes language models and talks to them.", "", "commands"]
    for command in commands:
        later = " (not available yet)" if command.is_later else ""
        lines.append(f"  {command.name:<12} {command.summary}{later}")
    lines += ["", "burnish COMMAND --help    its flags", "burnish --version"]
    return "\n".join(lines)


def help_of(command: Command, words: list[str]) -> str:
    """`burnish COMMAND --help [all|GROUP|FLAG]`."""
    from burnish.config import help

    place = next(i for i, word in enumerate(words) if word in ("--help", "-h"))
    topics = words[place + 1 : place + 2]
    if topics:
        return help.topic(command, topics[0])
    return help.usage(command, command.summary, command.example, command.is_later)


def run_command(command: Command, words: list[str], argv: list[str]) -> object:
    """Resolve the flags and run; all usage problems come before anything heavy is imported."""
    from burnish.config.backend import is_asked
    from burnish.config.parse import parse
    from burnish.config.resolve import draft, finish
    from burnish.core.facts import Facts
    from burnish.core.log import start_logging
    from burnish.launch import launch_if_asked
    from burnish.nn import unsloth

    given = parse(command, words)
    name_owners(given)
    if command.is_later:
        problems = given.all_problems()
        raise UsageError(problems or f"burnish {command.name} is not available yet")
    drafted = draft(given)
    if command.distributed:
        launch_if_asked(argv)
    own_the_process()
    start_logging()
    config = finish(drafted, Facts())
    if is_asked(config):
        unsloth.begin()
    result = start(command, config)
    if command.prints:
        print(result)
    return result


def own_the_process() -> None:
    """Quiet the libraries; done only here, where the whole process is ours."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    if not sys.warnoptions:
        warnings.filterwarnings("ignore", category=FutureWarning)
        warnings.filterwarnings("ignore", category=DeprecationWarning)
