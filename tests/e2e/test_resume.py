"""A run that was stopped, by a signal or by its own end, goes on bit for bit; on other data not at
all.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.fixtures_runs import (
    EVERY,
    STEPS,
    Runner,
    assert_same_run,
    command,
    log_of,
    steps_of,
)


def told(step: int, number: int) -> dict[str, object]:
    return {"kind": "told to stop", "step": step, "number": number}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_a_checkpoint_that_goes_on(
    number: signal.Signals, whole: tuple[str, Path], runner: Runner, inputs: Path, tmp_path: Path
) -> None:
    sft_type, expected = whole
    assert runner(command(inputs, tmp_path, sft_type), told(3, number)) == 128 + number
    assert f"stopped at step 3 of {STEPS}; go on with --resume_from_checkpoint" in runner.said
    assert (tmp_path / "checkpoint-3").is_dir()
    again = command(inputs, tmp_path, sft_type, resume_from_checkpoint=tmp_path / "checkpoint-3")
    assert runner(again) == 0, runner.said
    assert_same_run(tmp_path, expected, sft_type)


def test_ctrl_c_of_a_real_process(inputs: Path, tmp_path: Path) -> None:
    """The signal comes whenever it comes; the checkpoint has the step that was going on then."""
    argv = command(inputs, tmp_path, "lora", max_steps=2000, save_steps=2000, eval_steps=2000)
    process = subprocess.Popen(
        [sys.executable, "-m", "burnish", *argv], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    ledger = tmp_path / "steps.jsonl"
    while time.monotonic() < deadline and process.poll() is None:
        if ledger.exists() and ledger.stat().st_size:
            process.send_signal(signal.SIGINT)
            break
        time.sleep(0.02)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130, said
    assert "Traceback" not in said
    done = len(steps_of(tmp_path))
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == [f"checkpoint-{done}"]


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_full_disk_is_told_and_the_run_goes_on(
    share: float, whole: tuple[str, Path], runner: Runner, inputs: Path, tmp_path: Path
) -> None:
    """Weights do not fit, or the larger state does not."""
    sft_type, expected = whole
    size = (expected / f"checkpoint-{STEPS}" / "state.safetensors").stat().st_size
    moment = {"kind": "full disk", "step": 5, "size": int(share * size)}
    assert runner(command(inputs, tmp_path, sft_type), moment) == 1
    assert f"error: checkpoint-6 could not be written to {tmp_path}" in runner.said
    assert "fault of burnish" not in runner.said
    assert sorted(path.name for path in tmp_path.glob("*checkpoint*")) == [
        "checkpoint-2",
        "checkpoint-4",
    ]
    again = command(inputs, tmp_path, sft_type, resume_from_checkpoint=tmp_path)
    assert runner(again) == 0, runner.said
    assert_same_run(tmp_path, expected, sft_type)


def test_pt_stopped_half_way_equals_pt_in_one_go(
    runner: Runner, inputs: Path, tmp_path: Path
) -> None:
    """N + N = 2N, where the schedule does not depend on the end: with a constant rate."""

    def pt(output: Path, steps: int, **more: object) -> list[str]:
        flags = {"dataset": inputs / "text.jsonl", "max_steps": steps, "max_length": 40, **more}
        words = command(inputs, output, "full", lr_scheduler_type="constant", **flags)
        place = words.index("--val_dataset")
        return ["pt", *words[1:place], *words[place + 2 :], "--dataset_test_ratio", "0.1"]

    expected, output = tmp_path / "whole", tmp_path / "halves"
    assert runner(pt(expected, STEPS)) == 0, runner.said
    assert runner(pt(output, STEPS // 2)) == 0, runner.said
    assert runner(pt(output, STEPS, resume_from_checkpoint=output)) == 0, runner.said
    for file in ("model.safetensors", "state.safetensors"):
        last = f"checkpoint-{STEPS}/{file}"
        assert (output / last).read_bytes() == (expected / last).read_bytes()
    assert steps_of(output) == steps_of(expected)


def test_another_folder_for_the_rest(
    whole: tuple[str, Path], runner: Runner, inputs: Path, tmp_path: Path
) -> None:
    """What was saved elsewhere goes on here, and the folder it came from stays as it was."""
    sft_type, expected = whole
    before = sorted(path.relative_to(expected) for path in expected.rglob("*"))
    start = expected / f"checkpoint-{STEPS - EVERY}"
    assert runner(command(inputs, tmp_path, sft_type, resume_from_checkpoint=start)) == 0
    assert sorted(path.relative_to(expected) for path in expected.rglob("*")) == before
    last = f"checkpoint-{STEPS}/state.safetensors"
    assert (tmp_path / last).read_bytes() == (expected / last).read_bytes()
    assert steps_of(tmp_path) == steps_of(expected)


def test_what_is_typed_wins_over_what_was_saved(
    runner: Runner, inputs: Path, tmp_path: Path
) -> None:
    """And what is not typed is as it was: only the length of the run and its rate change here."""
    first = command(inputs, tmp_path / "a", "lora", max_steps=4, weight_decay=0.25)
    assert runner(first) == 0, runner.said
    again = [
        "sft", "--resume_from_checkpoint", str(tmp_path / "a"), "--max_steps", "8",
        "--dataset", str(inputs / "rows.jsonl"), "--learning_rate", "5e-4",
        "--lr_scheduler_type", "constant", "--logging_steps", "1",
        "--output_dir", str(tmp_path / "b"), "--add_output_dir_suffix", "false",
        "--dataset_test_ratio", "0",
    ]  # fmt: skip
    assert runner(again) == 0, runner.said
    rates = [line["learning_rate"] for line in log_of(tmp_path / "b") if "loss" in line]
    assert rates[4:] == [5e-4] * 4
    values = json.loads((tmp_path / "b" / "checkpoint-8" / "state.json").read_text())
    assert {group["weight_decay"] for group in values["groups"]} == {0.25}
    assert "--learning_rate is 0.0005; the checkpoint was trained with 0.001" in runner.said
    assert "--weight_decay" not in runner.said.partition("[SAMPLE]")[0].partition("warning")[2]


CHANGES = {
    "another row": ({}, "its tokens or labels are others"),
    "another seed": ({"seed": 7}, "--seed was 42 and is 7"),
    "another batch": ({"batch_size": 1}, "number of processes) was 4 and is 2"),
    "another limit": ({"max_length": 100}, "its tokens or labels are others"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_other_data_is_refused(
    change: str, whole: tuple[str, Path], runner: Runner, inputs: Path, tmp_path: Path
) -> None:
    sft_type, expected = whole
    flags, said = CHANGES[change]
    rows = tmp_path / "rows.jsonl"
    shutil.copyfile(inputs / "rows.jsonl", rows)
    if not flags:
        lines = rows.read_text().splitlines()
        rows.write_text("\n".join([*lines[:-1], json.dumps({"query": "a", "response": "b"})]))
    start = expected / f"checkpoint-{STEPS - EVERY}"
    out = tmp_path / "out"
    argv = command(inputs, out, sft_type, dataset=rows, resume_from_checkpoint=start, **flags)
    assert runner(argv) == 1
    assert said in runner.said
    assert "is not that of" in runner.said and "--resume_only_model true" in runner.said
    assert not list(out.glob("checkpoint-*"))


def test_two_ranks_go_on_with_the_samples_of_one(
    whole: tuple[str, Path], runner: Runner, inputs: Path, tmp_path: Path
) -> None:
    sft_type, expected = whole
    start = expected / f"checkpoint-{STEPS - EVERY}"
    argv = command(inputs, tmp_path, sft_type, batch_size=1, resume_from_checkpoint=start)
    assert runner.ranks(argv, 2) == [0, 0], runner.said
    assert steps_of(tmp_path) == steps_of(expected)


def test_what_only_one_rank_can_find_wrong_is_told_to_all(
    runner: Runner, inputs: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    argv = command(inputs, tmp_path / "file", "lora", batch_size=1)
    assert runner.ranks(argv, 2) == [1, 1], runner.said
    assert runner.said.count("error: --output_dir") == runner.said.count("error: ") == 2


def test_a_signal_to_one_rank_stops_both_at_one_step(
    runner: Runner, inputs: Path, tmp_path: Path
) -> None:
    argv = command(inputs, tmp_path, "lora", batch_size=1)
    assert runner.ranks(argv, 2, told(3, signal.SIGTERM)) == [143, 143], runner.said
    assert len(steps_of(tmp_path)) == 3
    assert os.listdir(tmp_path / "checkpoint-3").count("random-1.safetensors") == 1
