"""Interventions on hidden states: the six formulas of ReFT (arXiv:2404.03592).

R is (rank, width) with orthonormal rows, W and P are (rank, width) without any condition, b is
(rank,). With h a hidden state and f an optional activation:

    LoReFT   h + R^T (f(W h + b) - R h)      NoReFT    h + P^T (f(W h + b) - P h)
    ConsReFT h + R^T (b - R h)               LobiReFT  h + R^T b
    DiReFT   h + R^T f(W h + b)              NodiReFT  h + P^T f(W h + b)

They work in the dtype of their weights, float32, whatever h is; R stays orthonormal whatever the
optimiser does to it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ACTIVATIONS = {"linear": None, "gelu": F.gelu, "relu": F.relu, "silu": F.silu, "tanh": torch.tanh}


class Formula(NamedTuple):
    """What an intervention is made of."""

    orthonormal: bool
    """R, not P."""
    source: bool
    """W h + b, not b alone."""
    subtracts: bool
    """What h already has in the subspace is taken out of it."""


FORMULAS = {
    "NoreftIntervention": Formula(False, True, True),
    "LoreftIntervention": Formula(True, True, True),
    "ConsreftIntervention": Formula(True, False, True),
    "LobireftIntervention": Formula(True, False, False),
    "DireftIntervention": Formula(True, True, False),
    "NodireftIntervention": Formula(False, True, False),
}


class Rotation(nn.Module):
    """A matrix R (rank, width) of orthonormal rows, R = (exp(A) S^T)^T with A = T^T S - S^T T.

    S is a fixed orthonormal start and T what is trained, from 0. A is skew, so exp(A) turns and R
    can only be orthonormal. A has rank 2 * rank, so its exponential is taken of a matrix of that
    size: exp(P Q^T) = 1 + P phi(Q^T P) Q^T with phi(M) = (exp(M) - 1) / M.
    """

    def __init__(self, rank: int, width: int, device: Any = None) -> None:
        super().__init__()
        start = torch.empty(rank, width, dtype=torch.float32, device=device)
        self.start: Tensor
        self.register_buffer("start", nn.init.orthogonal_(start))
        self.turn = nn.Parameter(torch.zeros_like(start))
        self.turn.undecayed = True  # type: ignore[attr-defined]  # decay would turn R back

    def forward(self) -> Tensor:
        start, turn = self.start.mT, self.turn.mT  # (width, rank)
        left = torch.cat([turn, -start], 1)
        right = torch.cat([start, turn], 1)
        turned: Tensor = start + left @ (phi(right.mT @ left) @ (right.mT @ start))
        return turned.mT


def phi(matrix: Tensor) -> Tensor:
    """(exp(M) - 1) / M, read off the exponential of [[M, 1], [0, 0]]; any M, singular as well."""
    size = len(matrix)
    one = torch.eye(size, dtype=matrix.dtype, device=matrix.device)
    above = torch.cat([matrix, one], 1)
    block = torch.cat([above, torch.zeros_like(above)], 0)
    return torch.linalg.matrix_exp(block)[:size, size:]


class Intervention(nn.Module):
    """One of FORMULAS, on hidden states h (..., width).

    Args:
        rank: of the subspace; at most `width`.
        act: a key of ACTIVATIONS, on W h + b.
        dropout: of what is added to h.
        add_bias: give P h a bias (NoReFT).
    """

    def __init__(
        self,
        kind: str,
        width: int,
        rank: int,
        act: str = "linear",
        dropout: float = 0.0,
        add_bias: bool = False,
        device: Any = None,
    ) -> None:
        super().__init__()
        self.formula = FORMULAS[kind]
        self.act = act
        made = {"device": device, "dtype": torch.float32}
        if self.formula.orthonormal:
            self.rotate = Rotation(rank, width, device)
        else:
            self.project = nn.Linear(width, rank, bias=add_bias, **made)
        if self.formula.source:
            self.source = nn.Linear(width, rank, **made)
        else:
            self.bias = nn.Parameter(torch.rand(rank, **made))
        self.dropout = nn.Dropout(dropout)

    def forward(self, h: Tensor) -> Tensor:
        with torch.autocast(h.device.type, enabled=False):
            basis = self.rotate() if self.formula.orthonormal else self.project.weight
            wide = h.to(basis.dtype)
            inner = self.wanted(wide)
            if self.formula.subtracts:
                bias = None if self.formula.orthonormal else self.project.bias
                inner = inner - F.linear(wide, basis, bias)
            return (wide + self.dropout(inner @ basis)).to(h.dtype)

    def wanted(self, h: Tensor) -> Tensor:
        """What the subspace is to hold, or to be given: (..., rank)."""
        if not self.formula.source:
            return self.bias
        given = self.source(h)
        act = ACTIVATIONS[self.act]
        return given if act is None else act(given)


def put_behind(layer: nn.Module, intervention: Intervention) -> None:
    """Let `layer` give what `intervention` makes of its output; it becomes the layer's child."""
    layer.reft = intervention
    layer.register_forward_hook(through_reft)


def through_reft(layer: Any, given: object, out: Any) -> Any:
    """A layer's output through its intervention; of several outputs, the first."""
    if isinstance(out, tuple):
        return (layer.reft(out[0]), *out[1:])
    return layer.reft(out)
