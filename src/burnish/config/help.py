"""Flags as people read them in a terminal: the most used, all, those of one group, or one."""

import re
import textwrap
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from burnish.config.config import TakesFlags, classes_of, flags_of, show
from burnish.config.derive import rules_for, words
from burnish.config.deviations import deviation
from burnish.config.flag import AUTO, FlagInfo, type_words
from burnish.core.errors import UsageError
from burnish.core.registry import nearest

WIDTH = 100
PAPER = re.compile(r" \(arXiv:[^)]*\)")
NAME_WIDTH = 30


def default_words(info: FlagInfo) -> str:
    """The default as help prints it: a value, or how it is found."""
    if info.default is not AUTO:
        return show(info.default)
    return words(rules_for(info.group)[info.name])


def applies_words(info: FlagInfo) -> str:
    """Under which condition the flag acts, or ''."""
    found = [_with(*condition) for condition in info.applies if condition[0] != info.name]
    return f"only with {' and '.join(found)}" if found else ""


def _with(other: str, values: Collection[Any]) -> str:
    """One condition, as it would be typed."""
    if not values:
        return f"--{other}"
    if isinstance(values, range):
        return f"--{other} from {values.start} on"
    if set(values) == {True}:
        return f"--{other} true"
    return f"--{other} {'|'.join(sorted(show(value) for value in values))}"


def later_words(info: FlagInfo) -> str:
    """What of the flag is not built yet, or ''."""
    if isinstance(info.meta.later, tuple):
        return f"not available yet: {', '.join(info.meta.later)}"
    if info.meta.later:
        return "not available yet"
    built = ", ".join(show(item) for item in info.meta.built)
    return f"available so far: {built}" if built else ""


def usage(command: TakesFlags, summary: str, example: str, is_later: bool) -> str:
    """`burnish X --help`: the flags used most, and the names of the groups."""
    flags = flags_of(command)
    hot = [info for info in flags.values() if info.meta.hot and info.meta.later is not True]
    lines = [f"burnish {command.name}: {summary}{' (not available yet)' if is_later else ''}", ""]
    lines += [f"  {example}", "", "the flags used most"] if example else ["the flags used most"]
    lines += [_short(info) for info in hot]
    lines += ["", "groups of flags"]
    for group in classes_of(command):
        count = sum(info.group is group for info in flags.values())
        name = group.__name__.removesuffix("Group").lower()
        title = PAPER.sub("", (group.__doc__ or "").strip().partition("\n")[0])
        lines.append(f"  {name:<14} {count:>2}  {title}")
    lines += [
        "",
        f"burnish {command.name} --help all | GROUP | FLAG     all flags, those of a group, or one",
        f"burnish {command.name} FILE.json --flag value ...    flags from a .json or .yaml file",
    ]
    return "\n".join(lines)


def _short(info: FlagInfo) -> str:
    text = f"{info.meta.help} [{default_words(info)}]"
    indent = " " * (NAME_WIDTH + 2)
    lines = textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
    return f"  --{info.name:<{NAME_WIDTH - 2}}" + "\n".join(lines)[len(indent) :]


def topic(command: TakesFlags, name: str) -> str:
    """`--help all`, `--help GROUP` or `--help FLAG`. Raises: UsageError with the nearest name."""
    flags = flags_of(command)
    wanted = name.strip("-").replace("-", "_").lower()
    by_name: Mapping[str, FlagInfo] = {info.name.lower(): info for info in flags.values()}
    aliases = {alias: info for info in flags.values() for alias in info.meta.aliases}
    groups = {group.__name__.removesuffix("Group").lower(): group for group in classes_of(command)}
    if wanted == "all":
        return "\n\n".join(_group(group, flags.values(), command) for group in groups.values())
    if wanted in by_name or wanted in aliases:
        return full(by_name.get(wanted) or aliases[wanted], command)
    if wanted in groups:
        return _group(groups[wanted], flags.values(), command)
    close = nearest(wanted, [*by_name, *aliases, *groups])
    hint = f"; did you mean {close}?" if close else ""
    raise UsageError(f"burnish {command.name} has no flag and no group called {name}{hint}")


def _group(group: type, flags: Iterable[FlagInfo], command: TakesFlags) -> str:
    title = (group.__doc__ or "").strip().partition("\n")[0]
    return "\n".join([title, *(full(info, command) for info in flags if info.group is group)])


def full(info: FlagInfo, command: TakesFlags) -> str:
    """All about one flag, wrapped to the width of a terminal."""
    head = f"  --{info.name}  {type_words(info)}  [{default_words(info)}]"
    lines = textwrap.wrap(head, WIDTH, subsequent_indent=" " * 6, break_long_words=False)
    for text in facts_about(info, command):
        lines += textwrap.wrap(text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
    return "\n".join(lines)


def facts_about(info: FlagInfo, command: TakesFlags) -> list[str]:
    """The help of a flag and whatever else is to be known of it, one sentence each."""
    meta, notes = info.meta, [info.meta.help]
    condition = applies_words(info)
    notes += [condition] if condition else []
    notes += [bounds] if (bounds := bounds_words(meta)) else []
    notes += (
        [f"also called {', '.join('--' + name for name in meta.aliases)}"] if meta.aliases else []
    )
    notes += [f"older flag; use --{meta.replaced_by}"] if meta.replaced_by else []
    notes += [later] if (later := later_words(info)) else []
    departure = deviation(command.name, info.name)
    if departure:
        differs = f"documented elsewhere as {departure.documented}; here {departure.ours}: "
        notes.append(
            (differs if departure.documented.lower() != departure.ours.lower() else "")
            + departure.reason
        )
    return notes


def bounds_words(meta: Any) -> str:
    """The bounds of a flag, or ''."""
    parts = [
        f"at least {meta.ge}" if meta.ge is not None else "",
        f"more than {meta.gt}" if meta.gt is not None else "",
        f"at most {meta.le}" if meta.le is not None else "",
        f"less than {meta.lt}" if meta.lt is not None else "",
    ]
    return ", ".join(part for part in parts if part)
