"""The one way from what was given to a Config: checks, rules, forced values.

`draft` does all that needs no heavy import and shows every problem at once; `finish` asks the
machine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from burnish.config.adjust import adjust
from burnish.config.check import check
from burnish.config.config import Config, TakesFlags, show
from burnish.config.derive import derive, rules_for
from burnish.config.flag import AUTO, FlagInfo
from burnish.config.given import Given
from burnish.config.machine import check_machine
from burnish.config.older import RULES
from burnish.config.store import add_saved, differences, other_base, take_last
from burnish.core.errors import Problem, UsageError
from burnish.core.facts import Facts

TYPED = ("command line", "file", "python")


@dataclass(frozen=True)
class Draft:
    """A Config whose AUTO flags still wait for their rules."""

    config: Config
    saved: dict[str, Any]
    where: str
    recorded: frozenset[str] = frozenset()
    """Flags that nobody typed, though a file names them."""


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
    take_last(given)
    saved = add_saved(given)
    problems = given.all_problems()
    config = Config(given.command, given.values, given.sources, given.notes)
    problems += [p for p in not_built(config, given.values) if p.flag not in given.doubtful]
    config = adjust(config, RULES)
    sure = frozenset(given.doubtful)
    problems += check(config, sure, unknown_flags=bool(given.unknown))
    if problems:
        raise UsageError(problems, where=given.where)
    return Draft(config, saved, given.where, frozenset(given.recorded))


def finish(draft: Draft, facts: Facts) -> Config:
    """The Config itself. Raises: UsageError for what this machine cannot do."""
    config = adjust(derive(adjust(draft.config), facts))
    problems = [*check_machine(config, facts), *other_base(config, draft.saved)]
    if problems:
        raise UsageError(problems, where=draft.where)
    return config.noting(*without_effect(config, draft.recorded), *differences(config, draft.saved))


def not_built(config: Config, values: Mapping[str, Any]) -> Iterable[Problem]:
    """The values whose capability comes later, one problem each.

    What a saved file holds of a rule is no wish of anybody: a value that the rule gives passes.
    """
    for name, value in values.items():
        info = config.flags[name]
        if not info.is_later(value) or _is_what_the_rule_gives(config, info, value):
            continue
        fix = ""
        if len(info.meta.built) > 1:
            fix = f"there is: {', '.join(show(item) for item in info.meta.built)}"
        elif info.meta.replaced_by:
            fix = f"use --{info.meta.replaced_by}"
        yield Problem(name, show(value), "is not available yet", fix)


def _is_what_the_rule_gives(config: Config, info: FlagInfo, value: Any) -> bool:
    if info.default is not AUTO:
        return False
    return bool(rules_for(info.group)[info.name](config, Facts()) == value)


def without_effect(config: Config, recorded: frozenset[str] = frozenset()) -> list[str]:
    """A note for every flag that was set although it cannot act; not for those in `recorded`."""
    notes = []
    for name, info in config.flags.items():
        value = config.value(name)
        is_typed = config.sources[name] in TYPED and name not in recorded
        other = config.hindrance(name)
        if is_typed and value != info.default and other is not None:
            setting = f"--{other} {show(config.value(other))}"
            notes.append(f"--{name} {show(value)} has no effect with {setting}")
    return notes
