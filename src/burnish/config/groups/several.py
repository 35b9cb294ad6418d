"""What --checkpoint_dir may name: adapters to go on with, to train upon, or to answer with."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.config.groups.model import ModelGroup
from burnish.config.groups.quant import method_of
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import Problem

if TYPE_CHECKING:
    from burnish.config.config import Config

WHOLE = ("full", "freeze", "p_tuning")
"""Methods that start from the weights of one folder of their own."""


def paths(given: Sequence[str]) -> list[Path]:
    """The folders of --checkpoint_dir."""
    return [Path(name.strip()).expanduser() for name in given]


def what_can_be_gone_on_with(config: "Config") -> Iterator[Problem]:
    """Several folders hold LoRA; weights that are to take an adapter in are not quantised."""
    flags = config.flat()
    folders, goes_on = flags.get("checkpoint_dir"), flags.get("resume_lora_training")
    if folders is not None and not any(name.strip() for name in folders):
        wrong = "names no folder: is a variable of the shell empty?"
        yield Problem("checkpoint_dir", "''", wrong, "leave it out, or name one")
        return
    if not folders:
        return
    if flags.get("resume_from_checkpoint") is None:  # else its checkpoint carries them
        for folder in paths(folders):
            if not folder.is_dir():
                yield Problem("checkpoint_dir", str(folder), "is not a folder")
    if goes_on is None:
        return  # a command that does not train
    given, kind = " ".join(folders), config[TunerGroup].sft_type
    merges = len(folders) > 1 or not goes_on
    wrong, fix = "", ""
    if merges and kind == "full":
        wrong = "puts adapters before another one, which --sft_type full does not train"
        fix = "burnish merge-lora makes a model of them; give that as --model_id_or_path"
    elif goes_on and kind in WHOLE and len(folders) > 1:
        wrong = f"takes one folder with --sft_type {kind}"
        fix = "several can only be LoRA adapters; --resume_lora_training false merges them"
    elif goes_on and kind != "lora" and kind not in WHOLE:
        wrong = f"goes on with LoRA, not with --sft_type {kind}"
        fix = (
            "--resume_lora_training false merges it and trains a new adapter; to go on with one of "
            "this kind: --resume_from_checkpoint FOLDER --resume_only_model true"
        )
    elif config[TunerGroup].tuner_backend == "unsloth":
        wrong, fix = "cannot be combined with --tuner_backend unsloth", "use --tuner_backend peft"
    elif config[ModelGroup].from_scratch:
        wrong = "needs the weights it was trained on, which --from_scratch does not read"
        fix = "leave --from_scratch out"
    elif merges and method_of(config):
        wrong = "cannot become part of weights that are quantised"
        flag = "quantization_bit" if flags.get("quantization_bit") else "quant_method"
        fix = f"train without --{flag}, or go on with one folder"
    if wrong:
        yield Problem("checkpoint_dir", given, wrong, fix)
