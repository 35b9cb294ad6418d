"""Flags are declared once: a field of a frozen class gives name, type, default, bounds and help."""

import dataclasses
import fnmatch
import inspect
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, field
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar, Union, dataclass_transform, get_args, get_origin

from burnish.core.registry import REGISTRIES

T = TypeVar("T")


class _Auto:
    """The default of a flag whose value follows from others; never left in a resolved Config."""

    def __repr__(self) -> str:
        return "AUTO"

    def __copy__(self) -> "_Auto":
        return self

    def __deepcopy__(self, memo: object) -> "_Auto":
        return self


AUTO: Any = _Auto()

Condition = tuple[str, Collection[Any]]
"""(another flag, the values it must have); no values: any but none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Meta:
    """What flag() was told besides the default and the help; the arguments are explained there."""

    help: str
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    pattern: str | None = None
    choices: tuple[Any, ...] = ()
    refused: tuple[Any, ...] = ()
    registry: str | None = None
    hot: bool = False
    aliases: tuple[str, ...] = ()
    spelled: Mapping[Any, Any] = dataclasses.field(default_factory=dict)
    replaced_by: str | None = None
    applies: tuple[Condition, ...] = ()
    later: bool | tuple[str, ...] = False
    built: tuple[Any, ...] = ()
    secret: bool = False
    origin: Literal["documented", "burnish"] = "documented"


def flag(default: Any, help: str, **meta: Any) -> Any:
    """Declare one flag as a field of a @group class.

    default      its value when nobody says otherwise; AUTO: a rule of the same name gives it
    ge gt le lt  bounds; pattern: what the whole text must match
    choices      accepted values, where the type is not a Literal that lists them
    refused      those of them that are known only to be refused with what comes nearest
    registry     a kind of registry whose names are accepted besides the choices ("tuner")
    hot          shown first by --help
    aliases      other names of the flag; spelled: other spellings of a value, {typed: meant}
    replaced_by  the flag to use instead of this older one
    applies      ("other_flag", {values}): without effect unless the other flag has such a value;
                 or several such pairs, which must all hold
    later        True: only the default works yet; ("pissa*", ...): these values do not work yet
    built        the only values that work yet
    secret       never written to a file
    origin       "burnish" for a flag that is our own
    """
    info = Meta(help=help, applies=_conditions(meta.pop("applies", None)), **meta)
    if isinstance(default, (list, dict)):
        return field(default_factory=lambda: type(default)(default), metadata={"flag": info})
    return field(default=default, metadata={"flag": info})


def _conditions(given: Any) -> tuple[Condition, ...]:
    """None, one pair or several pairs as several."""
    return () if given is None else (given,) if isinstance(given[0], str) else tuple(given)


@dataclass(frozen=True, slots=True)
class Group:
    """What @group was told about a class of flags."""

    applies: tuple[Condition, ...]
    derive: tuple[Callable[..., Any], ...]
    check: tuple[Callable[..., Any], ...]


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(flag,))
def group(
    *,
    applies: Condition | None = None,
    derive: tuple[Callable[..., Any], ...] = (),
    check: tuple[Callable[..., Any], ...] = (),
) -> Callable[[type[T]], type[T]]:
    """Make a class a group of flags: a frozen, keyword-only dataclass.

    `applies` holds for every flag of it, `derive` are the rules of its AUTO flags and `check` its
    rules across flags, where they are not in config/derive.py and config/check.py.
    """

    def build(cls: type[T]) -> type[T]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        made.__group__ = Group(_conditions(applies), derive, check)  # type: ignore[attr-defined]
        return made

    return build


@dataclass(frozen=True)
class FlagInfo:
    """All there is to know about one flag of one command, for help, tables and parsing."""

    name: str
    type: Any
    default: Any
    meta: Meta
    group: type

    @property
    def group_name(self) -> str:
        """LoraGroup -> lora: what `--help lora` asks for."""
        return str(self.group.__name__).removesuffix("Group").lower()

    @property
    def applies(self) -> tuple[Condition, ...]:
        """The conditions under which the flag has an effect: its own, else its group's."""
        own: tuple[Condition, ...] = self.group.__group__.applies
        return self.meta.applies or own

    @cached_property
    def parts(self) -> tuple[Any, ...]:
        """The alternatives of the type without None: (int,), (bool, int), (list[str],), ..."""
        union = get_origin(self.type) in (Union, types.UnionType)
        return (
            tuple(p for p in get_args(self.type) if p is not type(None)) if union else (self.type,)
        )

    @property
    def optional(self) -> bool:
        """Whether None is a value of it."""
        return type(None) in get_args(self.type)

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        return any(get_origin(part) is list for part in self.parts)

    @property
    def is_bool(self) -> bool:
        """Whether it may stand bare, meaning true."""
        return bool in self.parts

    @cached_property
    def choices(self) -> tuple[Any, ...]:
        """The accepted values, when they are a closed list."""
        literal = tuple(v for p in self.parts if get_origin(p) is Literal for v in get_args(p))
        return self.meta.choices or literal

    def is_later(self, value: Any) -> bool:
        """Whether this value's capability is not built yet."""
        if value == self.default or value is AUTO:
            return False
        if self.meta.built:
            known = self.choices or _items(
                value
            )  # a person's own entry is there, since it was found
            return any(v in known and v not in self.meta.built for v in _items(value))
        if isinstance(self.meta.later, tuple):
            return any(fnmatch.fnmatch(str(v), p) for v in _items(value) for p in self.meta.later)
        return self.meta.later


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@cache
def infos_of(cls: type) -> Mapping[str, FlagInfo]:
    """Every flag of one group."""
    hints = inspect.get_annotations(cls, eval_str=True)
    found = {}
    for item in dataclasses.fields(cls):
        default = item.default if item.default_factory is MISSING else item.default_factory()
        found[item.name] = FlagInfo(
            item.name, hints[item.name], default, item.metadata["flag"], cls
        )
    return MappingProxyType(found)


def type_words(info: FlagInfo) -> str:
    """The type as help prints it: int, a|b|c, list of str, ..."""
    if info.choices:
        shown = [c for c in info.choices if c not in info.meta.refused]
        shown += [name for name in _registered(info) if name not in info.choices]
        words = "|".join(str(c).lower() if isinstance(c, bool) else str(c) for c in shown)
        return f"list of {words}" if info.is_list else words
    return " or ".join(_word(part) for part in info.parts)


def _registered(info: FlagInfo) -> list[str]:
    """What is accepted besides the documented choices: the entries of a registry."""
    return next((r.names() for r in REGISTRIES if r.kind == info.meta.registry), [])


def _word(part: Any) -> str:
    if get_origin(part) is list:
        return f"list of {_word(get_args(part)[0])}"
    if get_origin(part) is dict or part is dict:
        return "JSON"
    return {str: "text", Path: "path"}.get(part, getattr(part, "__name__", str(part)))
