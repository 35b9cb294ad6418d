"""Config: the resolved flags of one command, by group, with where each value came from."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar, cast

from burnish.config.flag import AUTO, FlagInfo, Meta, infos_of

G = TypeVar("G")
Source = Literal["command line", "file", "checkpoint", "rule", "default", "python"]


@dataclasses.dataclass(frozen=True)
class Part:
    """Some of the flags of a group; the command does not take the others."""

    group: type
    names: frozenset[str]


def only(group: type, *names: str) -> Part:
    """Of `group` just the flags named."""
    return Part(group, frozenset(names))


def without(group: type, *names: str) -> Part:
    """Of `group` all flags but the ones named."""
    return Part(group, frozenset(f.name for f in dataclasses.fields(group)) - frozenset(names))


class TakesFlags(Protocol):
    """What a command is to this package; burnish.commands.base.Command is one."""

    @property
    def name(self) -> str: ...
    @property
    def groups(self) -> Sequence[type | Part]: ...
    @property
    def defaults(self) -> Mapping[str, Any]: ...
    @property
    def choices(self) -> Mapping[str, tuple[Any, ...]]: ...
    @property
    def helps(self) -> Mapping[str, str]: ...
    @property
    def hot(self) -> Sequence[str]: ...
    @property
    def positional(self) -> str: ...


def classes_of(command: TakesFlags) -> list[type]:
    """The groups a command takes, in its order."""
    return [entry.group if isinstance(entry, Part) else entry for entry in command.groups]


def flags_of(command: TakesFlags) -> dict[str, FlagInfo]:
    """Every flag a command takes, with the command's own defaults, choices and help."""
    found: dict[str, FlagInfo] = {}
    for entry in command.groups:
        cls, names = (entry.group, entry.names) if isinstance(entry, Part) else (entry, None)
        for name, info in infos_of(cls).items():
            if names is None or name in names:
                assert name not in found, f"--{name} is declared twice"
                found[name] = _adapt(info, command)
    return found


def _adapt(info: FlagInfo, command: TakesFlags) -> FlagInfo:
    changes: dict[str, Any] = {}
    if info.name in command.choices:
        changes["choices"] = command.choices[info.name]
    if info.name in command.hot:
        changes["hot"] = True
    if info.name in command.helps:
        changes["help"] = command.helps[info.name]
    meta: Meta = dataclasses.replace(info.meta, **changes) if changes else info.meta
    default = command.defaults.get(info.name, info.default)
    return dataclasses.replace(info, meta=meta, default=default)


class Config:
    """The flags of one command: `config[LoraGroup].lora_rank`.

    sources   where each value came from: command line, file, checkpoint, python, rule, default
    notes     what a person should know about these values (forced, without effect, ...)
    A field that the command does not take holds its default, or None where a rule would give it.
    """

    def __init__(
        self,
        command: TakesFlags,
        values: Mapping[str, Any],
        sources: Mapping[str, str],
        notes: Sequence[str] = (),
        rules: Mapping[str, str] | None = None,
    ):
        self.command = command.name
        self.flags = flags_of(command)
        self.sources: dict[str, str] = {name: sources.get(name, "default") for name in self.flags}
        self.notes = tuple(notes)
        self._rules = dict(rules or {})
        self._groups = {cls: self._build(cls, values) for cls in classes_of(command)}

    def _build(self, cls: type, values: Mapping[str, Any]) -> Any:
        fields = {}
        for name, info in infos_of(cls).items():
            if name in self.flags:
                fields[name] = values.get(name, self.flags[name].default)
            else:
                fields[name] = None if info.default is AUTO else info.default
        return cls(**fields)

    def __getitem__(self, group: type[G]) -> G:
        if group not in self._groups:
            raise KeyError(f"burnish {self.command} takes no {group.__name__}")
        return cast(G, self._groups[group])

    def __contains__(self, group: object) -> bool:
        return group in self._groups

    def __iter__(self) -> Iterator[Any]:
        return iter(self._groups.values())

    def value(self, name: str) -> Any:
        """The value of a flag by name; for code that works on all flags alike. Raises: KeyError."""
        return getattr(self._groups[self.flags[name].group], name)

    def flat(self) -> dict[str, Any]:
        """{flag: value} of every flag the command takes."""
        return {name: self.value(name) for name in self.flags}

    def acts(self, name: str) -> bool:
        """Whether a flag has an effect beside the values of the others."""
        return self.hindrance(name) is None

    def hindrance(self, name: str) -> str | None:
        """The first flag whose value keeps another from having an effect."""
        for other, values in self.flags[name].applies:
            if other not in self.flags:
                continue
            present = self.value(other)
            if present not in values if values else present is None:
                return other
        return None

    def replace(self, source: str = "rule", why: str = "", **values: Any) -> "Config":
        """A copy with other values, which are said to come from `source` because of `why`."""
        new = object.__new__(Config)
        new.__dict__.update(self.__dict__)
        new._groups, new.sources, new._rules = (
            dict(self._groups),
            dict(self.sources),
            dict(self._rules),
        )
        for name, value in values.items():
            cls = self.flags[name].group
            new._groups[cls] = dataclasses.replace(new._groups[cls], **{name: value})
            new.sources[name] = source
            new._rules[name] = why
        return new

    def noting(self, *notes: str) -> "Config":
        """A copy with more notes."""
        new = self.replace()
        new.notes = (*self.notes, *(note for note in notes if note))
        return new

    def describe(self) -> str:
        """The values that are not plain defaults, one a line: flag, value, where it came from."""
        rows = []
        for name, info in self.flags.items():
            value, source = self.value(name), self.sources[name]
            if source == "default" or (source != "rule" and value == info.default):
                continue
            if source in ("rule", "checkpoint") and (value is None or not self.acts(name)):
                continue
            why = self._rules.get(name)
            shown = "***" if info.meta.secret and value else show(value)
            rows.append((name, shown, f"{source}: {why}" if why else source))
        names = max((len(row[0]) for row in rows), default=0)
        values = min(max((len(row[1]) for row in rows), default=0), 48)
        return "\n".join(f"  {n:<{names}}  {v:<{values}}  {s}" for n, v, s in rows)


def show(value: Any) -> str:
    """A value as it would be typed."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(show(item) for item in value) or "(none)"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if str(value) else "''"
