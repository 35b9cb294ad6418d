"""Looks for losses and gradients that are not finite numbers, a step late, so that the device is
never waited for.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from burnish.core.errors import TrainingError
from burnish.data.collate import Batch
from burnish.data.sample import SampleId
from burnish.train.late import Late


@dataclass(frozen=True, slots=True)
class Pending:
    """Values of one step that nobody has looked at yet."""

    step: int
    values: Late
    ids: tuple[SampleId, ...]
    what: str


class Watch:
    """Holds the newest values until they may be looked at.

    Args:
        waits: whether looking at once would stall the device. scaled: float16's loss scale makes
            gradients overflow now and then and skips those steps by itself.
    """

    def __init__(self, waits: bool, scaled: bool) -> None:
        self._waits = waits
        self._scaled = scaled
        self._pending: list[Pending] = []
        self._norm: Tensor | None = None

    def add(self, step: int, batch: Batch, row_loss: Tensor) -> None:
        """The losses (S,) of a micro-batch's sequences."""
        self._pending.append(Pending(step, Late(row_loss), batch.ids, "loss"))

    def add_norm(self, step: int, norm: Tensor) -> None:
        """The gradient's norm before clipping, a scalar."""
        self._norm = norm.detach()
        if not self._scaled:
            ids = tuple(id for p in self._pending if p.step == step for id in p.ids)
            self._pending.append(Pending(step, Late(norm.detach().reshape(1)), ids, "gradient"))

    def norm(self) -> float:
        """The newest gradient norm; waits for the device."""
        return self._norm.item() if self._norm is not None else 0.0

    def look(self, before: int) -> None:
        """Look at everything of earlier steps, and of this one too where that costs nothing."""
        limit = before if self._waits else before + 1
        ready = [p for p in self._pending if p.step < limit]
        self._pending = [p for p in self._pending if p.step >= limit]
        for pending in ready:
            refuse(pending)

    def look_at_all(self) -> None:
        """Look at everything there is; done before weights are saved."""
        ready, self._pending = self._pending, []
        for pending in ready:
            refuse(pending)


def refuse(pending: Pending) -> None:
    """Raise TrainingError, naming step and samples, if a value is not a finite number."""
    finite = pending.values.value().isfinite()
    if bool(finite.all()):
        return
    ids = [str(id) for id in pending.ids]
    if pending.what == "loss":
        ids = [id for id, fine in zip(ids, finite.tolist(), strict=False) if not fine]
    shown = ", ".join(ids[:8]) + (f" and {len(ids) - 8} more" if len(ids) > 8 else "")
    raise TrainingError(
        f"the {pending.what} of step {pending.step} is not a finite number; "
        f"samples: {shown or 'none'}\n"
        "nothing after the last checkpoint is saved; resume from it with a lower --learning_rate, "
        "with --dtype bf16 or fp32 in place of fp16, or without these samples"
    )
