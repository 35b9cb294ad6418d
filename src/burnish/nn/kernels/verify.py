"""A fast path is used only after its values and gradients were compared with its twin, on this
device and build.

Half precision is judged by its error against float64: at most 1.5 times the error of the eager twin
in the same dtype. A wrong gradient is fast and silent, so a kernel that fails is reported and left
out, never used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import torch
from torch import Tensor

from burnish.core.log import log
from burnish.nn.kernels import logps

TOLERANCE = 1.5
FLOOR = {torch.float32: 2e-6, torch.bfloat16: 8e-3}
"""Of the largest entry: below it, both are as exact as sums in this dtype are; a slope that is one
percent off is still seen.
"""

Run = Callable[[Sequence[Tensor]], Sequence[Tensor]]


def agrees(fast: Run, eager: Run, inputs: Sequence[Tensor]) -> bool:
    """Whether `fast` is as close to float64 as `eager` is; both map floating inputs to outputs and
    gradients in one list.
    """
    exact = eager([x.double() for x in inputs])
    for quick, slow, true in zip(fast(inputs), eager(inputs), exact, strict=True):
        scale = true.abs().max().clamp_min(1e-30)
        error = (quick.double() - true).abs().max() / scale
        allowed = (slow.double() - true).abs().max() / scale
        if not error <= max(TOLERANCE * allowed.item(), FLOOR[quick.dtype]):
            return False
    return True


@lru_cache
def frozen_head_works(device: str, dtype: torch.dtype) -> bool:
    """Compare `logps.FrozenHead` with `logps.chunked` on random numbers; the answer is kept for
    this process.
    """
    make = torch.Generator(device="cpu").manual_seed(0)
    hidden = torch.randn(48, 64, generator=make).to(device, dtype)
    weight = (torch.randn(512, 64, generator=make) / 8).to(device, dtype)
    labels = torch.randint(512, (48,), generator=make).to(device)
    factors = torch.rand(48, generator=make).to(device)

    def run(score: Callable[[Tensor, Tensor], Tensor]) -> Run:
        def values_and_gradients(inputs: Sequence[Tensor]) -> Sequence[Tensor]:
            leaf = inputs[0].detach().requires_grad_()
            scores = score(leaf, inputs[1])
            (scores * factors.to(scores.dtype)).sum().backward()
            assert leaf.grad is not None
            return [scores.detach(), leaf.grad]

        return values_and_gradients

    with torch.enable_grad():
        fine = agrees(
            run(lambda h, w: logps.FrozenHead.apply(h, w, labels, 20)[0]),
            run(lambda h, w: exact_or_chunked(h, w, labels)),
            [hidden, weight],
        )
    if not fine:
        log.warning(
            "kernel frozen-head differs from its eager twin on %s %s: not used", device, dtype
        )
    return fine


def exact_or_chunked(hidden: Tensor, weight: Tensor, labels: Tensor) -> Tensor:
    """The twin; in float64 without the cast to float32 that scoring does."""
    if hidden.dtype == torch.float64:
        logits = hidden @ weight.T
        return logits.gather(1, labels[:, None]).squeeze(1) - logits.logsumexp(1)
    return logps.chunked(hidden, labels, lambda rows: rows @ weight.T, 20)[0]
