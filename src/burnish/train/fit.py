"""The loop: what a run is, and how one optimiser step after another is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from burnish.config.config import Config
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.optim import OptimGroup
from burnish.data.collate import Batch
from burnish.data.loader import EvalLoader, TrainLoader
from burnish.data.stream import StreamLoader
from burnish.nn.scorer import Scorer
from burnish.objectives.base import Objective, Outcome, Terms, count_units
from burnish.train.about import About, Best
from burnish.train.fitting import until_it_fits
from burnish.train.hooks.base import Hook
from burnish.train.interrupt import StopRequest
from burnish.train.late import Late
from burnish.train.mesh import Mesh
from burnish.train.policy import LivePolicy
from burnish.train.report import Journal, Ledger, Meter
from burnish.train.watch import Watch
from burnish.tuners.base import Tuner

Loader = TrainLoader | StreamLoader


class Clock:
    """Counts optimiser steps from 1; goes on after `done` steps, and ends early when told to
    stop.
    """

    def __init__(self, total: int, done: int = 0) -> None:
        self.total = total
        self.done = done
        self.stopped = False

    def __iter__(self):  # type: ignore[no-untyped-def]
        while self.done < self.total and not self.stopped:
            yield self.done + 1
            self.done += 1

    def is_last(self, step: int) -> bool:
        """Whether `step` ends the run, early or not."""
        return step >= self.total or self.stopped


@dataclass(frozen=True)
class Run:
    """Every object of one training run; built by `train.run`, in order."""

    config: Config
    folder: Path
    mesh: Mesh
    model: nn.Module
    scorer: Scorer
    policy: LivePolicy
    tuner: Tuner
    objective: Objective
    data: Loader
    validation: EvalLoader | None
    optimizer: Optimizer
    schedule: LRScheduler
    parameters: list[nn.Parameter]
    clock: Clock
    meter: Meter
    journal: Journal
    ledger: Ledger
    hooks: tuple[Hook, ...]
    stop: StopRequest
    watch: Watch
    about: About
    best: Best


def fit(run: Run) -> None:
    """Train until the clock ends.

    Raises:
        TrainingError: a loss that is not a number, with its step and samples.
    """
    for hook in run.hooks:
        hook.start(run)
    run.model.train()
    run.meter.begin()
    for step in run.clock:
        window = [batch.to(run.mesh.device) for batch in run.data.take(step)]
        totals = run.mesh.sum({**count_units(window), "stop": float(bool(run.stop.number))})
        stop = Late(totals["stop"])
        given = partial(backward, run, totals)
        smaller = run.config[LoopGroup].auto_find_batch_size
        for batch, loss, outcome in until_it_fits(run, step, given) if smaller else given(window):
            run.meter.add(loss, outcome.metrics, batch.tokens)
            run.watch.add(step, batch, outcome.row_loss)
        norm = run.mesh.step(run.optimizer, run.parameters, run.config[OptimGroup].max_grad_norm)
        run.watch.add_norm(step, norm)
        run.meter.rate = float(run.schedule.get_last_lr()[0])
        run.schedule.step()
        if run.tuner.before_zero is not None:
            run.tuner.before_zero(step, run.model)
        for hook in run.hooks:
            hook.before_zero(step, run)
        run.optimizer.zero_grad(set_to_none=True)
        run.ledger.write(step, run.data.ids(step))
        run.meter.steps += 1
        run.clock.stopped = bool(stop.value()) or (run.mesh.world == 1 and run.stop.number > 0)
        run.watch.look(before=step)
        for hook in run.hooks:
            hook.after_step(step, run)


def backward(
    run: Run, totals: dict[str, Tensor], window: list[Batch]
) -> Iterator[tuple[Batch, Tensor, Outcome]]:
    """Add the gradients of each micro-batch, and give it with its loss."""
    penalise(run)
    for batch in window:
        with run.mesh.forward():
            outcome = run.objective.loss(run.policy, batch, run.config)
        loss = divide(outcome.terms, totals)
        run.mesh.backward(loss)
        yield batch, loss.detach(), outcome


def penalise(run: Run) -> None:
    """Add the gradients of the tuner's own penalty, once a step; the reported loss leaves it
    out. Ranks add up their gradients, so each takes its share.
    """
    penalty = run.tuner.penalty(run.model) if run.tuner.penalty is not None else None
    if penalty is not None:
        run.mesh.backward(penalty / run.mesh.world)


def divide(terms: Terms, totals: dict[str, Tensor]) -> Tensor:
    """Each sum over its unit's count in the whole step; a step without any such unit gives 0."""
    parts = [term / totals[unit].clamp_min(1).to(term.dtype) for unit, term in terms.items()]
    return torch.stack(parts).sum()
