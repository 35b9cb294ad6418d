"""Loss and accuracy on the validation sequences."""

from __future__ import annotations

import time

import torch

from burnish.config.groups.validation import ValidationGroup
from burnish.objectives.base import count_units
from burnish.train.fit import Run
from burnish.train.hooks.base import Hook


def is_due(step: int, run: Run) -> bool:
    """Whether `step` is one to evaluate at: by --evaluation_strategy, and always the last one."""
    if run.validation is None or run.clock.stopped:
        return False
    options = run.config[ValidationGroup]
    if options.evaluation_strategy == "no":
        return False
    if step == run.clock.total:
        return True
    every = (
        options.eval_steps if options.evaluation_strategy == "steps" else run.data.steps_per_epoch
    )
    return step % every == 0


@torch.no_grad()
def evaluate(run: Run) -> dict[str, float]:
    """Token-mean loss and accuracy over every validation sequence and rank; draws no random
    numbers.
    """
    assert run.validation is not None
    started = time.monotonic()
    run.model.eval()
    device = run.mesh.device
    loss = torch.zeros((), dtype=torch.float64, device=device)
    sums: dict[str, torch.Tensor] = {}
    counts: dict[str, float] = {}
    for batch in run.validation:
        batch = batch.to(device)
        with run.mesh.forward():
            outcome = run.objective.loss(run.policy, batch, run.config)
        loss += outcome.terms["token"].double()
        counts["token"] = counts.get("token", 0) + count_units([batch])["token"]
        for name, (value, count) in outcome.metrics.items():
            sums[name] = (
                sums.get(name, torch.zeros((), dtype=torch.float64, device=device)) + value.double()
            )
            counts[name] = counts.get(name, 0) + count
    run.model.train()
    totals = run.mesh.sum(counts)
    values = run.mesh.sum_tensors([loss, *sums.values()])
    line = {"eval_loss": values[0].item() / max(totals["token"].item(), 1)}
    for name, value in zip(sums, values[1:], strict=True):
        line[f"eval_{name}"] = value.item() / max(totals[name].item(), 1)
    line["eval_runtime"] = time.monotonic() - started
    return line


def report(step: int, run: Run) -> dict[str, float]:
    """Evaluate, write the log line and remember the loss; returns the line."""
    with run.meter.paused():
        line = evaluate(run)
    run.best.evaluated(step, line["eval_loss"])
    place = {
        "epoch": round(step / run.data.steps_per_epoch, 4),
        "global_step/max_steps": f"{step}/{run.clock.total}",
    }
    run.journal.write({**line, **place}, step)
    return line


def start(run: Run) -> None:
    """Evaluate before the first step where --eval_on_start asks for it."""
    if (
        run.config[ValidationGroup].eval_on_start
        and run.validation is not None
        and run.clock.done == 0
    ):
        report(0, run)


def after_step(step: int, run: Run) -> None:
    if is_due(step, run):
        report(step, run)


HOOK = Hook(start=start, after_step=after_step)
