"""Training upon adapters that were trained before: the last goes on, or a new one is put on all.

Those before it become part of the weights, and every checkpoint carries them: see core/earlier.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.config import store
from burnish.config.config import show
from burnish.config.flag import infos_of
from burnish.config.groups.checkpoint import CheckpointGroup
from burnish.config.groups.quant import QuantGroup, method_of
from burnish.config.groups.several import WHOLE, paths
from burnish.config.groups.tuner import TunerGroup
from burnish.config.value import Unfit, convert
from burnish.core import earlier
from burnish.core.adapter import CONFIG, adapter_folder
from burnish.core.earlier import Earlier
from burnish.core.errors import CheckpointError, Problem, UsageError
from burnish.core.log import log
from burnish.tuners.base import TYPED

if TYPE_CHECKING:
    from burnish.config.config import Config

LORA_FLAGS = {
    "lora_rank": "r",
    "lora_alpha": "lora_alpha",
    "lora_bias_trainable": "bias",
    "use_dora": "use_dora",
    "use_rslora": "use_rslora",
}
"""Flag: what adapter_config.json calls it."""
UNSAYABLE = object()
"""What an adapter has that no value of a flag means."""
PLACES = ("target_modules", "target_regex", "modules_to_save")
ANEW = "leave it out; --resume_lora_training false trains a new adapter of your flags"


@dataclass(frozen=True, slots=True)
class Chain:
    """What is on the base before a run's first step."""

    earlier: tuple[Earlier, ...] = ()
    """Become part of the weights, in this order."""
    last: Path | None = None
    """The LoRA adapter that is trained further, with its own settings."""
    start: Path | None = None
    """The weights that another method starts from."""

    @property
    def folders(self) -> list[Path]:
        """Every adapter of it."""
        return [*(one.folder for one in self.earlier), *filter(None, (self.last, self.start))]


def absolute(given: Sequence[str]) -> list[str]:
    """The same folders, wherever the next command is started."""
    return [str(folder.resolve()) for folder in paths(given)]


def chain_of(config: Config, resume: Path | None = None) -> Chain:
    """What the flags mean; a resumed run has it all in its checkpoint.

    Raises:
        CheckpointError: a folder holds something else than is needed, or is damaged.
    """
    options, kind = config[CheckpointGroup], config[TunerGroup].sft_type
    goes_on = bool(options.checkpoint_dir) and options.resume_lora_training
    if resume is not None:
        own = kind == "lora" and goes_on
        return Chain(earlier.earlier_of(resume), resume if own else None)
    folders = paths(options.checkpoint_dir or ())
    if not folders:
        return Chain()
    if goes_on and kind in WHOLE:
        refuse_other_kind(folders[0], kind)
        return Chain(start=folders[0])
    line = earlier.line_up(folders)
    return Chain(line[:-1], folders[-1]) if goes_on else Chain(line)


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter, not a whole model."""
    return (adapter_folder(folder) / CONFIG).is_file()


def refuse_chain(config: Config, chain: Chain, base: Path) -> None:
    """Raises: CheckpointError where adapters are of another base, or cannot go into its weights."""
    earlier.refuse_other_base([f for f in chain.folders if f != chain.start or is_adapter(f)], base)
    earlier.tell_of_doubts(chain.folders)
    if chain.earlier and QuantGroup in config and method_of(config):
        names = ", ".join(str(one.folder) for one in chain.earlier)
        raise CheckpointError(
            f"{names} would become part of weights that are quantised, which changes more than "
            "that: train without --quantization_bit"
        )


def refuse_other_kind(folder: Path, kind: str) -> None:
    """Raises: CheckpointError where a folder does not hold what --sft_type `kind` trains."""
    is_model = not is_adapter(folder)
    if kind == "full" and is_model and (folder / "config.json").is_file():
        return
    found = "a whole model" if is_model else f"an adapter of the kind {earlier.kind_of(folder)}"
    if kind == "full":
        fix = f"say --sft_type lora, or merge it first: burnish merge-lora --ckpt_dir {folder}"
    else:
        earlier.refuse_damaged(folder)
        fix = "--resume_lora_training false merges LoRA adapters and trains a new one upon them"
    if earlier.earlier_of(folder):
        found = "what was trained upon LoRA adapters, which it carries"
        fix = f"--resume_from_checkpoint {folder} --resume_only_model true goes on with all"
    elif kind != "full" and earlier.kind_of(folder) == kind:
        return
    raise CheckpointError(
        f"--checkpoint_dir {folder} holds {found}, which --sft_type {kind} cannot go on with; {fix}"
    )


def settled(config: Config, resume: Path | None) -> Config:
    """The flags of a run that goes on, with what it takes over from the adapter.

    Raises:
        CheckpointError: a run is resumed, and --checkpoint_dir is not what it was begun with.
        UsageError: a flag that was typed is not what the adapter has.
    """
    if resume is not None:
        refuse_other_begin(config, resume)
    options = config[CheckpointGroup]
    if not options.checkpoint_dir:
        return config
    chain_of(config, resume)  # says what is wrong with the folders before their settings are read
    folders = absolute(options.checkpoint_dir)
    config = config.replace(config.sources["checkpoint_dir"], checkpoint_dir=folders)
    if not options.resume_lora_training:
        return config
    source = resume or Path(folders[-1])
    kind, why = config[TunerGroup].sft_type, f"that of the adapter in {source}"
    problems = []
    for name, own in settings_of(source, kind).items():
        typed = config.sources[name] in TYPED
        if not typed and own is not UNSAYABLE:
            config = config.replace("checkpoint", why, **{name: own})
        elif typed and own is UNSAYABLE:
            log.warning("--%s has no effect: %s keeps its own", name, source)
        elif typed and config.value(name) != own and name not in PLACES:
            wrong = f"is {show(own)} in {source}, which goes on as it is"
            problems.append(Problem(name, show(config.value(name)), wrong, ANEW))
    start = config.flags["init_lora_weights"].default
    asked = config.value("init_lora_weights")
    if kind == "lora" and config.sources["init_lora_weights"] in TYPED and asked != start:
        wrong = f"is how an adapter begins; the one in {source} has begun"
        problems.append(Problem("init_lora_weights", asked, wrong, ANEW))
    if problems:
        raise UsageError(problems)
    return config


def refuse_other_begin(config: Config, resume: Path) -> None:
    """Raises: CheckpointError where a resumed run would be upon other adapters than it was."""
    saved, options = store.read(resume), config[CheckpointGroup]
    same = absolute(saved.get("checkpoint_dir") or ())
    anew = saved.get("resume_lora_training") != options.resume_lora_training
    if same != absolute(options.checkpoint_dir or ()) or (same and anew):
        upon = f"upon {', '.join(same)}" if same else "without"
        raise CheckpointError(
            f"--checkpoint_dir cannot be changed by --resume_from_checkpoint {resume}, whose run "
            f"was begun {upon}: leave it and --resume_lora_training out, or leave out "
            "--resume_from_checkpoint to begin a new run"
        )


def settings_of(folder: Path, kind: str) -> dict[str, Any]:
    """{flag: value} of what an adapter is, as far as flags can say it."""
    own = earlier.read_settings(folder)
    if kind == "p_tuning":
        return {"pre_seq_len": own["length"], "prefix_projection": own["projection"]}
    if kind == "freeze":
        layers = own["layers"]
        count = len(layers) if layers[0] else -len(layers)
        return {"num_layer_trainable": count, "name_module_trainable": own["part"]}
    if kind != "lora":
        return {}
    from burnish.tuners.lora import LoraGroup

    found: dict[str, Any] = {}
    infos = infos_of(LoraGroup)
    for name, called in LORA_FLAGS.items():
        try:
            found[name] = convert(infos[name], own[called])
        except (KeyError, Unfit):
            found[name] = UNSAYABLE
    names = own.get("target_modules")
    found |= {"target_regex": names} if isinstance(names, str) else {"target_modules": names}
    return found | {"modules_to_save": own.get("modules_to_save") or []}
