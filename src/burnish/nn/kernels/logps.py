"""Log-probabilities of labels without ever holding the logits of a whole batch.

Two twins compute the same thing chunk by chunk. `chunked` calls the head as a module under recompute
and is right for any head (LoRA on it, soft-capped, with a bias). `LinearHead` is the fast one, for a
plain `nn.Linear`: logits stay in the compute dtype, a row of them is read once for all its sums and
once for its slopes, and a frozen head's share of the backward pass is done while the logits are there.
`nn.kernels.verify` compares the two on the device before the fast one is used.
"""

from __future__ import annotations

from collections.abc import Callable
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
    d hidden = g P W and d W = (g P)' hidden. A frozen head needs only P W, known up to g as soon as
    the logits are; a trained one makes its logits again in the backward pass.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, labels: Tensor, chunk: int
    ) -> tuple[Tensor, Tensor]:
        matrix = weight.to(hidden.dtype)
        logps = torch.empty(len(labels), dtype=torch.float32, device=hidden.device)
        totals, hits = torch.empty_like(logps), torch.empty_like(labels, dtype=torch.bool)
        # In float16 small slopes would be lost before the loss scale is applied.
        early = not ctx.needs_input_grad[1] and hidden.dtype != torch.float16
        slopes = torch.empty_like(hidden) if early and ctx.needs_input_grad[0] else None
        for start in range(0, len(labels), chunk):
            part = slice(start, start + chunk)
            logits = hidden[part] @ matrix.T  # (n, H) @ (H, V) -> (n, V)
            logps[part], totals[part], hits[part] = rows.sums(logits, labels[part])
            if slopes is not None:
                slopes[part] = rows.slopes(logits, labels[part], totals[part], None) @ matrix
        ctx.mark_non_differentiable(hits)
        ctx.chunk, ctx.early = chunk, early
        if early:
            ctx.save_for_backward(slopes)
        else:
            ctx.save_for_backward(hidden, weight, labels, totals)
        return logps, hits

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.early:
            (slopes,) = ctx.saved_tensors
            return (slopes * grad[:, None]).to(slopes.dtype), None, None, None
        hidden, weight, labels, totals = ctx.saved_tensors
        matrix = weight.to(hidden.dtype)
        grad_hidden = torch.empty_like(hidden) if ctx.needs_input_grad[0] else None
        # Summed over the chunks in float32: in bfloat16 every chunk would round the sum anew.
        grad_weight = (
            torch.zeros_like(weight, dtype=torch.float32) if ctx.needs_input_grad[1] else None
        )
        for start in range(0, len(labels), ctx.chunk):
            part = slice(start, start + ctx.chunk)
            logits = hidden[part] @ matrix.T
            slopes = rows.slopes(logits, labels[part], totals[part], grad[part])
            if grad_hidden is not None:
                grad_hidden[part] = slopes @ matrix
            if grad_weight is not None:
                grad_weight += slopes.T @ hidden[part]  # (V, n) @ (n, H) -> (V, H)
        if grad_weight is not None:
            grad_weight = grad_weight.to(weight.dtype)
        return grad_hidden, grad_weight, None, None


def fits(head: nn.Module) -> bool:
    """Whether `LinearHead` may stand in for `head`: a plain linear layer without bias or hooks."""
    return type(head) is nn.Linear and head.bias is None and not head._forward_hooks
