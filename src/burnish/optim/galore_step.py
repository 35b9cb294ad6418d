"""One step of GaLore and Q-GaLore: a weight's moments live in the low rank of its projection.

The projection of a weight is renewed at steps 0, gap, 2 gap, ... of that weight. Q-GaLore makes the
gap longer once successive projections are alike. All of it is in the optimiser's state, as tensors
and plain values: left and right (the projection), gap, due (the step of the next renewal), alike
(the last likenesses); and of 8-bit weights codes and scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from burnish.config.groups.optim import OptimGroup
from burnish.nn.layers.int8 import round_at_random
from burnish.optim import bnb
from burnish.optim.adafactor import adafactor
from burnish.optim.adamw import adam
from burnish.optim.each import Direction, Each, State, moved, take_as_saved
from burnish.optim.galore import IN_8_BITS, GaloreGroup
from burnish.optim.galore_project import (
    aligned,
    basis,
    likeness,
    project,
    project_back,
    sides,
    squeeze,
    stretch,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SIDES = ("left", "right")
PARTS = ("codes", "step", "lowest")  # of a quantised base


class Galore(Each):
    """`Each` whose groups "apart" are stepped in the low rank of their gradients.

    Args:
        groups: parameter groups; "apart" ones hold matrices only.
        optim, options: the flags.
        seed: of the stochastic rounding of 8-bit weights; the same on every rank.
    """

    def __init__(
        self, groups: list[dict[str, Any]], optim: OptimGroup, options: GaloreGroup, seed: int
    ) -> None:
        inner = inner_rule(optim, options)
        self.options, self.seed = options, seed
        super().__init__(
            groups,
            _stepped_in_low_rank(inner, options, self._projection),
            described(optim, options),
            lr=optim.learning_rate,
            betas=(optim.adam_beta1, optim.adam_beta2),
            eps=optim.adam_epsilon,
        )

    def _projection(self, gradient: Tensor, state: State) -> tuple[Tensor, Tensor]:
        """The weight's left and right bases at this step, renewed where that is due."""
        options = self.options
        held = self.read(state, gradient.shape) if "due" in state else None
        if held is not None and state["step"] - 1 < state["due"]:
            return held
        left, right = sides(gradient.shape, options.galore_proj_type)
        found = basis(gradient, options.galore_rank, left, right)
        old = held or (None, None)
        new = tuple(aligned(f, o) if f.numel() else f for f, o in zip(found, old, strict=True))
        state.setdefault("gap", options.galore_update_proj_gap)
        if held is not None and options.galore_quantization:
            lengthen(state, new, held, options)
        state["due"] = state["step"] - 1 + state["gap"]
        self.write(state, new)
        return self.read(state, gradient.shape)

    def write(self, state: State, bases: tuple[Tensor, ...]) -> None:
        """Keep the bases, quantised if asked for."""
        options = self.options
        for side, matrix in zip(SIDES, bases, strict=True):
            if not (matrix.numel() and options.galore_quantization and options.galore_proj_quant):
                state[side] = matrix
                continue
            few = squeeze(matrix, options.galore_proj_bits, options.galore_proj_group_size)
            for part, value in zip(PARTS, few, strict=True):
                state[f"{side}_{part}"] = value

    def read(self, state: State, shape: torch.Size) -> tuple[Tensor, Tensor]:
        """The bases that `write` kept."""
        options, found = self.options, []
        for side, rows in zip(SIDES, shape, strict=True):
            if side in state:
                found.append(state[side])
                continue
            codes, step, lowest = (state[f"{side}_{part}"] for part in PARTS)
            size = (rows, min(options.galore_rank, *shape))
            bits, group_size = options.galore_proj_bits, options.galore_proj_group_size
            found.append(stretch(codes, step, lowest, bits, group_size, size))
        return found[0], found[1]

    def exact(self, parameter: Tensor) -> Tensor:
        """Of a weight held in 8 bits, what they stand for."""
        state = self.state[parameter]
        if "codes" in state:
            return state["codes"].float() * state["scale"]  # type: ignore[no-any-return]
        return super().exact(parameter)

    def move(self, parameter: Tensor, direction: Tensor, group: dict[str, Any]) -> None:
        """A weight in 8 bits is rounded up or down at random, in proportion: what is too small for
        them adds up all the same, on average.
        """
        state = self.state[parameter]
        if "codes" not in state:
            super().move(parameter, direction, group)
            return
        weight = moved(self.exact(parameter), direction, group)
        draw = torch.Generator(weight.device)
        draw.manual_seed(hash((self.seed, state["step"], self.number(parameter))) % 2**63)
        codes, scale = round_at_random(weight, state["scale"], draw)
        state["codes"].copy_(codes)
        state["scale"].copy_(scale)

    def number(self, parameter: Tensor) -> int:
        """Which of all parameters this is."""
        if not hasattr(self, "_numbers"):
            every = [p for group in self.param_groups for p in group["params"]]
            self._numbers = {id(p): index for index, p in enumerate(every)}
        return self._numbers[id(parameter)]


def described(optim: OptimGroup, options: GaloreGroup) -> str:
    """What a checkpoint says: a state fits only where all of this is the same."""
    words = f"GaLore upon {optim.optim} (rank {options.galore_rank}, {options.galore_proj_type}"
    if options.galore_quantization:
        words += ", 8-bit weights"
        if options.galore_proj_quant:
            words += f", {options.galore_proj_bits} bit in {options.galore_proj_group_size}s"
    return words + ")"


def inner_rule(optim: OptimGroup, options: GaloreGroup) -> Direction:
    """The rule that the projected gradients are given to."""
    if optim.optim in IN_8_BITS or options.galore_quantization:
        return bnb.KERNELS["paged_adamw_8bit" if "paged" in optim.optim else "adamw_8bit"]
    return adafactor if optim.optim == "adafactor" else adam


def _stepped_in_low_rank(
    inner: Direction,
    options: GaloreGroup,
    projection: Callable[[Tensor, State], tuple[Tensor, Tensor]],
) -> Direction:
    """`inner` on projected gradients, its direction projected back and scaled."""

    def direction(gradient: Tensor, state: State, group: dict[str, Any]) -> Tensor:
        if not group.get("apart"):
            return inner(gradient, state, group)
        bases = projection(gradient, state)
        low = inner(project(gradient, *bases).contiguous(), state, group)
        return project_back(low, *bases) * options.galore_scale

    return direction


def lengthen(
    state: State, new: tuple[Tensor, ...], old: tuple[Tensor, ...], options: GaloreGroup
) -> None:
    """Q-GaLore: multiply the gap where the last projections were alike, by their mean."""
    pairs = [(n, o) for n, o in zip(new, old, strict=True) if n.numel() and n.shape == o.shape]
    if not pairs:
        return
    now = sum(likeness(n, o) for n, o in pairs) / len(pairs)
    size = options.galore_queue_size
    state["alike"] = [*state.get("alike", []), now][-size:]
    full = len(state["alike"]) == size
    if full and sum(state["alike"]) / size >= options.galore_cos_threshold:
        state["gap"] *= options.galore_gamma_proj


class PerParameter(torch.optim.Optimizer):
    """An optimiser for every parameter, each with a group and so a course of its own, stepped as
    one. They share this one's state, so that it is saved like any other.
    """

    def __init__(
        self, groups: list[dict[str, Any]], optim: OptimGroup, options: GaloreGroup, seed: int
    ) -> None:
        single = [
            {**group, "params": [parameter], "names": [name]}
            for group in groups
            for parameter, name in zip(group["params"], group["names"], strict=True)
        ]
        self.parts = [Galore([group], optim, options, seed) for group in single]
        self.called = f"{self.parts[0].called}, per parameter"
        super().__init__([part.param_groups[0] for part in self.parts], self.parts[0].defaults)
        self.link()

    def link(self) -> None:
        """Let the parts work on this optimiser's groups and state."""
        for part, group in zip(self.parts, self.param_groups, strict=True):
            part.param_groups, part.state = [group], self.state

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update by every part."""
        assert closure is None
        for part in self.parts:
            part.step()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        take_as_saved(self, state_dict)
        self.link()
