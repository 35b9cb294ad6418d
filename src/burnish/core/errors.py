"""Errors that speak to people: each says what is wrong, what was given and what to do.

BurnishError            exit code 1
|-- UsageError          exit code 2: the command line or an argument file; holds all problems
|-- DataError           a data file or a row of it
|-- TemplateError       a chat template, or a template that does not fit its tokenizer
|-- ModelError          a model folder, its weights or its tokenizer
|-- CheckpointError     a checkpoint that is incomplete, damaged or of another run
|-- TrainingError       a run that cannot go on (a loss that is not a number, ...)
`-- MissingPackage      an optional package that is not installed
"""

from collections.abc import Iterable
from dataclasses import dataclass

INDENT = "  "
LABEL_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one flag: what was given, why that cannot be, what to do instead."""

    flag: str
    got: str
    wrong: str
    fix: str = ""

    def __str__(self) -> str:
        label = self.label
        room = " " * (len(INDENT) + max(LABEL_WIDTH, len(label)) + 1)
        if len(label) > LABEL_WIDTH:
            room = INDENT + " " * (LABEL_WIDTH + 1)
            text = f"{INDENT}{label}\n{room}{self.wrong}"
        else:
            text = f"{INDENT}{label:<{LABEL_WIDTH}} {self.wrong}"
        return f"{text}\n{room}hint: {self.fix}" if self.fix else text

    @property
    def label(self) -> str:
        """The flag as it was typed; a problem of a whole file has a path in place of a flag."""
        name = f"--{self.flag}" if self.flag.isidentifier() else self.flag
        return f"{name} {self.got}".strip()


class BurnishError(Exception):
    """Something a person can put right; shown as its message alone, without a traceback."""

    exit_code = 1


class UsageError(BurnishError):
    """Flags, keywords or an argument file that cannot be used; `problems` holds them all."""

    exit_code = 2

    def __init__(self, problems: str | Iterable[Problem] = (), *, where: str = "the command line"):
        self.problems: tuple[Problem, ...] = () if isinstance(problems, str) else tuple(problems)
        if isinstance(problems, str):
            super().__init__(problems)
            return
        count = len(self.problems)
        head = f"{count} problem{'' if count == 1 else 's'} with {where}"
        super().__init__("\n".join([head, *map(str, self.problems)]))


class DataError(BurnishError):
    """A data file, or a row of it, that cannot be used; the message carries file and row."""


class TemplateError(BurnishError):
    """A chat template that is wrong in itself or does not fit the tokenizer."""


class ModelError(BurnishError):
    """A model folder, its weights or its tokenizer that cannot be used."""


class CheckpointError(BurnishError):
    """A checkpoint that is incomplete, damaged or belongs to another run."""


class TrainingError(BurnishError):
    """A run that cannot go on; the message names the step and the samples."""


class MissingPackage(BurnishError):
    """An optional package that is not installed; the message says how to install it."""


def bare(error: BaseException) -> str:
    """What an error of a library says, without the full stop that our own sentence ends with."""
    return str(error).rstrip(". \n")
