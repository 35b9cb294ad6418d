"""The command line to values: `--flag words...`, or one .json / .yaml file and flags after it.

A reader of its own, since every word may begin with a hyphen (-1, -1e-4), lists take any number of
words, a prefix of a flag must never match, and all problems are wanted at once.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from burnish.config.config import TakesFlags
from burnish.config.given import FILES, RECORD_KEY, Given, custom_first
from burnish.config.store import NAMES
from burnish.core.errors import BurnishError, Problem, UsageError
from burnish.core.files import read_json

FLAG = re.compile(r"--([A-Za-z][\w-]*)(?:=(.*))?", re.DOTALL)
SINGLE_HYPHEN = re.compile(r"-([A-Za-z][\w-]+)(=.*)?", re.DOTALL)


def parse(command: TakesFlags, argv: Sequence[str]) -> Given:
    """What `argv` (without the command's name) gives. Raises: UsageError for a bad file."""
    given = Given(command)
    words = list(argv)
    if command.positional and words and not words[0].startswith("-"):
        words.insert(0, f"--{command.positional}")
    if words and not words[0].startswith("-") and words[0].lower().endswith(FILES):
        _take_file(given, Path(words.pop(0)), is_all=not words)
    collected, stray = _collect(words, set(given.flags))
    typed = Given(command)
    for name in custom_first(collected):
        _take(typed, name, collected[name])
    typed.problems += [Problem(word, "", "is not a flag", fix) for word, fix in stray]
    return _over(given, typed)


def _take_file(given: Given, path: Path, *, is_all: bool) -> None:
    """Take an argument file; its name stands in the head of the problems, and where flags were
    typed as well (not `is_all`) beside each problem of the file.
    """
    values = read_file(path)
    given.take_all(values, "file")
    given.where = str(path) if is_all else f"the command line and {path}"
    if RECORD_KEY in values or path.name in NAMES:
        given.recorded = set(given.values)
    if not is_all:
        given.problems = [replace(p, wrong=f"{p.wrong} (in {path})") for p in given.problems]
        given.unknown = [replace(p, wrong=f"{p.wrong} (in {path})") for p in given.unknown]


def _over(file: Given, typed: Given) -> Given:
    """The command line wins over the file, faults of the file included."""
    decided = typed.values.keys() | typed.doubtful
    file.problems = [problem for problem in file.problems if problem.flag not in decided]
    file.doubtful -= typed.values.keys()
    file.recorded -= typed.values.keys()
    file.values.update(typed.values)
    file.sources.update(typed.sources)
    file.problems = [*file.problems, *typed.problems]
    file.unknown += typed.unknown
    file.doubtful |= typed.doubtful
    return file


def _collect(
    words: list[str], flags: set[str]
) -> tuple[dict[str, list[list[str]]], list[tuple[str, str]]]:
    """({flag: one list of words for each time it was typed}, [(word of no flag, hint)])."""
    found: dict[str, list[list[str]]] = {}
    stray: list[tuple[str, str]] = []
    open_words: list[str] | None = None
    for word in words:
        flag = FLAG.fullmatch(word)
        single = SINGLE_HYPHEN.fullmatch(word)
        if flag:
            name = flag[1].replace("-", "_")
            open_words = [] if flag[2] is None else [flag[2]]
            found.setdefault(name, []).append(open_words)
            if flag[2] is not None:
                open_words = None
        elif single and single[1].replace("-", "_") in flags:
            stray.append((word, f"flags begin with two hyphens: -{word}"))
            open_words = []
        elif open_words is None:
            stray.append((word, "a flag with = takes no further words" if found else ""))
        else:
            open_words.append(word)
    return found, stray


def _take(given: Given, name: str, groups: list[list[str]]) -> None:
    """A list flag typed twice takes both; of any other the last one counts."""
    info = given.flags.get(name)
    if info is None or not info.is_list or len(groups) == 1:
        given.take_words(name, groups[-1], "command line")
        return
    given.take_words(name, [piece for words in groups for piece in _pieces(words)], "command line")


def _pieces(words: list[str]) -> list[str]:
    return [p for p in words[0].split(",") if p] if len(words) == 1 else words


def read_file(path: Path) -> dict[str, Any]:
    """The flags of a .json or .yaml file. Raises: UsageError."""
    try:
        values = read_json(path) if path.suffix.lower() == ".json" else _read_yaml(path)
    except BurnishError as error:
        raise UsageError(str(error)) from None
    if not isinstance(values, dict):
        raise UsageError(f'{path}: must hold flags and their values, such as {{"lora_rank": 8}}')
    return values


def _read_yaml(path: Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error})") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: not valid YAML ({error})") from None
