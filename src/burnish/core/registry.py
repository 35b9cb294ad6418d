"""The folder is the registry: a file that holds the constant, or a literal in a file, is an entry.

Nothing registers itself. Files are found by reading their text, so listing names imports nothing;
an entry's module is imported when it is asked for. Files of one's own and installed packages (entry
points `burnish.tuners`, ...) add entries of the same form.
"""

import difflib
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from burnish.core.errors import UsageError


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that a person who typed `name` most likely meant, if any is close."""
    plain = {known.lower().replace("-", "_"): known for known in names}
    typed = name.lower().replace("-", "_")
    longer = [known for known in plain if known.startswith(typed)]
    if len(longer) == 1:
        return plain[longer[0]]
    close = difflib.get_close_matches(typed, plain, n=1, cutoff=0.6)
    return plain[close[0]] if close else None


class Registry:
    """Entries of one kind, by name.

    `package` is the folder ("burnish.tuners"), `constant` what an entry's file holds ("TUNER").
    With `key` the constant is a sequence and `key` names each item; without, the file's own name
    is the entry's name.
    """

    def __init__(
        self, kind: str, package: str, constant: str, key: Callable[[Any], str] | None = None
    ):
        self.kind, self.package, self.constant, self.key = kind, package, constant, key
        self._added: dict[str, Any] = {}
        self._literals: dict[str, Any] | None = None

    def names(self) -> list[str]:
        """Every name, sorted; imports nothing where the file names are the names."""
        return sorted({*self._files(), *(self._read_literals() if self.key else ()), *self._added})

    def __contains__(self, name: object) -> bool:
        return name in self._added or name in (self._read_literals() if self.key else self._files())

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def find(self, name: str) -> Any:
        """The entry called `name`. Raises: UsageError with the nearest name."""
        if name in self._added:
            return self._added[name]
        if self.key is None:
            if name in self._files():
                return getattr(importlib.import_module(f"{self.package}.{name}"), self.constant)
        elif name in (literals := self._read_literals()):
            return literals[name]
        self._add_installed()
        if name in self._added:
            return self._added[name]
        raise UsageError(self._unknown(name))

    def add(self, name: str, entry: Any, *, replaces: bool = False) -> None:
        """Add an entry. Raises: UsageError when the name is taken and `replaces` is not set."""
        if name in self and not replaces:
            raise UsageError(
                f"there is already a {self.kind} called {name!r}; give yours another name"
            )
        self._added[name] = entry

    def add_module(self, module: ModuleType, name: str) -> int:
        """Add what `module` holds under this registry's constant; returns how many entries."""
        if not hasattr(module, self.constant):
            return 0
        found = getattr(module, self.constant)
        entries = {self.key(item): item for item in found} if self.key else {name: found}
        for key, entry in entries.items():
            self.add(key, entry, replaces=bool(getattr(module, "REPLACES", False)))
        return len(entries)

    def _files(self) -> list[str]:
        if self.key is not None:
            return []
        holds = re.compile(rf"^{self.constant}\b\s*[:=]", re.MULTILINE)
        return [
            path.stem for path in self._folder() if holds.search(path.read_text(encoding="utf-8"))
        ]

    def _folder(self) -> list[Path]:
        spec = importlib.util.find_spec(self.package)
        places = spec.submodule_search_locations or () if spec else ()
        return sorted(path for place in places for path in Path(place).glob("*.py"))

    def _read_literals(self) -> dict[str, Any]:
        if self._literals is None:
            assert self.key is not None
            found: dict[str, Any] = {}
            for path in self._folder():
                module = (
                    importlib.import_module(f"{self.package}.{path.stem}")
                    if path.stem != "__init__"
                    else None
                )
                for item in getattr(module, self.constant, ()):
                    assert self.key(item) not in found, (
                        f"{self.kind} {self.key(item)!r} is there twice: {path}"
                    )
                    found[self.key(item)] = item
            self._literals = found
        return self._literals

    def _add_installed(self) -> None:
        for point in entry_points(group=self.package):
            if point.name not in self._added:
                self._added[point.name] = point.load()

    def _unknown(self, name: str) -> str:
        close = nearest(name, self.names())
        if close:
            return f"there is no {self.kind} called {name!r}; did you mean {close!r}?"
        some = self.names()
        listed = ", ".join(some[:20]) + (", ..." if len(some) > 20 else "")
        return f"there is no {self.kind} called {name!r}; there are: {listed or 'none'}"


def _name_of(item: Any) -> str:
    return str(item.name)


TUNERS = Registry("tuner", "burnish.tuners", "TUNER")
OBJECTIVES = Registry("objective", "burnish.objectives", "OBJECTIVE")
HOOKS = Registry("hook", "burnish.train.hooks", "HOOK")
MODELS = Registry("model type", "burnish.catalog.models", "MODELS", key=_name_of)
TEMPLATES = Registry("template", "burnish.catalog.templates", "TEMPLATES", key=_name_of)
CORPORA = Registry("data set", "burnish.catalog.corpora", "CORPORA", key=_name_of)
REGISTRIES = (TUNERS, OBJECTIVES, HOOKS, MODELS, TEMPLATES, CORPORA)


def load_file(path: Path) -> ModuleType:
    """Import a Python file a person wrote and add what it holds to the registries.

    Loading the same file again gives the same module and adds nothing twice. Raises: UsageError
    when it is missing, fails to import, or holds none of the constants.
    """
    name = f"burnish_custom_{path.stem}_{abs(hash(str(path.resolve()))):x}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise UsageError(f"{path}: there is no such Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise UsageError(
            f"{path}: importing it failed with {type(error).__name__}: {error}"
        ) from error
    if not sum(registry.add_module(module, path.stem) for registry in REGISTRIES):
        constants = ", ".join(registry.constant for registry in REGISTRIES)
        raise UsageError(
            f"{path}: holds none of the constants that add something to burnish ({constants})"
        )
    return module
