"""A tuner upon adapters that went before: they are merged, or the last of them goes on; and saved
with what is trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.config.config import show
from burnish.config.groups.tuner import TunerGroup
from burnish.core import earlier
from burnish.core.adapter import adapter_folder
from burnish.core.earlier import Earlier
from burnish.core.errors import CheckpointError, Problem, UsageError
from burnish.core.lazy import torch
from burnish.core.log import log
from burnish.tuners import lora, peft, targets
from burnish.tuners.base import TYPED, Tuner
from burnish.tuners.several import ANEW, PLACES, Chain

if TYPE_CHECKING:
    from torch import nn

    from burnish.config.config import Config


def upon(tuner: Tuner, chain: Chain, kept: Path) -> Tuner:
    """The tuner on a base that is changed as `chain` says, saving with it what it was changed by,
    of which `kept` holds copies by then.
    """

    def attach(model: nn.Module, config: Config, total_steps: int) -> nn.Module:
        model = merge_all(model, [one.folder for one in chain.earlier])
        if chain.last is not None:
            return go_on(model, chain.last, config)
        tuned = tuner.attach(model, config, total_steps)
        if chain.start is not None:
            start_from(tuner, tuned, chain.start)
            log.info("the run starts from the weights of %s", chain.start)
        return tuned

    def save(model: nn.Module, folder: Path) -> None:
        tuner.save(model, folder)
        if chain.earlier:
            copies = [Earlier(kept / str(n), one.record) for n, one in enumerate(chain.earlier)]
            earlier.write(copies, folder)

    return replace(tuner, attach=attach, save=save)


def start_from(tuner: Tuner, model: nn.Module, folder: Path) -> None:
    """Put the weights of a folder into a fresh model. Raises: CheckpointError: they do not fit."""
    try:
        tuner.restore(model, adapter_folder(folder))
    except CheckpointError as error:
        raise CheckpointError(
            f"--checkpoint_dir {folder} does not fit this model and its --dtype: {error}"
        ) from error


def merge_all(model: nn.Module, folders: Sequence[Path]) -> nn.Module:
    """The plain model with every adapter in its weights, the first one first.

    Raises:
        CheckpointError: one does not fit, or weights are quantised.
    """
    for folder in folders:
        model = lora.merged(model, folder)
        log.info("merged into the weights: %s", folder)
    return model


def go_on(model: nn.Module, folder: Path, config: Config) -> nn.Module:
    """The LoRA adapter of `folder` on the model, to be trained further with this run's dropout.

    Raises:
        CheckpointError: it does not fit the model.
        UsageError: it lies on other modules than a flag that was typed names.
    """
    options = config[lora.LoraGroup]
    wanted = places(model, config)
    tuned: Any = peft.load(model, folder, trainable=True, lora_dropout=options.lora_dropout)
    refuse_other_places(tuned, wanted, config, folder)
    peft.widen_trained(tuned)
    if options.lora_dtype == "bf16":
        lora.cast_adapter(tuned, torch.bfloat16)
    own = tuned.peft_config[peft.ADAPTER]
    log.info("going on with %s: rank %s, alpha %s, dropout %s",
             folder, own.r, own.lora_alpha, own.lora_dropout)  # fmt: skip
    return tuned


def places(model: nn.Module, config: Config) -> dict[str, set[str]]:
    """{flag: paths of the modules it names}, for flags that were typed."""
    options, found = config[TunerGroup], {}
    typed = [name for name in PLACES if config.sources[name] in TYPED]
    typed = [name for name in typed if config.value(name) or name == "modules_to_save"]
    for name in typed:
        if name == "modules_to_save":
            names: Any = targets.modules_to_save(model, options.modules_to_save)
        else:
            regex = options.target_regex if name == "target_regex" else None
            names = targets.target_modules(model, options.target_modules, regex)
        found[name] = {path for path, _ in model.named_modules() if targets.is_named(path, names)}
    return found


def refuse_other_places(
    tuned: Any, wanted: dict[str, set[str]], config: Config, folder: Path
) -> None:
    """Raises: UsageError where an adapter lies on other modules than were asked for."""
    problems = []
    for name, asked in wanted.items():
        mark = "modules_to_save" if name == "modules_to_save" else "lora_A"
        named = tuned.get_base_model().named_modules()
        there = {path for path, module in named if hasattr(module, mark)}
        if there != asked:
            short = ", ".join(targets.leaf_names(there)) or "none"
            wrong = f"is not where the adapter in {folder} lies: {short}"
            problems.append(Problem(name, show(config.value(name)), wrong, ANEW))
    if problems:
        raise UsageError(problems)
