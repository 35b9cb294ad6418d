"""Stochastic gradient descent, and its descendants that divide by the size of past gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from burnish.optim.each import Each, State, buffer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

    from burnish.config.groups.optim import OptimGroup

SMOOTHING, RMSPROP_EPSILON, ADAGRAD_EPSILON = 0.99, 1e-8, 1e-10  # those of torch


def plain(gradient: Tensor, state: State, group: dict[str, Any]) -> Tensor:
    return gradient


def adagrad(gradient: Tensor, state: State, group: dict[str, Any]) -> Tensor:
    """g / sqrt(sum of g^2)."""
    total = buffer(state, "sum", gradient).addcmul_(gradient, gradient)
    return gradient / (total.sqrt() + ADAGRAD_EPSILON)


def rmsprop(gradient: Tensor, state: State, group: dict[str, Any]) -> Tensor:
    """g / sqrt(running mean of g^2)."""
    square = buffer(state, "square", gradient)
    square.mul_(SMOOTHING).addcmul_(gradient, gradient, value=1 - SMOOTHING)
    return gradient / (square.sqrt() + RMSPROP_EPSILON)


def build_sgd(groups: list[dict[str, Any]], options: OptimGroup) -> Optimizer:
    return Each(groups, plain, "SGD", lr=options.learning_rate)


def build_adagrad(groups: list[dict[str, Any]], options: OptimGroup) -> Optimizer:
    return Each(groups, adagrad, "Adagrad", lr=options.learning_rate)


def build_rmsprop(groups: list[dict[str, Any]], options: OptimGroup) -> Optimizer:
    return Each(groups, rmsprop, "RMSprop", lr=options.learning_rate)


OPTIMIZERS = {"sgd": build_sgd, "adagrad": build_adagrad, "rmsprop": build_rmsprop}
