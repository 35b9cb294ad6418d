"""Log-probabilities of labels without ever holding the (tokens, vocabulary) logits of a whole
batch.

Two twins compute the same thing chunk by chunk. `chunked` calls the head as a module under
recompute and is right for any head (LoRA on it, tied, trained, soft-capped). `FrozenHead` is the
fast one, for a plain frozen `nn.Linear`: it makes the gradient of the hidden states while the
logits are there, so nothing is computed twice. `nn.kernels.verify` compares the two on the device
before the fast one is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

CHUNK_ELEMENTS = 2**27  # logits of one chunk: 512 MiB in float32


def chunk_size(vocabulary: int) -> int:
    """How many tokens are scored at once, so that their float32 logits stay near 512 MiB."""
    return max(64, CHUNK_ELEMENTS // vocabulary)


def gather(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probability of each label and whether it was the likeliest: (N, V), (N,) -> (N,) float32,
    (N,) bool.
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

    def score(rows: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        return gather(head(rows), targets)

    parts = []
    for start in range(0, len(labels), chunk):
        rows, targets = hidden[start : start + chunk], labels[start : start + chunk]
        if torch.is_grad_enabled():
            parts.append(checkpoint(score, rows, targets, use_reentrant=False))
        else:
            parts.append(score(rows, targets))
    logps, hits = zip(*parts, strict=True)
    return torch.cat(logps), torch.cat(hits)


class FrozenHead(torch.autograd.Function):
    """d logp(y) / d hidden = W[y] - softmax(logits) W: known as soon as the logits are, up to each
    token's factor.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, labels: Tensor, chunk: int
    ) -> tuple[Tensor, Tensor]:
        logps = torch.empty(len(labels), dtype=torch.float32, device=hidden.device)
        hits = torch.empty(len(labels), dtype=torch.bool, device=hidden.device)
        slopes = torch.empty_like(hidden) if ctx.needs_input_grad[0] else None
        for start in range(0, len(labels), chunk):
            part = slice(start, start + chunk)
            targets = labels[part, None]
            logits = (hidden[part] @ weight.T).float()  # (n, H) @ (H, V) -> (n, V)
            hits[part] = logits.argmax(1) == labels[part]
            total = logits.logsumexp(1, keepdim=True)
            logps[part] = (logits.gather(1, targets) - total).squeeze(1)
            if slopes is not None:
                minus_softmax = logits.sub_(total).exp_().neg_()
                minus_softmax.scatter_add_(1, targets, torch.ones_like(total))
                slopes[part] = minus_softmax.to(weight.dtype) @ weight
        ctx.mark_non_differentiable(hits)
        ctx.save_for_backward(slopes)
        return logps, hits

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        (slopes,) = ctx.saved_tensors
        return (slopes * grad[:, None]).to(slopes.dtype), None, None, None


def fits(head: nn.Module, hidden_dtype: torch.dtype) -> bool:
    """Whether `FrozenHead` may stand in for `head`: a plain frozen linear without bias, in a dtype
    whose small slopes survive.

    In float16 a probability below 6e-8 would be lost before the loss scale is applied.
    """
    return (
        type(head) is nn.Linear
        and head.bias is None
        and not head.weight.requires_grad
        and hidden_dtype == head.weight.dtype
        and hidden_dtype in (torch.float32, torch.bfloat16)
    )
