"""Derived defaults: one function for each AUTO flag of the general groups, named after it.

A function's docstring is the default that help prints. They are applied from top to bottom, so a
rule may read what the ones above it gave. Rules of a tuner's own flags live in its file.
"""

import inspect
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from burnish.config.config import Config
from burnish.config.flag import AUTO, infos_of
from burnish.config.groups.data import DataGroup
from burnish.config.groups.infer import InferGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.quant import method_of
from burnish.config.groups.rlhf import RlhfGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.config.groups.validation import ValidationGroup
from burnish.core.facts import Facts
from burnish.core.registry import MODELS

Rule = Callable[[Config, Facts], Any]
NAMED = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp16"}
"""Number formats in a config.json, and what answers are computed in; float32 takes too much."""


def learning_rate(config: Config, facts: Facts) -> float:
    """1e-5 with --sft_type full, else 1e-4"""
    return 1e-5 if config[TunerGroup].sft_type == "full" else 1e-4


def dataset_seed(config: Config, facts: Facts) -> int:
    """that of --seed"""
    return config[LoopGroup].seed


def eval_batch_size(config: Config, facts: Facts) -> int:
    """that of --batch_size; 1 with --predict_with_generate"""
    return 1 if config[ValidationGroup].predict_with_generate else config[LoopGroup].batch_size


def gradient_accumulation_steps(config: Config, facts: Facts) -> int:
    """16 / batch_size / number of processes, rounded up"""
    return math.ceil(16 / config[LoopGroup].batch_size / facts.world_size)


def save_steps(config: Config, facts: Facts) -> int:
    """that of --eval_steps"""
    return config[ValidationGroup].eval_steps


def lazy_tokenize(config: Config, facts: Facts) -> bool:
    """false"""
    return False


def dtype(config: Config, facts: Facts) -> str:
    """fp32 on a CPU, fp16 without bf16, else as suits the model, mostly bf16; to answer, its own"""
    given = config[ModelGroup].model_id_or_path
    answers = InferGroup in config and given is not None
    folder = Path(given) if answers and given else None
    return dtype_for(facts, folder, None if facts.device == "cpu" else _suits(config))


def quant_method(config: Config, facts: Facts) -> str | None:
    """bnb for 4 and 8 bits, hqq for other --quantization_bit, none without"""
    return method_of(config)


def bnb_4bit_comp_dtype(config: Config, facts: Facts) -> str:
    """that of --dtype"""
    return config[ModelGroup].dtype


def ddp_backend(config: Config, facts: Facts) -> str | None:
    """none for one process, nccl on GPUs, gloo on CPUs"""
    if facts.world_size == 1:
        return None
    return "nccl" if facts.device == "cuda" else "gloo"


def infer_backend(config: Config, facts: Facts) -> str:
    """pt"""
    return "pt"


def eval_human(config: Config, facts: Facts) -> bool:
    """true unless data sets are given"""
    return not (config[DataGroup].dataset or config[DataGroup].val_dataset)


def merge_device_map(config: Config, facts: Facts) -> str:
    """auto when merging is the whole job, cpu when something follows"""
    return "auto" if config.command == "merge-lora" else "cpu"


def beta(config: Config, facts: Facts) -> float:
    """2.0 for simpo, else 0.1"""
    return 2.0 if config[RlhfGroup].rlhf_type == "simpo" else 0.1


def loss_type(config: Config, facts: Facts) -> str | None:
    """sigmoid for dpo and cpo, simpo for simpo, kto for kto"""
    kind = config[RlhfGroup].rlhf_type
    return {"dpo": "sigmoid", "cpo": "sigmoid", "simpo": "simpo", "kto": "kto"}.get(kind)


RULES: dict[str, Rule] = {
    name: rule
    for name, rule in list(vars(sys.modules[__name__]).items())
    if inspect.isfunction(rule) and rule.__module__ == __name__
}


def _suits(config: Config) -> str | None:
    """The number format that the catalogue names for --model_type, or for an id on a hub."""
    name, given = config[ModelGroup].model_type, config[ModelGroup].model_id_or_path
    if name and name in MODELS:
        return getattr(MODELS.find(name), "dtype", None)
    if name or not given or Path(given).is_dir():
        return None
    specs = (MODELS.find(known) for known in MODELS)
    hubs = (s for s in specs if given.lower() in {str(s.hf).lower(), str(s.ms).lower()})
    return getattr(next(hubs, None), "dtype", None)


def named_dtype(folder: Path) -> str | None:
    """What the config.json of a model folder says of its number format, if anything: float32."""
    try:
        named = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # on a hub, perhaps, or damaged: whoever loads it says so
    inner = named.get("text_config") if isinstance(named, dict) else None
    for part in (named, inner):
        if isinstance(part, dict) and (text := part.get("dtype") or part.get("torch_dtype")):
            return str(text).removeprefix("torch.")
    return None


def rules_for(group: type) -> dict[str, Rule]:
    """The rules of the AUTO flags of one group, its own or the general ones."""
    own = {rule.__name__: rule for rule in group.__group__.derive}  # type: ignore[attr-defined]
    general = {name: RULES[name] for name in infos_of(group) if name in RULES}
    return {**general, **own}


def dtype_for(facts: Facts, folder: Path | None = None, suits: str | None = None) -> str:
    """The --dtype of AUTO on this machine: with what `suits` a registered type, that; with the
    folder of a model, that model's own.
    """
    if facts.device == "cpu":
        return "fp32"
    if not facts.supports_bf16:
        return "fp16"
    named = NAMED.get(named_dtype(folder) or "") if folder else None
    return suits or named or "bf16"


def words(rule: Rule) -> str:
    """What help prints as the default that a rule gives."""
    return (rule.__doc__ or "").strip()


def derive(config: Config, facts: Facts) -> Config:
    """`config` with every AUTO replaced by what its rule gives."""
    rules = dict(RULES)
    for group in config:
        rules.update(rules_for(type(group)))
    for name, rule in rules.items():
        if name in config.flags and config.value(name) is AUTO:
            config = config.replace("rule", words(rule), **{name: rule(config, facts)})
    left = [name for name, value in config.flat().items() if value is AUTO]
    assert not left, f"no rule gives a default to {', '.join(left)}"
    return config
