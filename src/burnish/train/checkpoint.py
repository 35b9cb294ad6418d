"""Checkpoints that survive: written aside, hashed into a manifest, renamed; an older one goes only
after the new one re-hashes.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from burnish.config.groups.checkpoint import CheckpointGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.core import manifest
from burnish.core.adapter import adapter_place
from burnish.core.errors import CheckpointError
from burnish.core.files import fsync_dir
from burnish.core.log import log
from burnish.data.rejects import FILE as REJECTED
from burnish.train import layout, state
from burnish.train.fit import Run
from burnish.train.hooks.base import Hook

NAME = re.compile(r"checkpoint-(\d+)")
STAGING = ".writing-checkpoint-"
LEAVING = ".deleting-checkpoint-"


def is_due(step: int, run: Run) -> bool:
    """Whether `step` is one to save at: by --save_strategy, and always the last one."""
    if run.clock.is_last(step):
        return True
    options = run.config[CheckpointGroup]
    if options.save_strategy == "no":
        return False
    every = options.save_steps if options.save_strategy == "steps" else run.data.steps_per_epoch
    return step % every == 0


def after_step(step: int, run: Run) -> None:
    if is_due(step, run):
        run.watch.look_at_all()  # weights that met a bad number are never saved
        with run.meter.paused(), full_disks_told(step, run):
            target = save(step, run)
        if run.mesh.is_main:
            rotate(target, run.config[CheckpointGroup].save_total_limit, run.best.path)
        run.mesh.barrier()


@contextlib.contextmanager
def full_disks_told(step: int, run: Run) -> Iterator[None]:
    """While entered, a failure to write becomes a message, and makes room again.

    Raises:
        CheckpointError: the disk is full, gone or not ours.
    """
    try:
        yield
    except (OSError, SafetensorError) as error:
        if run.mesh.is_main:
            clean(run.folder)
        raise CheckpointError(
            f"checkpoint-{step} could not be written to {run.folder}: {error}\n"
            "checkpoints before it are whole; when there is room, go on with "
            f"--resume_from_checkpoint {run.folder}"
        ) from error


def save(step: int, run: Run) -> Path:
    """Write checkpoint-<step>; it carries that name only once it is whole and on the disk."""
    target, staging = run.folder / f"checkpoint-{step}", run.folder / f"{STAGING}{step}"
    if run.mesh.is_main:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
    run.mesh.barrier()
    done, run.clock.done = run.clock.done, step
    if run.mesh.is_main:
        run.best.saved(step, target)
        run.tuner.save(run.model, weights_place(run, staging))
        layout.write(step, run, staging)
        run.about.rejects.write(run.folder / REJECTED)
    if not run.config[CheckpointGroup].save_only_model:
        state.save(run, staging)
    run.clock.done = done
    run.mesh.barrier()
    if run.mesh.is_main:
        manifest.write(staging)
        put_in_place(staging, target)
    run.mesh.barrier()
    return target


def weights_place(run: Run, folder: Path) -> Path:
    """Where the tuner's own files go inside a new checkpoint."""
    if run.tuner.saves == "model":
        return folder
    return adapter_place(folder, run.config[TunerGroup].tuner_backend)


def put_in_place(staging: Path, target: Path) -> None:
    """Rename; a checkpoint of the same step from an earlier try gives way."""
    if target.exists():
        discard(target)
    staging.rename(target)
    fsync_dir(target.parent)


def rotate(newest: Path, limit: int, best: str | None) -> None:
    """Delete all but the last `limit` checkpoints up to `newest`, the best always kept among them;
    -1 keeps all.

    The newest is read back first: were it damaged on its way to the disk, nothing is deleted.
    """
    clean(newest.parent)
    found = [path for path in checkpoints(newest.parent) if step_of(path) <= step_of(newest)]
    if limit < 0 or len(found) <= max(limit, 1):
        return
    problems = manifest.check(newest)
    if problems:
        raise CheckpointError(
            "the checkpoint just written cannot be read back, so older ones are kept: "
            + "; ".join(problems)
        )
    kept = {newest} | {path for path in found if str(path) == best}
    for path in reversed(found):
        if len(kept) < limit:
            kept.add(path)
    for path in found:
        if path not in kept:
            discard(path)


def discard(path: Path) -> None:
    """Delete a checkpoint so that a kill on the way leaves nothing that looks like one."""
    leaving = path.with_name(f"{LEAVING}{step_of(path)}")
    shutil.rmtree(leaving, ignore_errors=True)
    path.rename(leaving)
    fsync_dir(path.parent)
    shutil.rmtree(leaving)


def clean(folder: Path) -> None:
    """Remove what killed runs left half written or half deleted."""
    for prefix in (STAGING, LEAVING):
        for left in folder.glob(f"{prefix}*"):
            shutil.rmtree(left, ignore_errors=True)


def checkpoints(folder: Path) -> list[Path]:
    """The folder's checkpoints, oldest first."""
    found = [p for p in folder.iterdir() if p.is_dir() and NAME.fullmatch(p.name)]
    return sorted(found, key=step_of)


def step_of(path: Path) -> int:
    found = NAME.fullmatch(path.name)
    assert found is not None
    return int(found[1])


def to_resume(path: Path) -> Path | None:
    """The checkpoint to go on from: `path` itself, or the newest in the run folder `path`; damaged
    ones are named and passed over.

    None where `path` is a run folder that has no checkpoint yet: its run starts from the beginning.

    Raises:
        CheckpointError: nothing whole is left, or `path` is neither a checkpoint nor a run folder.
    """
    damaged = []
    for candidate in candidates(path):
        problems = manifest.check(candidate)
        if not problems:
            return candidate
        damaged.append(candidate)
        more = f"; and {len(problems) - 4} more" if len(problems) > 4 else ""
        log.warning("%s cannot be used: %s%s", candidate, "; ".join(problems[:4]), more)
    if damaged:
        raise CheckpointError(
            f"no whole checkpoint is left beside {path}: {len(damaged)} were tried, "
            "see the warnings above"
        )
    if (path / layout.ARGUMENTS).is_file():
        log.warning("%s holds no checkpoint yet: its run starts from the beginning", path)
        return None
    raise CheckpointError(f"{path} is neither a checkpoint nor a run folder that holds one")


def candidates(path: Path) -> Iterator[Path]:
    """`path` and the checkpoints before it, newest first."""
    if not path.is_dir():
        raise CheckpointError(f"there is no checkpoint folder {path}")
    found = checkpoints(path)
    if found:
        yield from reversed(found)
    elif NAME.fullmatch(path.name):
        before = [p for p in checkpoints(path.parent) if step_of(p) < step_of(path)]
        yield path
        yield from reversed(before)
    elif (path / manifest.NAME).is_file():
        yield path


def read_history(folder: Path) -> dict[str, Any]:
    """trainer_state.json of a checkpoint."""
    return dict(json.loads((folder / layout.TRAINER_STATE).read_text(encoding="utf-8")))


HOOK = Hook(after_step=after_step)
