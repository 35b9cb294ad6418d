"""The hook that writes training log lines."""

from __future__ import annotations

from typing import Any

from burnish.config.groups.log import LogGroup
from burnish.train.fit import Run
from burnish.train.hooks.base import Hook
from burnish.train.report import clock_text, memory_gib


def start(run: Run) -> None:
    """A run that starts from the beginning starts its logs anew."""
    if run.clock.done == 0:
        run.journal.begin()
        run.ledger.begin()


def after_step(step: int, run: Run) -> None:
    """A line at the first step of a run, every --logging_steps, and at the last; progress at every
    step.
    """
    options = run.config[LogGroup]
    note = None
    if step == 1 or step % options.logging_steps == 0 or run.clock.is_last(step):
        line = event(step, run)
        run.journal.write(line, step)
        note = {
            "loss": f"{line['loss']:.4f}",
            "tok/s": f"{line['tokens_per_second']:,.0f}",
            "GiB": f"{line['memory(GiB)']:.1f}",
        }
    run.journal.tick(note)


def event(step: int, run: Run) -> dict[str, Any]:
    """One training log event; reading it waits for the device."""
    means = run.meter.read(run.mesh)
    seconds = run.meter.seconds
    left = (run.clock.total - step) / max(means["train_speed(iter/s)"], 1e-9)
    line: dict[str, Any] = {
        "loss": means.pop("loss"),
        **{name: means.pop(name) for name in sorted(means) if name == "acc"},
        "grad_norm": run.watch.norm(),
        "learning_rate": run.meter.rate,
        "memory(GiB)": round(memory_gib(run.mesh.device), 2),
        **means,
        "epoch": round(step / run.data.steps_per_epoch, 4),
        "global_step/max_steps": f"{step}/{run.clock.total}",
        "percentage": f"{100 * step / run.clock.total:.2f}%",
        "elapsed_time": clock_text(seconds),
        "remaining_time": clock_text(left),
    }
    if run.config[LogGroup].include_num_input_tokens_seen:
        line["num_input_tokens_seen"] = int(
            run.mesh.sum({"seen": run.meter.tokens_seen})["seen"].item()
        )
    return line


HOOK = Hook(start=start, after_step=after_step)
