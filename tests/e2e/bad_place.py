"""A place to make bad inputs in: files, rows, model folders and command lines that use them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GOOD = ({"query": "Say yes.", "response": "yes"}, {"query": "Say no.", "response": "no"})


@dataclass(frozen=True)
class Place:
    """An empty folder, a sound model and a sound run of one step of LoRA and of full tuning."""

    folder: Path
    model: Path
    runs: Path

    def rows(self, *rows: Any, name: str = "rows.jsonl") -> Path:
        """A file of JSON lines."""
        return self.text("".join(json.dumps(row) + "\n" for row in rows), name)

    def text(self, content: str | bytes, name: str = "rows.jsonl") -> Path:
        """A file with this content."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def model_with(self, change: Callable[[Path], object]) -> Path:
        """A copy of the sound model, changed."""
        copy = Path(shutil.copytree(self.model, self.folder / "model"))
        change(copy)
        return copy

    def checkpoint(self, sft_type: str = "lora") -> Path:
        """A copy of a run's last checkpoint; the run's folder is above it."""
        run = Path(shutil.copytree(self.runs / sft_type, self.folder / f"run-{sft_type}"))
        return next(run.glob("checkpoint-*"))

    def sft(self, **flags: object) -> list[str]:
        """A command line that would train two steps; flags over it, None leaves one out."""
        chosen = {
            "model_id_or_path": self.model,
            "dataset": self.folder / "good.jsonl",
            "dataset_test_ratio": 0,
            "output_dir": self.folder / "out",
            "add_output_dir_suffix": "false",
            "dtype": "fp32",
            "max_steps": 2,
            "gradient_accumulation_steps": 1,
            "report_to": "none",
            **flags,
        }
        self.rows(*GOOD, name="good.jsonl")
        return ["sft", *words(chosen)]

    def infer(self, **flags: object) -> list[str]:
        """A command line that would answer two questions."""
        chosen = {"val_dataset": self.folder / "good.jsonl", **flags}
        self.rows(*GOOD, name="good.jsonl")
        return ["infer", *words(chosen)]


def words(flags: dict[str, object]) -> list[str]:
    """Flags as words of a command line."""
    found: list[str] = []
    for name, value in flags.items():
        if value is not None:
            found += [f"--{name}", *map(str, value if isinstance(value, list) else [value])]
    return found


def edit_json(file: Path, **values: object) -> None:
    """Set values in a JSON file; None takes one out."""
    content = json.loads(file.read_text(encoding="utf-8")) | values
    kept = {name: value for name, value in content.items() if value is not None}
    file.write_text(json.dumps(kept), encoding="utf-8")


@dataclass(frozen=True)
class Case:
    """One kind of bad input: what makes it, and what the message must say."""

    make: Callable[[Place], list[str]]
    says: tuple[str, ...]
    code: int


class Table(dict[str, Case]):
    """Cases by name."""

    def case(self, *says: str, code: int = 1) -> Callable[[Callable[[Place], list[str]]], None]:
        """Decorates the function that makes the input and returns the command line."""

        def add(make: Callable[[Place], list[str]]) -> None:
            name = make.__name__.replace("_", " ").strip()
            assert name not in self
            self[name] = Case(make, says, code)

        return add
