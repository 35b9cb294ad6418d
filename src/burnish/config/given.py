"""What was given for the flags, from wherever it came, and what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from burnish.config.config import TakesFlags, flags_of, show
from burnish.config.flag import AUTO
from burnish.config.value import Unfit, convert, from_words
from burnish.core.errors import Problem, UsageError
from burnish.core.registry import load_file, nearest

RECORD_KEY = "_burnish"
"""In an argument file that burnish wrote: what wrote it. No flag."""


CUSTOM = "custom_register_path"
FILES = (".json", ".yaml", ".yml")
"""Endings of argument files."""
FILE_FLAGS = ("config", "config_file", "config_path", "args_file", "file", "json", "yaml", "cfg")
"""How other tools call the flag of an argument file."""


def custom_first(names: Iterable[str]) -> list[str]:
    """The names, the one of a person's own file first: it is run before others are read."""
    return sorted(names, key=lambda name: name != CUSTOM)


@dataclass
class Given:
    """Values by flag, where each came from, and the problems met on the way.

    doubtful   flags of which nothing sure is known: their value was bad, or a misspelled flag may
               have meant them
    recorded   flags from a run's own argument file, which names every flag: nobody typed them
    """

    command: TakesFlags
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    unknown: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    recorded: set[str] = field(default_factory=set)
    where: str = "the command line"

    def __post_init__(self) -> None:
        self.flags = flags_of(self.command)
        self._names = {name: name for name in self.flags}
        for name, info in self.flags.items():
            self._names.update(dict.fromkeys(info.meta.aliases, name))
        self._typed_as: dict[str, str] = {}

    def take_all(self, values: Mapping[str, Any], source: str) -> None:
        """Take {flag: value}, from Python or a file; later calls win over earlier ones."""
        self._typed_as.clear()
        if source == "python":
            self.where = "the arguments"
        named = {str(name).replace("-", "_"): value for name, value in values.items()}
        for name in custom_first(named):
            if name != RECORD_KEY:
                self.take(name, named[name], source)

    def take_words(self, name: str, words: list[str], source: str) -> None:
        """Take what stood behind a flag on the command line."""
        self._take(name.replace("-", "_"), words, source, typed=True)

    def take(self, name: str, value: Any, source: str) -> None:
        """Take one value."""
        self._take(name, value, source, typed=False)

    def _take(self, typed_name: str, raw: Any, source: str, *, typed: bool) -> None:
        name = self._names.get(typed_name)
        got = " ".join(raw) if typed else show(raw)
        if name is None:
            self._note_unknown(typed_name, got)
            return
        try:
            value = from_words(self.flags[name], raw) if typed else convert(self.flags[name], raw)
        except Unfit as unfit:
            self.problems.append(Problem(typed_name, got, unfit.wrong, unfit.fix))
            self.doubtful.add(name)
            return
        self._note_twice(name, typed_name, value)
        self.values[name], self.sources[name] = value, source
        if name == CUSTOM and value is not None and value.is_file():
            self._load(value)

    def _load(self, path: Path) -> None:
        """Run the person's own file: it may bring what other flags name."""
        try:
            load_file(path)
        except UsageError as error:
            wrong = str(error).partition(": ")[2]
            self.problems.append(Problem(CUSTOM, str(path), wrong))
            self.doubtful.add(CUSTOM)

    def _note_twice(self, name: str, typed_name: str, value: Any) -> None:
        before = self._typed_as.setdefault(name, typed_name)
        if before != typed_name and self.values[name] != value:
            wrong = f"is the same flag as --{before}, which has another value"
            self.problems.append(Problem(typed_name, show(value), wrong, "give it once"))
            self.doubtful.add(name)

    def _note_unknown(self, name: str, got: str) -> None:
        if name in FILE_FLAGS and got.lower().endswith(FILES):
            fix = f"a file of flags stands first: burnish {self.command.name} {got}"
            self.unknown.append(Problem(name, got, "is not a flag", fix))
            return
        close = nearest(name, self._names)
        fix = (
            f"did you mean --{close}?"
            if close
            else f"burnish {self.command.name} --help all lists them"
        )
        self.unknown.append(
            Problem(name, got, f"is not a flag of burnish {self.command.name}", fix)
        )
        if close:
            self.doubtful.add(self._names[close])

    def all_problems(self) -> list[Problem]:
        """The unknown flags, unless they are to be forgiven, and what could not be read."""
        if self.values.get("ignore_args_error") is True:
            notes = [f"{problem.label} {problem.wrong}; ignored" for problem in self.unknown]
            self.notes += [note for note in notes if note not in self.notes]
            return self.problems
        return [*self.unknown, *self.problems]

    def is_given(self, name: str) -> bool:
        """Whether a value was given that is not 'whatever suits'."""
        return name in self.values and self.values[name] is not AUTO and self.values[name] != "AUTO"
