"""Learning-rate schedules, by the names and formulas of transformers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler


def warmup_steps(total: int, steps: int, ratio: float) -> int:
    """How many steps the rate rises: `steps` where given, else the share `ratio` of `total`,
    rounded up. A run of one step has none: the rise begins at 0, so it would train nothing.
    """
    if total <= 1:
        return 0
    return steps if steps > 0 else -int(-total * ratio // 1)


def schedule(optimizer: Optimizer, name: str, total: int, warmup: int) -> LRScheduler:
    """The schedule called `name` over `total` steps after a linear rise over `warmup` of them."""
    from transformers import get_scheduler

    extra: dict[str, float] = {}
    if name in ("cosine_with_min_lr", "cosine_warmup_with_min_lr"):
        extra = {"min_lr_rate": 0.1}
    elif name == "polynomial":  # it ends a little above 0
        extra = {"lr_end": min(1e-7, 0.1 * optimizer.defaults["lr"])}
    elif name == "warmup_stable_decay":
        extra = {"num_decay_steps": max(1, total // 10)}
    total = max(total, warmup + 1)  # polynomial divides by the steps that are left
    return get_scheduler(name, optimizer, warmup, total, scheduler_specific_kwargs=extra)
