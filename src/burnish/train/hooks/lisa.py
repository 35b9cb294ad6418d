"""LISA: train a few layers at a time, drawn anew now and then (arXiv:2403.17919).

Moments of layers that are no longer drawn are freed, since memory is what LISA is for; a layer that
is drawn again starts them anew. The second half of its bfloat16 weights rests in host memory.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from burnish.config.flag import flag, group
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import Problem, UsageError
from burnish.core.lazy import torch
from burnish.core.log import log
from burnish.optim.galore import is_on
from burnish.train.hooks.base import Hook

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config
    from burnish.train.fit import Run


def lisa_fits(config: "Config") -> Iterator[Problem]:
    """Layers of the model itself are drawn, for an ordinary optimiser."""
    count, kind = config[LisaGroup].lisa_activated_layers, config[TunerGroup].sft_type
    if count and kind != "full":
        fix = "use --sft_type full, or drop --lisa_activated_layers"
        wrong = f"cannot be combined with --sft_type {kind}"
        yield Problem("lisa_activated_layers", str(count), wrong, fix)
    if count and is_on(config):
        wrong = "cannot be combined with --use_galore"
        yield Problem("lisa_activated_layers", str(count), wrong, "use one of the two")


@group(applies=("sft_type", {"full"}), check=(lisa_fits,))
class LisaGroup:
    """LISA: train a few layers at a time, drawn anew now and then (arXiv:2403.17919)."""

    lisa_activated_layers: int = flag(
        0, "Layers that train at a time; 0: LISA is off, 2 or 8 are usual.", ge=0
    )
    lisa_step_interval: int = flag(
        20,
        "Steps between two draws.",
        ge=1,
        applies=(("sft_type", {"full"}), ("lisa_activated_layers", range(1, 2**31))),
    )


def wanted(config: "Config") -> bool:
    return config[LisaGroup].lisa_activated_layers > 0


def drawn(layers: int, count: int, seed: int, number: int) -> set[int]:
    """Which `count` of so many layers the draw with this number gives: the same on every rank, and
    after a resume, since nothing else goes into it.
    """
    dice = torch.Generator().manual_seed(seed % 2**32 * 2**20 + number)
    return set(torch.randperm(layers, generator=dice)[:count].tolist())


def decoder_layers(model: "nn.Module") -> "list[nn.Module]":
    """The model's blocks: the list of modules that lies least deep in it, and the longest such."""
    lists = [(n, m) for n, m in model.named_modules() if isinstance(m, torch.nn.ModuleList)]
    outermost = min(lists, key=lambda item: (item[0].count("."), -len(item[1])), default=None)
    return list(outermost[1]) if outermost else []


def start(run: "Run") -> None:
    """Draw for the step that comes next; before the first step, and again after a resume.

    Raises:
        UsageError: the model has fewer layers.
    """
    count, layers = run.config[LisaGroup].lisa_activated_layers, decoder_layers(run.model)
    if count > len(layers):
        wrong = f"is more than the {len(layers)} layers of this model"
        raise UsageError((Problem("lisa_activated_layers", str(count), wrong),))
    draw(run, run.clock.done)


def after_step(step: int, run: "Run") -> None:
    """Draw anew every --lisa_step_interval steps."""
    if step % run.config[LisaGroup].lisa_step_interval == 0:
        draw(run, step)


def draw(run: "Run", done: int) -> None:
    """Let the layers that are drawn after `done` steps train, and the others rest."""
    options, layers = run.config[LisaGroup], decoder_layers(run.model)
    number = done // options.lisa_step_interval
    chosen = drawn(len(layers), options.lisa_activated_layers, run.config[LoopGroup].seed, number)
    trained = {id(p) for p in run.parameters}  # flags may have frozen some for good
    for index, layer in enumerate(layers):
        for parameter in layer.parameters():
            if id(parameter) in trained:
                parameter.requires_grad_(index in chosen)
                wake(run, parameter) if index in chosen else rest(run, parameter)
    log.debug("LISA: layers %s train from step %d on", sorted(chosen), done + 1)


def rest(run: "Run", parameter: "nn.Parameter") -> None:
    """Free what the optimiser holds of a weight, but for the half of a bfloat16 one."""
    state = run.optimizer.state.pop(parameter, {})
    parameter.grad = None
    if "low" in state:
        run.optimizer.state[parameter] = {"low": state["low"].cpu()}


def wake(run: "Run", parameter: "nn.Parameter") -> None:
    """Bring back the half that rested."""
    state = run.optimizer.state.get(parameter, {})
    if "low" in state:
        state["low"] = state["low"].to(parameter.device)


HOOK = Hook(wanted=wanted, start=start, after_step=after_step, groups=(LisaGroup,))
