"""Muon: momentum made orthogonal, for the matrices inside a model; AdamW for all the rest.

https://kellerjordan.github.io/posts/muon, scaled as in arXiv:2502.16982 so that an update is as
large as one of AdamW: the same --learning_rate and --weight_decay serve both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from burnish.optim.adamw import adam
from burnish.optim.each import Each, State, buffer

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

    from burnish.config.groups.optim import OptimGroup

MOMENTUM, ITERATIONS, ADAMW_SIZE, TINY = 0.95, 5, 0.2, 1e-7
A, B, C = 3.4445, -4.775, 2.0315  # of the quintic iteration


def orthogonal(matrix: Tensor) -> Tensor:
    """About U V^T of the matrix's singular value decomposition, by Newton and Schulz's iteration;
    (..., m, n).
    """
    tall = matrix.shape[-2] > matrix.shape[-1]
    x = matrix.mT if tall else matrix
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp_min(TINY)
    x = x.bfloat16() if x.is_cuda else x  # enough, by the paper
    for _ in range(ITERATIONS):
        square = x @ x.mT
        x = A * x + (B * square + C * square @ square) @ x
    x = x.to(matrix.dtype)
    return x.mT if tall else x


def muon(gradient: Tensor, state: State, group: dict[str, Any]) -> Tensor:
    """0.2 sqrt(max(m, n)) times the orthogonal momentum; AdamW outside the groups "apart"."""
    if not group.get("apart"):
        return adam(gradient, state, group)
    momentum = buffer(state, "momentum", gradient).lerp_(gradient, 1 - MOMENTUM)
    ahead = gradient.lerp(momentum, MOMENTUM)
    return orthogonal(ahead) * (ADAMW_SIZE * max(gradient.shape[-2:]) ** 0.5)


def matrices(model: nn.Module) -> set[int]:
    """Identities of the trained matrices inside the model: all but embeddings, head and what is
    no matrix. Experts that lie in one tensor are a matrix each.
    """
    get: Any = model
    ends = (get.get_input_embeddings(), get.get_output_embeddings())
    outside = tuple(f"{name}." for name, m in model.named_modules() if m in ends or "embed" in name)
    return {
        id(p)
        for name, p in model.named_parameters()
        if p.requires_grad
        and not name.startswith(outside)
        and (p.ndim == 2 or (p.ndim == 3 and "experts" in name))
    }


def build(groups: list[dict[str, Any]], options: OptimGroup) -> Optimizer:
    betas = (options.adam_beta1, options.adam_beta2)
    return Each(
        groups, muon, "Muon", lr=options.learning_rate, betas=betas, eps=options.adam_epsilon
    )


OPTIMIZERS = {"muon": build}
