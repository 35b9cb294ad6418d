"""A command is a list of groups of flags, its own defaults, and a function that runs it."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from burnish.config.config import flags_of
from burnish.core.errors import Problem, UsageError
from burnish.core.log import log

if TYPE_CHECKING:
    from burnish.config.config import Config, Part
    from burnish.config.given import Given


@dataclass(frozen=True, kw_only=True)
class Command:
    """One word after `burnish`.

    name          as it is typed, with hyphens
    summary       one line of `burnish --help`
    groups        the flags it takes: group classes, or only(...) / without(...) of one
    run           (Config) -> its result; imports what is heavy when called
    defaults      {flag: default} where this command's default is another than the flag's own
    choices       {flag: values} where it accepts others
    helps         {flag: text} where a flag means another thing
    hot           flags its help shows first, besides those that are always hot
    example       a command line that works
    distributed   whether NPROC_PER_NODE and the like start it on several processes
    is_later      known, but not built yet
    prints        whether the command line prints the result of `run` to stdout
    positional    the list flag that takes the words before the first flag
    quiet         whether it runs without saying first what was asked of it
    """

    name: str
    summary: str
    groups: "tuple[type | Part, ...]"
    run: "Callable[[Config], object]"
    defaults: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    helps: Mapping[str, str] = field(default_factory=dict)
    hot: tuple[str, ...] = ()
    example: str = ""
    distributed: bool = False
    is_later: bool = False
    prints: bool = False
    positional: str = ""
    quiet: bool = False

    def variant(self, name: str, summary: str = "", /, **changes: Any) -> "Command":
        """The same command under another name; keywords are fields of Command or defaults."""
        fields = {
            key: changes.pop(key) for key in list(changes) if key in self.__dataclass_fields__
        }
        defaults = {**self.defaults, **fields.pop("defaults", {}), **changes}
        return replace(
            self, name=name, summary=summary or self.summary, defaults=defaults, **fields
        )


COMMANDS = {
    "sft": "burnish.commands.sft",
    "pt": "burnish.commands.pt",
    "check": "burnish.commands.check",
    "infer": "burnish.commands.infer",
    "merge-lora": "burnish.commands.merge_lora",
    "rlhf": "burnish.commands.rlhf",
    "export": "burnish.commands.export",
    "eval": "burnish.commands.eval",
    "app-ui": "burnish.commands.app_ui",
    "deploy": "burnish.commands.deploy",
    "web-ui": "burnish.commands.web_ui",
    "list": "burnish.commands.list",
}
"""Every command and the module that holds its COMMAND; listing them imports none."""


def load(name: str) -> Command:
    """The command called `name`."""
    command: Command = importlib.import_module(COMMANDS[name]).COMMAND
    return command


def name_owners(given: "Given") -> None:
    """Where an unknown flag belongs to other commands, say so in its problem."""
    for place, problem in enumerate(given.unknown):
        owners = [name for name in COMMANDS if problem.flag in flags_of(load(name))]
        if owners:
            wrong = f"is no flag of burnish {given.command.name}, but of {', '.join(owners)}"
            given.unknown[place] = Problem(problem.flag, problem.got, wrong)


def start(command: Command, config: "Config") -> object:
    """Say what is not plain default, then run."""
    described = "" if command.quiet else config.describe()
    if described:
        log.info("burnish %s\n%s", command.name, described)
    for note in config.notes:
        log.warning(note)
    return command.run(config)


def not_available(command: str) -> "Callable[[Config], object]":
    """The `run` of a command that is not built yet. Its call raises UsageError."""

    def run(config: "Config") -> object:
        raise UsageError(f"burnish {command} is not available yet")

    return run
