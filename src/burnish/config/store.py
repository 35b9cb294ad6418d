"""sft_args.json: the resolved flags of a run, written with it and read again by what continues it.

What is read again never includes leave to run foreign code (--custom_register_path,
--allow_remote_code, --allow_pickle, --dataset file.py): a checkpoint may come from somebody else.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from burnish.config.config import Config, show
from burnish.config.flag import FlagInfo
from burnish.config.given import RECORD_KEY, Given
from burnish.config.groups.checkpoint import CheckpointGroup
from burnish.config.groups.data import DataGroup
from burnish.config.groups.deprecated import DeprecatedGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.optim import OF_ANY_LENGTH, OptimGroup
from burnish.config.groups.quant import QuantGroup
from burnish.config.groups.several import paths
from burnish.config.groups.tuner import TunerGroup
from burnish.core import manifest
from burnish.core.errors import BurnishError, Problem
from burnish.core.files import read_json, write_json

NAME = "sft_args.json"
NAMES = (NAME, "export_args.json")
IDENTITY = frozenset({"model_type", "model_id_or_path", "model_revision", "dtype", "rope_scaling"})
SPEECH = frozenset({"template_type", "system", "tools_prompt"})
BEGUN = frozenset({"checkpoint_dir", "resume_lora_training"})
LENGTH = frozenset({"max_length", "truncation_strategy"})
NEVER = frozenset(
    {"custom_register_path", "allow_remote_code", "allow_pickle", "allow_template_mismatch"}
)
REPLACED = {"num_train_epochs": "max_steps", "warmup_ratio": "warmup_steps"}
"""Where the first is typed, a saved value of the second, which would overrule it, is not read."""
DATA_SETS = ("dataset", "val_dataset", "custom_train_dataset_path", "custom_val_dataset_path")
MIX = ("train_dataset_mix_ratio", "train_dataset_mix_ds")
OF_DATA_SETS = ("train_dataset_sample", "val_dataset_sample", "self_cognition_sample", *MIX)
CODE = re.compile(r"\.py(?![\w.-])")
"""What an item of a data set holds that is a Python file, and hardly any other."""
FREE_TO_CHANGE = frozenset(
    {"num_train_epochs", "max_steps", "eval_batch_size", "preprocess_num_proc", "neftune_backend"}
)


def to_json(config: Config) -> dict[str, Any]:
    """The flags as JSON has them; secrets are null, local paths of models absolute."""
    values: dict[str, Any] = {RECORD_KEY: {"command": config.command}}
    for name, value in config.flat().items():
        secret = config.flags[name].meta.secret
        values[name] = None if secret else str(value) if isinstance(value, Path) else value
    path = values.get("model_id_or_path")
    if path and Path(path).exists():
        values["model_id_or_path"] = str(Path(path).resolve())
    return values


def save(config: Config, path: str | Path) -> None:
    """Write the flags of `config` to a file."""
    write_json(path, to_json(config))


def read(folder: Path) -> dict[str, Any]:
    """The flags saved in a checkpoint's folder, or in the run's folder around it.

    A file that does not agree with the checkpoint's manifest is passed over. Raises: BurnishError
    when there is none.
    """
    for path in _places(folder):
        if path.is_file() and _is_intact(path):
            values = read_json(path)
            if isinstance(values, dict):
                return values
    raise BurnishError(f"{folder}: holds no {NAME}, so its model and template are not known")


def _places(folder: Path) -> Iterable[Path]:
    yield from (folder / name for name in NAMES)
    if folder.name.startswith("checkpoint-"):  # a run's folder holds the same arguments
        yield from (folder.parent / name for name in NAMES)


def _is_intact(path: Path) -> bool:
    """Whether it is JSON and, where there is a manifest, the very bytes that were saved."""
    listing = path.parent / manifest.NAME
    try:
        json.loads(path.read_text(encoding="utf-8"))
        if not listing.exists():
            return True  # a run's own folder, or written by another tool
        files = json.loads(listing.read_text(encoding="utf-8"))["files"]
        return bool(files[path.name]["sha256"] == manifest.digest(path))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def take_last(given: Given) -> None:
    """Where a command asks a checkpoint, --checkpoint_dir a,b is --ckpt_dir b upon a."""
    named = given.values.get("checkpoint_dir")
    if "ckpt_dir" not in given.flags or not named:
        return
    if given.values.get("ckpt_dir") is not None:
        wrong = "names the last adapter, and so does --ckpt_dir"
        given.problems.append(Problem("checkpoint_dir", show(named), wrong, "give one of them"))
        return
    *before, last = named
    given.values |= {"checkpoint_dir": before or None, "ckpt_dir": paths([last])[0]}
    given.sources["ckpt_dir"] = given.sources["checkpoint_dir"]


def add_saved(given: Given) -> dict[str, Any]:
    """Add what the checkpoint says and nobody typed; returns all it says ({}: no checkpoint)."""
    folder = given.values.get("resume_from_checkpoint") or given.values.get("ckpt_dir")
    if folder is None or not folder.is_dir():
        return {}
    if given.values.get("load_args_from_ckpt_dir") is False:
        return {}
    flag = "resume_from_checkpoint" if "resume_from_checkpoint" in given.values else "ckpt_dir"
    try:
        saved = read(folder)
    except BurnishError as error:
        fix = "add --load_args_from_ckpt_dir false and name the model" if flag == "ckpt_dir" else ""
        wrong = str(error).partition(": ")[2]
        given.problems.append(Problem(flag, str(folder), wrong, fix))
        return {}
    _take_saved(given, saved)
    return saved


def _take_saved(given: Given, saved: dict[str, Any]) -> None:
    skipped: set[str] = set()
    if given.is_given("model_type") and not given.is_given("model_id_or_path"):
        skipped = {"model_id_or_path", "model_revision"}
    elif given.is_given("model_id_or_path"):
        skipped = {"model_revision"}
    skipped |= {old for new, old in REPLACED.items() if given.is_given(new)}
    if any(given.values.get(name) for name in DATA_SETS):
        skipped |= {*DATA_SETS, *OF_DATA_SETS}  # sets that were typed come in place of all saved
        if saved.get("val_dataset"):
            skipped.add("dataset_test_ratio")  # it was 0, since rows to validate with were given
    for name, info in given.flags.items():
        is_open = name in saved and name not in skipped | NEVER and not given.is_given(name)
        if is_open and _is_read_again(info, given):
            if name in DATA_SETS and (code := next(_code_in(saved[name]), None)):
                wrong = "is named by the checkpoint, which must not name code to run"
                given.problems.append(Problem(name, code, wrong, "type it to run that file"))
                given.doubtful.add(name)
                continue
            given.take(name, saved[name], "checkpoint")
    lost = saved.get("custom_register_path")
    if lost and not given.is_given("custom_register_path"):
        given.notes.append(
            f"the checkpoint was trained with --custom_register_path {lost}; "
            "give it again to load that file"
        )


def _code_in(data_sets: Any) -> Iterator[str]:
    """The items among data sets that are a Python file."""
    for given in data_sets if isinstance(data_sets, list) else [data_sets]:
        yield from (item for item in str(given).split(",") if CODE.search(item))


def _is_read_again(info: FlagInfo, given: Given) -> bool:
    if info.name in IDENTITY or info.name in SPEECH or info.group is QuantGroup:
        return True
    if "ckpt_dir" in given.values:
        is_data = info.group in (DataGroup, DeprecatedGroup)
        return info.name == "sft_type" or (
            is_data and bool(given.values.get("load_dataset_config"))
        )
    if _tunes(info) or info.name in LENGTH | BEGUN or info.name == "from_scratch":
        return True
    goes_on = given.values.get("resume_only_model") is not True
    return goes_on and (info.group in (LoopGroup, OptimGroup) or _hooks(info))


def _tunes(info: FlagInfo) -> bool:
    return info.group is TunerGroup or info.group.__module__.startswith("burnish.tuners.")


def _hooks(info: FlagInfo) -> bool:
    return bool(info.group.__module__.startswith("burnish.train.hooks."))


def other_base(config: Config, saved: dict[str, Any]) -> Iterator[Problem]:
    """Flags that would load other weights than those a strictly resumed run was trained upon."""
    is_resumed = "resume_from_checkpoint" in config.flags
    if not saved or not is_resumed or config[CheckpointGroup].resume_only_model:
        return
    current = to_json(config)
    for name, info in config.flags.items():
        matters = (info.group is QuantGroup and config.acts(name)) or name == "rope_scaling"
        if matters and name in saved and saved[name] != current[name]:
            wrong = f"loads other weights than the checkpoint's, which has {show(saved[name])}"
            if name == "rope_scaling":
                wrong = f"is not that of the checkpoint, which has {show(saved[name])}"
            fix = "leave it out, or add --resume_only_model true to start anew from its adapter"
            yield Problem(name, show(current[name]), wrong, fix)


def differences(config: Config, saved: dict[str, Any]) -> list[str]:
    """What a strictly resumed run does otherwise than the run that was saved, one note each."""
    is_resumed = "resume_from_checkpoint" in config.flags
    if not saved or not is_resumed or config[CheckpointGroup].resume_only_model:
        return []
    current = to_json(config)
    notes = _other_length(current, saved)
    for name, info in config.flags.items():
        matters = info.group in (DataGroup, LoopGroup, OptimGroup) or _tunes(info) or _hooks(info)
        if not (matters or name == "dtype") or name in FREE_TO_CHANGE:
            continue
        if name in saved and saved[name] != current[name]:
            now, then = show(current[name]), show(saved[name])
            notes.append(f"--{name} is {now}; the checkpoint was trained with {then}")
    return notes


def _other_length(current: dict[str, Any], saved: dict[str, Any]) -> list[str]:
    """A note where the run has another length, on which its learning rates depend."""
    now, then = _length(current), _length(saved)
    name = current["lr_scheduler_type"]
    is_share = name != "constant" and not current["warmup_steps"] and current["warmup_ratio"]
    if now == then or (name in OF_ANY_LENGTH and not is_share):
        return []
    return [
        f"the length of the run is {now}; the checkpoint was trained with {then}: the learning "
        f"rate of --lr_scheduler_type {name} goes on along the curve of the new length"
    ]


def _length(values: dict[str, Any]) -> str:
    """The flag that decides how long a run is, as it would be typed."""
    steps = values.get("max_steps")
    if isinstance(steps, int) and steps >= 0:
        return f"--max_steps {steps}"
    return f"--num_train_epochs {show(values.get('num_train_epochs'))}"
