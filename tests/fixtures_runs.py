"""Whole runs by their command lines, and what two runs that are the same have in common."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.tiny import write_tiny_model

DRIVER = Path(__file__).with_name("e2e") / "killed_run.py"
STEPS, EVERY, BATCHES, ROWS = 8, 2, 3, 13
WEIGHTS = {"lora": "adapter_model.safetensors", "full": "model.safetensors"}
WORDS = ("the", "of", "and", "a", "to", "in", "is", "was", "he", "for", "it", "with", "as", "his")
TIMED = {"tokens_per_second", "train_speed(iter/s)", "elapsed_time", "remaining_time"}
TIMED |= {"eval_runtime", "memory(GiB)"}


class Runner:
    """Starts runs in forks of one process that has everything imported."""

    def __init__(self, folder: Path) -> None:
        self.output = folder / "output.txt"
        self.process = subprocess.Popen(
            [sys.executable, str(DRIVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        )

    def ranks(
        self,
        argv: list[str],
        count: int,
        moment: dict[str, Any] | None = None,
        block: int | None = None,
    ) -> list[int]:
        """How each rank of the run ended; what was printed is in `said`. A stream's blocks are of
        `block` rows.
        """
        assert self.process.stdin and self.process.stdout
        job = {"argv": argv, "moment": moment, "ranks": count, "output": str(self.output)}
        job["block"] = block
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return list(json.loads(self.process.stdout.readline()))

    def __call__(self, argv: list[str], moment: dict[str, Any] | None = None) -> int:
        """How a run of one process ended."""
        return self.ranks(argv, 1, moment)[0]

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def write_inputs(folder: Path) -> Path:
    """A model, rows of unlike lengths, rows to validate with, and plain text."""
    write_tiny_model(folder / "model", hidden=256)
    draw = random.Random(7)

    def words() -> str:
        return " ".join(draw.choices(WORDS, k=draw.randint(1, 20)))

    def write(name: str, count: int, *columns: str) -> None:
        rows = [{column: words() for column in columns} for _ in range(count)]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / name).write_text(text, encoding="utf-8")

    write("rows.jsonl", ROWS, "query", "response")
    write("validation.jsonl", 2 * BATCHES, "query", "response")
    write("text.jsonl", ROWS, "text")
    return folder


def command(inputs: Path, output: Path, sft_type: str, **flags: object) -> list[str]:
    """Eight steps over two epochs, the last step of each with a single row."""
    chosen = {
        "model_id_or_path": inputs / "model",
        "dataset": inputs / "rows.jsonl",
        "val_dataset": inputs / "validation.jsonl",
        "output_dir": output,
        "add_output_dir_suffix": "false",
        "sft_type": sft_type,
        "dtype": "fp32",
        "batch_size": 2,
        "gradient_accumulation_steps": 2,
        "max_steps": STEPS,
        "learning_rate": 1e-3,
        "save_steps": EVERY,
        "eval_steps": EVERY,
        "logging_steps": 1,
        "report_to": "none",
        **({"lora_dropout": 0.1} if sft_type == "lora" else {}),
        **flags,
    }
    return ["sft", *(str(word) for name in chosen for word in (f"--{name}", chosen[name]))]


def assert_same_run(output: Path, expected: Path, sft_type: str) -> None:
    """Bits of weights and state, samples of steps and log lines are alike; nothing half is left."""
    found = {path.name for path in output.iterdir()}
    assert {path.name for path in expected.iterdir()} <= found
    assert not [name for name in found if name.startswith(".")]
    for name in (f"checkpoint-{STEPS - EVERY}", f"checkpoint-{STEPS}"):
        for file in (WEIGHTS[sft_type], "state.safetensors", "random-0.safetensors"):
            same = (output / name / file).read_bytes() == (expected / name / file).read_bytes()
            assert same, f"{name}/{file} differs"
    assert steps_of(output) == steps_of(expected)
    assert log_of(output) == log_of(expected)


def steps_of(folder: Path) -> list[dict[str, Any]]:
    """The samples of every step."""
    lines = (folder / "steps.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def log_of(folder: Path) -> list[dict[str, Any]]:
    """The log's events without times; the closing line, which is one process's result, left out."""
    lines = (folder / "logging.jsonl").read_text(encoding="utf-8").splitlines()
    events = [line for line in map(json.loads, lines) if "global_step/max_steps" in line]
    return [{k: v for k, v in event.items() if k not in TIMED} for event in events]
