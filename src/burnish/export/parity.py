"""Do two models say the same? Their logits on the same prompts, and how far they are apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from burnish.core.errors import BurnishError
from burnish.data.convert import convert
from burnish.data.rejects import Rejects
from burnish.data.sample import Message, Sample
from burnish.data.source import open_item, parse_item, split_items
from burnish.data.template import Template

CONVERSATIONS = (
    (("user", "What is the capital of France?"),),
    (("user", "用一句话介绍你自己。"),),
    (
        ("user", "Write a haiku about rain."),
        ("assistant", "Soft rain on the roof,\nthe street a silver brook -\nthe cat counts drops."),
        ("user", "Now in one word, please: 2 + 2 = ?"),
    ),
)  # fmt: skip
TRAINING_ROWS = 5
MOST_TOKENS = 512
POSITIONS = 64
"""Last positions of each prompt that are compared: enough to differ, few enough to keep."""
ROUNDINGS = 8
"""How often a number may be rounded on two ways to the same logits, each time differently."""
LARGE_FILE = 64 << 20
"""Training files above this many bytes are not read for a few rows of them."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How far two models' logits are apart."""

    prompts: int
    positions: int
    largest_logit: float
    largest_difference: float
    greedy_agree: int
    """Positions at which both would choose the same next token."""

    @property
    def relative(self) -> float:
        """The largest difference over the largest logit."""
        return self.largest_difference / self.largest_logit if self.largest_logit else 0.0

    def to_json(self) -> dict[str, Any]:
        """For parity.json."""
        return {**asdict(self), "relative_difference": self.relative}

    def __str__(self) -> str:
        return (
            f"largest logit difference {self.largest_difference:.3g} of {self.largest_logit:.4g} "
            f"({self.relative:.2g}), same next token at "
            f"{self.greedy_agree} of {self.positions} positions"
        )


def prompts(template: Template, arguments: Mapping[str, Any], limit: int) -> list[list[int]]:
    """Ids of a few conversations and, where they still lie there, of the first training rows."""
    found = [ids for turns in CONVERSATIONS if (ids := _ids(template, turns))]
    found += list(_training_rows(template, arguments))
    found = found or [template.tokenizer.encode("Once upon a time, there was")]
    return [ids[-min(limit, MOST_TOKENS) :] for ids in found]


def logits(model: nn.Module, rows: Sequence[Sequence[int]]) -> list[Tensor]:
    """The logits at the last positions of each row, float32 on the CPU, (T, V) each."""
    device = next(model.parameters()).device
    found = []
    with torch.inference_mode():
        for row in rows:
            output = model(input_ids=torch.tensor([list(row)], device=device), use_cache=False)
            found.append(output.logits[0, -POSITIONS:].float().cpu())
    return found


def compare(before: Sequence[Tensor], after: Sequence[Tensor]) -> Parity:
    """How far the logits of two models on the same rows are apart; NaN counts as infinitely far."""
    pairs = list(zip(before, after, strict=True))
    difference = max(float((a - b).abs().nan_to_num(nan=torch.inf).max()) for a, b in pairs)
    return Parity(
        prompts=len(pairs),
        positions=sum(len(a) for a, _ in pairs),
        largest_logit=max(float(a.abs().max()) for a, _ in pairs),
        largest_difference=difference,
        greedy_agree=sum(int((a.argmax(-1) == b.argmax(-1)).sum()) for a, b in pairs),
    )


def tolerance(dtype: torch.dtype) -> float:
    """The relative difference that rounding to `dtype` explains: 16 half steps of it, or 1e-4."""
    return max(1e-4, 16 * torch.finfo(dtype).eps / 2)


def shaken(model: nn.Module, rows: Sequence[Sequence[int]]) -> float:
    """The relative difference that rounding explains in this very model: that of moving every
    weight by half a step at random, times ROUNDINGS. Leaves the weights moved.
    """
    before, dice = logits(model, rows), torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        if parameter.is_floating_point():
            step = torch.rand(parameter.shape, generator=dice).to(parameter.device) - 0.5
            moved = parameter.double() * (1 + torch.finfo(parameter.dtype).eps * step)
            parameter.data = moved.to(parameter.dtype)
    return ROUNDINGS * compare(before, logits(model, rows)).relative


def _ids(template: Template, turns: Sequence[tuple[str, str]]) -> list[int]:
    try:
        return template.prompt_ids([Message.of(role, text) for role, text in turns])
    except BurnishError:
        return []  # a template may refuse several rounds


def _training_rows(template: Template, arguments: Mapping[str, Any]) -> Iterator[list[int]]:
    """The first rows that were trained on; none where the files are gone, large or not local."""
    try:
        item = parse_item(split_items(arguments.get("dataset") or [])[0])
        if Path(item.source).stat().st_size > LARGE_FILE:
            return
        samples = convert(open_item(item)[0], Rejects(None), "none")[:TRAINING_ROWS]
        for sample in samples:
            if sample.tokenised is not None:
                yield list(sample.tokenised.ids)
                continue
            yield template.tokenizer.encode(sample.text or _written(template, sample))
    except (BurnishError, OSError, IndexError):
        return


def _written(template: Template, sample: Sample) -> str:
    return template.render(sample.messages, sample.tools or None, system=sample.system)
