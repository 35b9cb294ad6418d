"""Modules that load on first use, so that files which declare flags stay light.

`from burnish.core.lazy import F, torch` costs nothing; `torch.Tensor` inside a function loads
torch. A checker sees the real modules.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any


class LazyModule(ModuleType):
    """A stand-in that imports its module at the first attribute that is asked of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(
                name
            )  # inspection (doctest, pickle, dataclasses) must not load the module
        return getattr(importlib.import_module(self.__name__), name)

    def __repr__(self) -> str:
        return f"<lazy module {self.__name__!r}>"


def lazy(name: str) -> ModuleType:
    """A stand-in for the module `name`."""
    return LazyModule(name)


if TYPE_CHECKING:
    import torch as torch
    import torch.nn.functional as F
else:
    torch = lazy("torch")
    F = lazy("torch.nn.functional")
