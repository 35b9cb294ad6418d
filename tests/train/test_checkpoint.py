"""Checkpoints: whole or absent, the right ones kept, damaged ones named and passed over."""

import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fixtures_train import make_config, make_run, namespace

from burnish.core import manifest
from burnish.core.errors import CheckpointError, TrainingError
from burnish.train import checkpoint
from burnish.train.checkpoint import LEAVING, STAGING, checkpoints, is_due, rotate, to_resume
from burnish.train.fit import Clock, fit


def make_checkpoint(folder: Path, step: int) -> Path:
    """A small whole checkpoint."""
    made = folder / f"checkpoint-{step}"
    made.mkdir(parents=True)
    (made / "weights.safetensors").write_bytes(bytes([step]) * 1000)
    manifest.write(made)
    return made


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    for step in (2, 4, 10, 6, 8):
        make_checkpoint(tmp_path, step)
    (tmp_path / "sft_args.json").write_text("{}")
    return tmp_path


@pytest.fixture
def told(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("burnish"), "propagate", True)
    caplog.set_level(logging.INFO)
    return caplog


def steps(folder: Path) -> list[int]:
    return [int(p.name.partition("-")[2]) for p in checkpoints(folder)]


def damage(folder: Path) -> None:
    os.truncate(folder / "weights.safetensors", 10)


def test_checkpoints_are_in_order_of_their_steps(run_folder):
    (run_folder / "checkpoint-12.old").mkdir()
    (run_folder / "checkpoint-x").mkdir()
    (run_folder / "checkpoint-99").touch()
    assert steps(run_folder) == [2, 4, 6, 8, 10]


@pytest.mark.parametrize(
    ("limit", "best", "left"),
    [
        (-1, None, [2, 4, 6, 8, 10]),
        (2, None, [8, 10]),
        (2, 4, [4, 10]),
        (2, 10, [8, 10]),
        (3, 2, [2, 8, 10]),
        (1, None, [10]),
        (1, 4, [4, 10]),
        (0, None, [10]),
        (5, 2, [2, 4, 6, 8, 10]),
        (9, None, [2, 4, 6, 8, 10]),
    ],
)
def test_the_best_and_the_last_stay(run_folder, limit, best, left):
    best_path = str(run_folder / f"checkpoint-{best}") if best else None
    rotate(run_folder / "checkpoint-10", limit, best_path)
    assert steps(run_folder) == left
    assert all(not manifest.check(path) for path in checkpoints(run_folder))


def test_later_checkpoints_of_an_earlier_try_are_left_alone(run_folder):
    """A run that resumed from 4 has just written 6; 8 and 10 are still to be overtaken."""
    rotate(run_folder / "checkpoint-6", 2, None)
    assert steps(run_folder) == [4, 6, 8, 10]


def test_leftovers_of_killed_runs_go(run_folder):
    for name in (f"{STAGING}12", f"{LEAVING}2"):
        (run_folder / name).mkdir()
        (run_folder / name / "part.safetensors").write_bytes(b"x")
    rotate(run_folder / "checkpoint-10", 2, None)
    assert sorted(p.name for p in run_folder.iterdir()) == [
        "checkpoint-10",
        "checkpoint-8",
        "sft_args.json",
    ]


def test_nothing_goes_while_the_newest_cannot_be_read_back(run_folder):
    damage(run_folder / "checkpoint-10")
    with pytest.raises(CheckpointError, match="older ones are kept"):
        rotate(run_folder / "checkpoint-10", 2, None)
    assert steps(run_folder) == [2, 4, 6, 8, 10]


def test_the_newest_whole_one_is_resumed(run_folder):
    assert to_resume(run_folder) == run_folder / "checkpoint-10"
    assert to_resume(run_folder / "checkpoint-6") == run_folder / "checkpoint-6"


def test_damaged_ones_are_named_and_passed_over(run_folder, told):
    damage(run_folder / "checkpoint-10")
    (run_folder / "checkpoint-8" / "manifest.json").unlink()
    assert to_resume(run_folder) == run_folder / "checkpoint-6"
    assert "checkpoint-10" in told.text and "cut short" in told.text
    assert "checkpoint-8" in told.text and "never finished" in told.text


def test_a_damaged_one_that_was_asked_for_gives_way_to_the_one_before(run_folder, told):
    damage(run_folder / "checkpoint-6")
    assert to_resume(run_folder / "checkpoint-6") == run_folder / "checkpoint-4"
    assert "checkpoint-6" in told.text and "checkpoint-10" not in told.text


def test_nothing_whole_is_an_error(run_folder):
    for path in checkpoints(run_folder):
        damage(path)
    with pytest.raises(CheckpointError, match="5 were tried"):
        to_resume(run_folder)


def test_a_run_that_was_killed_before_its_first_checkpoint_starts_anew(tmp_path, told):
    (tmp_path / "sft_args.json").write_text("{}")
    (tmp_path / f"{STAGING}2").mkdir()
    assert to_resume(tmp_path) is None
    assert "starts from the beginning" in told.text


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="neither a checkpoint nor a run folder"):
        to_resume(tmp_path)
    with pytest.raises(CheckpointError, match="no checkpoint folder"):
        to_resume(tmp_path / "nowhere")


def test_a_checkpoint_by_another_name_is_one(run_folder):
    kept = run_folder.parent / "kept"
    shutil.copytree(run_folder / "checkpoint-4", kept)
    assert to_resume(kept) == kept


def due(total, flags, stopped_at=None):
    clock = Clock(total)
    run = namespace(
        clock=clock, config=make_config(**flags), data=namespace(steps_per_epoch=4), validation=None
    )
    found = []
    for step in clock:
        clock.stopped = step == stopped_at
        if is_due(step, run):
            found.append(step)
    return found


def test_when_to_save():
    assert due(10, {"save_steps": 4}) == [4, 8, 10]
    assert due(10, {"save_strategy": "epoch"}) == [4, 8, 10]
    assert due(10, {"save_strategy": "no"}) == [10]
    assert due(10, {"save_steps": 4}, stopped_at=5) == [4, 5], "a run that is told to stop saves"


def test_a_run_leaves_whole_checkpoints_only(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, save_steps=2, save_total_limit=2)
    fit(run)
    assert steps(run.folder) == [4, 6]
    assert all(not manifest.check(path) for path in checkpoints(run.folder))
    assert not [p for p in run.folder.iterdir() if p.name.startswith(".")]


def test_saving_a_step_again_replaces_it(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path)
    first = checkpoint.save(3, run)
    (first / "stray.txt").touch()
    second = checkpoint.save(3, run)
    assert first == second and not (second / "stray.txt").exists()
    assert not manifest.check(second) and steps(run.folder) == [3]
    assert run.clock.done == 0, "saving does not move the clock"


def test_weights_that_met_a_bad_number_are_not_saved(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, save_steps=2)
    run.watch._waits = True  # as on a GPU, where the loss of a step is seen a step later

    def spoil(step):
        if step == 2:
            next(p for p in run.model.parameters() if p.requires_grad).data.fill_(float("nan"))

    take = run.data.take
    run.data.take = lambda step: (spoil(step), take(step))[1]
    with pytest.raises(TrainingError, match="step 2"):
        fit(run)
    assert checkpoints(run.folder) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from burnish.train import checkpoint
from burnish.core import manifest

folder, moment = Path(sys.argv[1]), sys.argv[2]
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
if moment == "deleting":
    real = checkpoint.shutil.rmtree
    checkpoint.shutil.rmtree = lambda path, **k: Path(path).exists() and (
        next(p for p in Path(path).iterdir()).unlink(), die()
    )
    checkpoint.rotate(folder / "checkpoint-10", 1, None)
staging = folder / ".writing-checkpoint-12"
staging.mkdir()
(staging / "weights.safetensors").write_bytes(b"x" * 500)
if moment == "writing":
    die()
manifest.write(staging)
if moment == "renaming":
    die()
checkpoint.put_in_place(staging, folder / "checkpoint-12")
if moment == "rotating":
    die()
"""


@pytest.mark.parametrize(
    ("moment", "resumed"), [("writing", 10), ("renaming", 10), ("rotating", 12), ("deleting", 10)]
)
def test_a_kill_at_any_moment_leaves_a_checkpoint_that_resumes(run_folder, moment, resumed):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(run_folder), moment], capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    found = to_resume(run_folder)
    assert found == run_folder / f"checkpoint-{resumed}" and not manifest.check(found)
    rotate(found, 1, None)
    assert steps(run_folder) == [resumed]
    assert not [p for p in run_folder.iterdir() if p.name.startswith(".")]
