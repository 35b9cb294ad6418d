"""Everything besides weights that a run needs to go on bit for bit, as safetensors and JSON; no
pickle.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.optim import Optimizer

from burnish.core.errors import CheckpointError
from burnish.core.files import read_json
from burnish.core.log import log
from burnish.data.stream import StreamLoader
from burnish.train.fit import Run

TYPED = ("initial_lr", "weight_decay", "betas", "eps")
"""Options of a parameter group that come from flags."""
TENSORS, VALUES = "state.safetensors", "state.json"
WORDS = {
    "seed": "--seed",
    "batches": "how batches are made (--packing, --batching_strategy, --test_oom_error)",
    "total_batch_size": "the total batch size (--batch_size x --gradient_accumulation_steps x "
    "number of processes)",
}
"""What the fingerprint of the data holds, for people."""


def save(run: Run, folder: Path) -> None:
    """Write the optimiser, schedule, loss scale, counters (main rank) and random states (every
    rank).
    """
    if run.mesh.is_main:
        tensors, values = split(run.optimizer.state_dict())
        values.update(
            optimizer=called(run.optimizer),
            schedule=run.schedule.state_dict(),
            scaler=run.mesh.scaler.state_dict(),
            step=run.clock.done,
            tokens_seen=run.meter.tokens_seen,
            seconds=run.meter.seconds,
            data=run.about.data,
            stream=run.data.state() if isinstance(run.data, StreamLoader) else None,
            world=run.mesh.world,
        )
        save_file(tensors, folder / TENSORS)
        (folder / VALUES).write_text(json.dumps(values), encoding="utf-8")
    save_file(random_tensors(), folder / f"random-{run.mesh.rank}.safetensors")
    (folder / f"random-{run.mesh.rank}.json").write_text(
        json.dumps(random.getstate()), encoding="utf-8"
    )


def restore(run: Run, folder: Path) -> None:
    """Put a saved state back into a freshly built run.

    Raises:
        CheckpointError: files are missing, or the state is of other data, parameters or order.
    """
    if not (folder / TENSORS).is_file() or not (folder / VALUES).is_file():
        raise CheckpointError(
            f"{folder} holds weights only (--save_only_model): its run cannot go on exactly; "
            "say --resume_only_model true to start a new run from its weights"
        )
    values = read_json(folder / VALUES)
    refuse_other_data(values["data"], run.about.data, folder)
    if values["optimizer"] != called(run.optimizer):
        raise CheckpointError(
            f"{folder} was trained by {values['optimizer']}, not {called(run.optimizer)}; "
            "resume with the --dtype and the optimiser's flags of the first run"
        )
    names = [group["names"] for group in run.optimizer.param_groups]
    if [group["names"] for group in values["groups"]] != names:
        raise CheckpointError(
            f"{folder} was trained with other trainable weights; "
            "resume with the flags of the first run"
        )
    options = [{k: g[k] for k in TYPED if k in g} for g in run.optimizer.param_groups]
    rates = [float(rate) for rate in run.schedule.base_lrs]
    run.optimizer.load_state_dict(join(load_file(folder / TENSORS), values))
    run.schedule.load_state_dict(values["schedule"])
    obey_flags(run, options, rates)
    run.mesh.scaler.load_state_dict(values["scaler"])
    run.clock.done = values["step"]
    run.meter.tokens_seen = values["tokens_seen"]
    run.meter.seconds_before = values["seconds"]
    if isinstance(run.data, StreamLoader):
        run.data.go_on(values["stream"], run.clock.done)
    restore_random(folder, run.mesh.rank)
    if values["world"] != run.mesh.world:
        log.warning(
            "%s was written by %d processes, now there are %d: the samples of each step stay the "
            "same, random draws such as dropout do not",
            folder,
            values["world"],
            run.mesh.world,
        )


def called(optimizer: Optimizer) -> str:
    """An optimiser's name in checkpoints."""
    return str(getattr(optimizer, "called", type(optimizer).__name__))


def obey_flags(run: Run, options: list[dict[str, Any]], rates: list[float]) -> None:
    """Put the flags' own rates and other options over the saved ones, which they are unless
    somebody typed others; the next step's rate is that of the flags' schedule.
    """
    schedule: Any = run.schedule
    schedule.base_lrs = rates
    courses = zip(rates, schedule.lr_lambdas, strict=True)
    schedule._last_lr = [rate * course(schedule.last_epoch) for rate, course in courses]
    for group, own, rate in zip(
        run.optimizer.param_groups, options, schedule._last_lr, strict=True
    ):
        group.update(own, lr=rate)


def refuse_other_data(saved: dict[str, Any], now: dict[str, Any], folder: Path) -> None:
    """Strict resume needs the same sequences in the same order."""
    differing = [name for name in saved if saved[name] != now.get(name)]
    if differing:
        said = "; ".join(_change(name, saved[name], now.get(name)) for name in differing)
        raise CheckpointError(
            f"the data or its order is not that of {folder}: {said}. "
            "Give the data, seed and total batch size of the first run, or "
            "--resume_only_model true to start anew from its weights"
        )


def _change(name: str, then: Any, now: Any) -> str:
    """What differs, for people; of a hash nobody can read more than that it is another."""
    if name == "sha256":
        return "its tokens or labels are others"
    return f"{WORDS.get(name, name)} was {then} and is {now}"


def split(state: dict[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimiser's state dict as named tensors and JSON values."""
    tensors: dict[str, Tensor] = {}
    plain: dict[str, dict[str, Any]] = {}
    for index, entries in state["state"].items():
        for name, value in entries.items():
            if isinstance(value, Tensor):
                tensors[f"{index}.{name}"] = value.detach().contiguous()
            else:
                plain.setdefault(str(index), {})[name] = value
    return tensors, {"plain": plain, "groups": state["param_groups"]}


def join(tensors: dict[str, Tensor], values: dict[str, Any]) -> dict[str, Any]:
    """The inverse of `split`."""
    state: dict[int, dict[str, Any]] = {}
    for key, tensor in tensors.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = tensor
    for index, entries in values["plain"].items():
        state.setdefault(int(index), {}).update(entries)
    groups = [{**g, "betas": tuple(g["betas"])} if "betas" in g else g for g in values["groups"]]
    return {"state": state, "param_groups": groups}


def random_tensors() -> dict[str, Tensor]:
    """torch's random states: of the CPU, and of this rank's GPU."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def restore_random(folder: Path, rank: int) -> None:
    """Put back this rank's random states, if it had any."""
    file = folder / f"random-{rank}.safetensors"
    if not file.is_file():
        return
    states = load_file(file)
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
    version, numbers, gauss = read_json(folder / f"random-{rank}.json")
    random.setstate((version, tuple(numbers), gauss))
