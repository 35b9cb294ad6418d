"""A hook is a frozen record of functions that the loop calls at fixed moments; a file with HOOK in
this folder is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from burnish.config.config import Config
    from burnish.train.fit import Run


def always(config: Config) -> bool:
    return True


def nothing(run: Run) -> None:
    return None


def nothing_at(step: int, run: Run) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Hook:
    """Functions at moments of a run; each may be left out."""

    wanted: Callable[[Config], bool] = always
    """Whether these flags ask for it."""
    start: Callable[[Run], None] = nothing
    """Before the first step; weights are in place."""
    before_zero: Callable[[int, Run], None] = nothing_at
    """After the optimiser's step, gradients still there."""
    after_step: Callable[[int, Run], None] = nothing_at
    """When a step is complete."""
    groups: tuple[type[Any], ...] = field(default=())
