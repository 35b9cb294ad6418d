"""Log-probabilities of labels without ever holding the logits of a whole batch.

Two twins compute the same thing chunk by chunk. `chunked` calls the head as a module under
recompute and is right for any head (LoRA on it, soft-capped, with a bias). `LinearHead` is the fast
one, for
a plain `nn.Linear`: logits stay in the compute dtype, a row of them is read once for all its sums
and once for its slopes, and its share of the backward pass is done while the logits are there.
`nn.kernels.verify` compares the two on the device before the fast one is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from burnish.nn.kernels import rows

CHUNK_ELEMENTS = 2**27  # logits of one chunk: 512 MiB in float32


def chunk_size(vocabulary: int) -> int:
    """How many tokens are scored at once, so that their float32 logits stay near 512 MiB."""
    return max(64, CHUNK_ELEMENTS // vocabulary)


def gather(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probability of each label and whether it was the likeliest.

    (N, V), (N,) -> (N,) float32, (N,) bool.
    """
    logits = logits.float()
    chosen = logits.gather(1, labels[:, None]).squeeze(1)
    return chosen - logits.logsumexp(1), logits.detach().argmax(1) == labels


def chunked(
    hidden: Tensor, labels: Tensor, head: Callable[[Tensor], Tensor], chunk: int
) -> tuple[Tensor, Tensor]:
    """Score `labels` (N,) from `hidden` (N, H); `head` maps (n, H) to logits (n, V).

    Returns log-probabilities (N,) in float32 and hits (N,) in bool. Each chunk's logits are made
    again in the backward pass.
    """

    def score(part: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        return gather(head(part), targets)

    parts = []
    for start in range(0, len(labels), chunk):
        part, targets = hidden[start : start + chunk], labels[start : start + chunk]
        if torch.is_grad_enabled():
            parts.append(checkpoint(score, part, targets, use_reentrant=False))
        else:
            parts.append(score(part, targets))
    logps, hits = zip(*parts, strict=True)
    return torch.cat(logps), torch.cat(hits)


class LinearHead(torch.autograd.Function):
    """Scores under logits = hidden W', with both gradients by hand.

    With P = one-hot(label) - softmax(logits) and g the gradient of each log-probability,
    d hidden = g P W and d W = (g P)' hidden. P W is known up to g as soon as the logits are, and so
    is P' hidden where every g is the same; else the logits are made again in the backward pass.

    `even` promises that every g is the same; were it not kept, the head's gradient would be NaN.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, labels: Tensor, chunk: int, even: bool = False
    ) -> tuple[Tensor, Tensor]:
        needs_hidden, needs_weight = ctx.needs_input_grad[:2]
        # In float16 small slopes would be lost before the loss scale is applied.
        early = hidden.dtype != torch.float16 and (even or not needs_weight)
        logps = torch.empty(len(labels), dtype=torch.float32, device=hidden.device)
        totals, hits = torch.empty_like(logps), torch.empty_like(labels, dtype=torch.bool)
        slopes = Slopes(hidden, weight, early and needs_hidden, early and needs_weight)
        for part, logits in chunks(hidden, slopes.matrix, chunk):
            logps[part], totals[part], hits[part] = rows.sums(logits, labels[part])
            if early and (needs_hidden or needs_weight):
                slopes.add(part, rows.slopes(logits, labels[part], totals[part], None))
        ctx.mark_non_differentiable(hits)
        ctx.chunk, ctx.early = chunk, early
        if early:
            ctx.dtype = weight.dtype
            ctx.save_for_backward(slopes.hidden, slopes.weight)
        else:
            ctx.save_for_backward(hidden, weight, labels, totals)
        return logps, hits

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.early:
            of_hidden, of_weight = ctx.saved_tensors
            if of_hidden is not None:
                of_hidden = (of_hidden * grad[:, None]).to(of_hidden.dtype)
            if of_weight is not None:
                of_weight = (of_weight * same_for_all(grad)).to(ctx.dtype)
            return of_hidden, of_weight, None, None, None
        hidden, weight, labels, totals = ctx.saved_tensors
        slopes = Slopes(hidden, weight, *ctx.needs_input_grad[:2])
        for part, logits in chunks(hidden, slopes.matrix, ctx.chunk):
            slopes.add(part, rows.slopes(logits, labels[part], totals[part], grad[part]))
        of_weight = slopes.weight if slopes.weight is None else slopes.weight.to(weight.dtype)
        return slopes.hidden, of_weight, None, None, None


class Slopes:
    """The two gradients, filled chunk by chunk.

    The head's is summed in float32: in bfloat16 every chunk would round the sum anew.
    """

    def __init__(self, hidden: Tensor, weight: Tensor, of_hidden: bool, of_weight: bool) -> None:
        self._states = hidden
        self.matrix = weight.to(hidden.dtype)
        self.hidden = torch.empty_like(hidden) if of_hidden else None
        self.weight = torch.zeros_like(weight, dtype=torch.float32) if of_weight else None

    def add(self, part: slice, slopes: Tensor) -> None:
        """Take in the slopes (n, V) of the tokens `part`."""
        if self.hidden is not None:
            self.hidden[part] = slopes @ self.matrix  # (n, V) @ (V, H) -> (n, H)
        if self.weight is not None:
            self.weight += slopes.T @ self._states[part]  # (V, n) @ (n, H) -> (V, H)


def chunks(hidden: Tensor, matrix: Tensor, chunk: int) -> Iterator[tuple[slice, Tensor]]:
    """Slices of `hidden` (N, H) with their logits (n, V)."""
    for start in range(0, len(hidden), chunk):
        part = slice(start, start + chunk)
        yield part, hidden[part] @ matrix.T  # (n, H) @ (H, V) -> (n, V)


def same_for_all(grad: Tensor) -> Tensor:
    """The one value of `grad` (N,), as a scalar on its device; NaN where it is not the same for
    all.
    """
    return torch.where(grad.eq(grad[0]).all(), grad[0], torch.nan)


def fits(head: nn.Module) -> bool:
    """Whether `LinearHead` may stand in for `head`: a plain linear layer without bias or hooks."""
    return type(head) is nn.Linear and head.bias is None and not head._forward_hooks
