"""Runs on two processes end with one message and the right exit code, however they end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ENDLESS = {"num_train_epochs": 10_000, "logging_steps": 1, "batch_size": 1}


def words(folder: Path, data: str, **flags: object) -> list[str]:
    flags = {"model_type": "demo", "dataset": data, "output_dir": folder / "out", **flags}
    flags["add_output_dir_suffix"] = "false"
    return ["sft", *(word for name, value in flags.items() for word in (f"--{name}", str(value)))]


@contextmanager
def running(folder: Path, argv: list[str], processes: int = 2) -> Iterator[subprocess.Popen[str]]:
    env = os.environ | {"NPROC_PER_NODE": str(processes), "OMP_NUM_THREADS": "1"}
    started = subprocess.Popen(
        [sys.executable, "-m", "burnish", *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=env,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    lines = [json.dumps({"query": f"q{n}", "response": f"answer {n}"}) for n in range(8)]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    return tmp_path


def ranks_of(parent: int) -> list[int]:
    """The processes that a process started."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def wait_for_steps(folder: Path) -> None:
    log = folder / "out" / "logging.jsonl"
    end = time.monotonic() + 90
    while not log.is_file() or not log.read_text():
        assert time.monotonic() < end, "no step within a minute and a half"
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("flags", "code", "says"),
    [
        ({"dataset": "absent.jsonl"}, 1, "absent.jsonl: there is no such file"),
        ({"dtype": "fp16"}, 2, "cannot be computed on a CPU"),
    ],
    ids=["data", "usage"],
)
def test_what_all_ranks_find_is_said_once(
    flags: dict[str, str], code: int, says: str, rows: Path
) -> None:
    with running(rows, words(rows, "rows.jsonl", **flags)) as started:
        said, _ = started.communicate(timeout=120)
    assert started.returncode == code, said
    assert said.count("error: ") == said.count(says) == 1, said
    assert "Traceback" not in said and "torch" not in said.partition("error: ")[2]
    assert said.rstrip().endswith(said[said.index("error: ") :].rstrip()), "nothing comes after it"


def test_ctrl_c_stops_after_the_step_with_a_checkpoint(rows: Path) -> None:
    with running(rows, words(rows, "rows.jsonl", **ENDLESS)) as started:
        wait_for_steps(rows)
        started.send_signal(signal.SIGINT)
        said, _ = started.communicate(timeout=60)
    assert started.returncode == 130, said
    assert "Traceback" not in said
    assert len(list((rows / "out").glob("checkpoint-*"))) == 1, said


def test_a_killed_rank_is_named(rows: Path) -> None:
    with running(rows, words(rows, "rows.jsonl", **ENDLESS)) as started:
        wait_for_steps(rows)
        os.kill(ranks_of(started.pid)[1], signal.SIGKILL)
        said, _ = started.communicate(timeout=90)
    assert started.returncode == 137, said
    assert "Traceback" not in said
    assert said.count("error: ") == 1 and "was killed by SIGKILL" in said
