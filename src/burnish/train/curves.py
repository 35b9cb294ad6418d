"""Curves of a run's log, as pictures and as characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from burnish.core.log import log
from burnish.core.require import is_installed

SMOOTHING = 0.9


def series(history: Sequence[Mapping[str, Any]], name: str) -> list[tuple[int, float]]:
    """(step, value) of every log event that has `name`."""
    return [
        (int(str(h["global_step/max_steps"]).split("/")[0]), float(h[name]))
        for h in history
        if name in h and "global_step/max_steps" in h
    ]


def smoothed(values: Sequence[float]) -> list[float]:
    """Exponential moving average with weight 0.9 on the past, corrected for its start."""
    mean, out = 0.0, []
    for count, value in enumerate(values, 1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * value
        out.append(mean / (1 - SMOOTHING**count))
    return out


def draw(history: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """One PNG a scalar under `folder`; does nothing where matplotlib is missing."""
    if not is_installed("matplotlib"):
        log.warning("curves are not drawn: matplotlib is not installed")
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = sorted(
        {n for h in history for n, v in h.items() if isinstance(v, float)} - {"epoch", "percentage"}
    )
    for name in names:
        points = series(history, name)
        if len(points) < 2:
            continue
        steps, values = zip(*points, strict=True)
        figure = Figure(figsize=(7, 4), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.plot(steps, values, color="#9ecae1" if name == "loss" else "#2171b5", label=name)
        if name == "loss":
            axes.plot(steps, smoothed(values), color="#2171b5", label=f"smoothed {SMOOTHING}")
            axes.legend()
        axes.set_xlabel("step")
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
        folder.mkdir(parents=True, exist_ok=True)
        place = name if name.startswith("eval_") else f"train_{name}"
        figure.savefig(
            folder / f"{place.replace('/', '_per_').replace('(', '_').replace(')', '')}.png",
            dpi=120,
        )


def text_curve(points: Sequence[tuple[int, float]], width: int = 60, height: int = 12) -> str:
    """A curve in characters, for terminals: steps to the right, values upwards."""
    if len(points) < 2:
        return ""
    steps, values = [p[0] for p in points], [p[1] for p in points]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    canvas = [[" "] * width for _ in range(height)]
    for step, value in points:
        column = round((step - steps[0]) / max(steps[-1] - steps[0], 1) * (width - 1))
        row = round((high - value) / span * (height - 1))
        canvas[row][column] = "*"
    lines = []
    for index, cells in enumerate(canvas):
        label = (
            f"{high - span * index / (height - 1):9.3f}"
            if index % 4 == 0 or index == height - 1
            else " " * 9
        )
        lines.append(f"{label} |{''.join(cells).rstrip()}")
    lines.append(" " * 10 + "+" + "-" * width)
    lines.append(f"{'step':>9}  {steps[0]:<{width - 8}}{steps[-1]:>8}")
    return "\n".join(lines)
