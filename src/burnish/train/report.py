"""What a run tells: log lines, TensorBoard, a progress bar, curves, and the Result it returns."""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from burnish.core.files import write_atomic
from burnish.core.log import log
from burnish.core.require import is_installed
from burnish.train import curves

LOG = "logging.jsonl"


@dataclass(frozen=True)
class Result:
    """What training returns."""

    output_dir: str
    global_step: int
    last_model_checkpoint: str | None
    best_model_checkpoint: str | None
    best_metric: float | None
    train_time_seconds: float
    memory_gib: float
    log_history: list[dict[str, Any]] = field(repr=False)
    model_info: str = ""
    dataset_info: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def losses(self) -> list[tuple[int, float]]:
        """(step, training loss) of every log line."""
        return curves.series(self.log_history, "loss")


class Meter:
    """Sums of what happened since the last log line; they stay on the device until they are
    read.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.tokens_seen = 0
        self.rate = 0.0
        """The learning rate that the newest step was made with."""
        self.seconds_before = 0.0
        self.begin()

    def begin(self) -> None:
        """Training starts now: what was built or evaluated before does not count."""
        self.started = time.monotonic()
        self.clear()

    def clear(self) -> None:
        self.loss = torch.zeros((), dtype=torch.float64, device=self.device)
        self.steps = 0
        self.tokens = 0
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, float] = {}
        self.since = time.monotonic()

    def add(self, loss: Tensor, metrics: Mapping[str, tuple[Tensor, float]], tokens: int) -> None:
        """One micro-batch: its share of the step's loss, (sum, count) of each metric, and its
        tokens.
        """
        self.loss += loss.detach()
        self.tokens += tokens
        self.tokens_seen += tokens
        for name, (value, count) in metrics.items():
            self.sums[name] = self.sums.get(name, 0) + value.double()
            self.counts[name] = self.counts.get(name, 0) + count

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Leave out of the speeds what is done while entered: evaluating and saving."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.since += time.monotonic() - started

    @property
    def seconds(self) -> float:
        """Training time, that of earlier runs of this checkpoint included."""
        return self.seconds_before + time.monotonic() - self.started

    def read(self, mesh: Any) -> dict[str, float]:
        """Means over the steps and ranks since the last line, then start anew; waits for the
        device.
        """
        names = sorted(self.sums)
        counts = mesh.sum({**{n: self.counts[n] for n in names}, "tokens": self.tokens})
        values = mesh.sum_tensors([self.loss, *(self.sums[n] for n in names)])
        elapsed = max(time.monotonic() - self.since, 1e-9)
        line = {"loss": values[0].item() / max(self.steps, 1)}
        for name, value in zip(names, values[1:], strict=True):
            line[name] = value.item() / max(counts[name].item(), 1)
        line["tokens_per_second"] = counts["tokens"].item() / elapsed
        line["train_speed(iter/s)"] = self.steps / elapsed
        self.clear()
        return line


class Journal:
    """Everything a run writes about itself into its folder; on ranks other than the first it only
    keeps the history.
    """

    def __init__(self, folder: Path, total: int, options: Any, is_main: bool) -> None:
        self.folder = folder
        self.total = total
        self.is_main = is_main
        self.history: list[dict[str, Any]] = []
        self._board = self._open_board(options) if is_main else None
        quiet = not is_main or options.disable_tqdm or not sys.stderr.isatty()
        self.print_lines = is_main and quiet
        self._bar = None if quiet else tqdm(total=total, unit="step", dynamic_ncols=True)

    def take_up(self, history: list[dict[str, Any]], done: int) -> None:
        """Go on behind the log lines of an earlier run; lines it wrote after its checkpoint are
        dropped from the file.
        """
        self.history.extend(history)
        if self.is_main:
            lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in history)
            write_atomic(self.folder / LOG, "".join(lines))
        if self._bar is not None:
            self._bar.update(done)

    def begin(self) -> None:
        """Leave nothing of an earlier run in the file."""
        if self.is_main:
            (self.folder / LOG).unlink(missing_ok=True)

    def _open_board(self, options: Any) -> Any:
        wanted = set(options.report_to)
        if not wanted & {"tensorboard", "all"}:
            return None
        if not is_installed("tensorboard"):
            log.warning("TensorBoard files are not written: tensorboard is not installed")
            return None
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriter(str(options.logging_dir or self.folder / "runs"))

    def tick(self, note: Mapping[str, Any] | None = None) -> None:
        """One step is done."""
        if self._bar is not None:
            self._bar.update(1)
            if note:
                self._bar.set_postfix(note, refresh=False)

    def write(self, line: dict[str, Any], step: int) -> None:
        """Append one log event to the history, the file, TensorBoard and the screen."""
        self.history.append(line)
        if not self.is_main:
            return
        with (self.folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        if self._board is not None:
            for name, value in line.items():
                if isinstance(value, (int, float)):
                    place = (
                        f"eval/{name.removeprefix('eval_')}"
                        if name.startswith("eval_")
                        else f"train/{name}"
                    )
                    self._board.add_scalar(place, value, step)
            self._board.flush()
        if self.print_lines:
            log.info("%s", line_text(line))
        elif self._bar is not None and "eval_loss" in line:
            self._bar.write(line_text(line), file=sys.stderr)

    def close(self) -> None:
        """Draw the curves and let go of files."""
        if self._bar is not None:
            self._bar.close()
        if self._board is not None:
            self._board.close()
        if self.is_main:
            curves.draw(self.history, self.folder / "images")


def line_text(line: Mapping[str, Any]) -> str:
    """One log event as people read it."""
    shown = []
    for name, value in line.items():
        if name in ("percentage", "epoch") or value is None:
            continue
        shown.append(f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}")
    return "  ".join(shown)


def memory_gib(device: torch.device) -> float:
    """Most memory used so far: of the GPU, or of this process where there is none."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)


def clock_text(seconds: float) -> str:
    """Seconds as 1h 02m 03s."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}h {minute:02d}m {second:02d}s" if hours else f"{minute}m {second:02d}s"


def save_result(result: Result, folder: Path) -> None:
    """Write the closing line of the log, as one object."""
    with (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")


class Ledger:
    """steps.jsonl: the samples of every optimiser step, so that any step can be explained later."""

    NAME = "steps.jsonl"

    def __init__(self, folder: Path, is_main: bool) -> None:
        self.path = folder / self.NAME
        self.is_main = is_main

    def take_up(self, earlier: Path, done: int) -> None:
        """Begin with the lines of the run in `earlier` up to step `done`; later ones are about to
        be done again.
        """
        old = earlier / self.NAME
        if self.is_main and old.exists():
            lines = old.read_text(encoding="utf-8").split("\n")
            write_atomic(
                self.path, "".join(f"{line}\n" for line in lines if _step_of(line) <= done)
            )

    def begin(self) -> None:
        """Leave nothing of an earlier run in the file."""
        if self.is_main:
            self.path.unlink(missing_ok=True)

    def write(self, step: int, ids: Sequence[object]) -> None:
        """Record the samples of `step`, over all ranks."""
        if self.is_main:
            with self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(  # a file's name need not be UTF-8
                    json.dumps({"step": step, "samples": [str(i) for i in ids]}, ensure_ascii=False)
                    + "\n"
                )


def _step_of(line: str) -> float:
    """A ledger line's step; a line that a kill cut short counts as later than any."""
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")
