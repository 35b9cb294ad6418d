"""Micro-batches that fit into memory: when it runs out, the step is done again in smaller ones.

A step keeps its sequences and its loss is divided by the counts of all of them, so it stays the
same step; only its memory and its speed change.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import torch

from burnish.core.errors import TrainingError
from burnish.core.log import log
from burnish.data.collate import Batch
from burnish.data.loader import Deal

if TYPE_CHECKING:
    from burnish.train.fit import Run

T = TypeVar("T")


def until_it_fits(run: Run, step: int, backward: Callable[[list[Batch]], Iterable[T]]) -> list[T]:
    """What `backward` gives for this rank's micro-batches of `step`; all ranks take smaller ones
    until none of them runs out of memory.

    Raises:
        TrainingError: one sequence at a time is too much.
    """
    random = random_state(run)
    while True:
        try:
            window = [batch.to(run.mesh.device) for batch in run.data.take(step)]
            done, is_full = list(backward(window)), False
        except torch.OutOfMemoryError:
            done, is_full = [], True
        if not run.mesh.sum({"full": float(is_full)})["full"].item():
            return done
        done, window = [], []  # nothing may hold on to what was computed
        run.optimizer.zero_grad(set_to_none=True)
        gc.collect()
        if run.mesh.device.type == "cuda":
            torch.cuda.empty_cache()
        run.data.deal = smaller(run.data.deal, step)
        set_random_state(run, random)  # dropout is that of a run which began so


def smaller(deal: Deal, step: int) -> Deal:
    """The same step in micro-batches of half the sequences, or of the next number that divides."""
    size = deal.batch_size
    fewer = next((n for n in range(size // 2, 0, -1) if size % n == 0), None)
    if fewer is None:
        raise TrainingError(
            f"memory runs out at step {step} with one sequence at a time: give a smaller "
            "--max_length, --gradient_checkpointing true or --quantization_bit 4"
        )
    times = deal.accumulation * size // fewer
    log.warning(
        "memory ran out at step %d: micro-batches of %d in place of %d sequences, %d a step",
        step,
        fewer,
        size,
        times,
    )
    return replace(deal, batch_size=fewer, accumulation=times)


def random_state(run: Run) -> list[torch.Tensor]:
    """The state of torch's generators, on the CPU and on this rank's GPU."""
    states = [torch.get_rng_state()]
    if run.mesh.device.type == "cuda":
        states.append(torch.cuda.get_rng_state(run.mesh.device))
    return states


def set_random_state(run: Run, states: list[torch.Tensor]) -> None:
    """Put back what `random_state` gave."""
    torch.set_rng_state(states[0])
    if len(states) > 1:
        torch.cuda.set_rng_state(states[1], run.mesh.device)
