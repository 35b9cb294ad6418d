"""The one way from what was given to a Config: checks, rules, forced values.

`draft` does all that needs no heavy import and shows every problem at once; `finish` asks the
machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from burnish.config.adjust import adjust
from burnish.config.check import check, check_machine
from burnish.config.config import Config, TakesFlags, show
from burnish.config.derive import derive
from burnish.config.flag import FlagInfo
from burnish.config.given import Given, not_built
from burnish.config.store import add_saved, differences
from burnish.core.errors import Problem, UsageError
from burnish.core.facts import Facts
from burnish.core.registry import load_file

TYPED = ("command line", "file", "python")


@dataclass(frozen=True)
class Draft:
    """A Config whose AUTO flags still wait for their rules."""

    config: Config
    saved: dict[str, Any]
    where: str


def resolve(
    command: TakesFlags,
    values: Mapping[str, Any],
    *,
    source: str = "python",
    facts: Facts | None = None,
) -> Config:
    """The Config of `command` for {flag: value}. Raises: UsageError with every problem."""
    given = Given(command)
    given.take_all(values, source)
    return finish(draft(given), facts or Facts())


def draft(given: Given) -> Draft:
    """All that can be said without knowing the machine. Raises: UsageError with every problem."""
    where = "the arguments" if "python" in given.sources.values() else "the command line"
    _load_custom(given)
    saved = add_saved(given)
    problems = given.all_problems()
    problems += [p for p in not_built(given.flags, given.values) if p.flag not in given.doubtful]
    config = Config(given.command, given.values, given.sources, given.notes)
    sure = frozenset(given.doubtful)
    problems += check(config, sure, unknown_flags=bool(given.unknown))
    if problems:
        raise UsageError(problems, where=where)
    return Draft(config, saved, where)


def finish(draft: Draft, facts: Facts) -> Config:
    """The Config itself. Raises: UsageError for what this machine cannot do."""
    config = adjust(derive(adjust(draft.config), facts))
    problems = check_machine(config, facts)
    if problems:
        raise UsageError(problems, where=draft.where)
    return config.noting(*without_effect(config), *differences(config, draft.saved))


def without_effect(config: Config) -> list[str]:
    """A note for every flag that was set although it cannot act."""
    notes = []
    for name, info in config.flags.items():
        value = config.value(name)
        if config.sources[name] in TYPED and value != info.default and not _acts(config, info):
            assert info.applies is not None
            other = info.applies[0]
            setting = f"--{other} {show(config.value(other))}"
            notes.append(f"--{name} {show(value)} has no effect with {setting}")
    return notes


def _acts(config: Config, info: FlagInfo) -> bool:
    if info.applies is None or info.applies[0] not in config.flags:
        return True
    other, values = info.applies
    present = config.value(other)
    return present in values if values else present is not None


def _load_custom(given: Given) -> None:
    """Run the person's own file first: it may bring what other flags name."""
    path = given.values.get("custom_register_path")
    if path is None or not path.is_file():
        return
    try:
        load_file(path)
    except UsageError as error:
        given.problems.append(
            Problem("custom_register_path", str(path), str(error).partition(": ")[2])
        )
        given.doubtful.add("custom_register_path")
