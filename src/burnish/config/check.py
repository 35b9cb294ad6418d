"""Rules across flags: each looks at a Config before defaults are derived and yields contradictions.

A rule names the flags it reads; it is not asked when one of them could not be read itself, since
what it would say then may be wrong. It must not read an AUTO flag unless it was typed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from burnish.config.config import Config, show
from burnish.config.groups.checkpoint import CheckpointGroup
from burnish.config.groups.data import DataGroup
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.infer import InferGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.quant import STATED, QuantGroup, method_of
from burnish.config.groups.template import TemplateGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import Problem, UsageError
from burnish.core.registry import MODELS, TEMPLATES, Registry, nearest

Check = Callable[[Config], Iterator[Problem]]
CHECKPOINT = re.compile(r"checkpoint-\d+")
"""A folder of training; what is made of it (-merged, ...) is a model."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check and the flags it reads; `about_missing` ones ask for a flag that was not given."""

    check: Check
    reads: frozenset[str]
    about_missing: bool


RULES: list[Rule] = []


def rule(*reads: str, about_missing: bool = False) -> Callable[[Check], Check]:
    """Add a check to RULES; it is asked only of commands that take all the flags it reads."""

    def add(check: Check) -> Check:
        RULES.append(Rule(check, frozenset(reads), about_missing))
        return check

    return add


def _problem(config: Config, flag: str, wrong: str, fix: str = "") -> Problem:
    value = config.value(flag)
    return Problem(flag, show(value) if value not in (None, []) else "", wrong, fix)


ON_PLAIN_LAYERS = {"lora", "longlora", "adapter", "reft", "p_tuning"}
ON_PACKED = ON_PLAIN_LAYERS | {"adalora", "ia3", "vera"}
ON_QUANTISED = {
    "bnb": ON_PACKED,
    "hqq": ON_PLAIN_LAYERS,
    "fp8": ON_PLAIN_LAYERS,
    "bitsandbytes": ON_PACKED,  # from here on: what a model's folder says
    "gptq": ON_PACKED,
    "awq": ON_PACKED,
    "aqlm": ON_PACKED,
}
"""Tuners that leave the weights as they are that were quantised so."""


@rule("quant_method", "quantization_bit", "sft_type", "learning_rate")
def full_weights_are_not_quantised(config: Config) -> Iterator[Problem]:
    """Quantised weights cannot be changed, nor be read by every adapter."""
    kind, method = config[TunerGroup].sft_type, method_of(config)
    named = config[QuantGroup].quant_method in STATED and config.command != "export"
    if method == "eetq" or (method is None and not named):
        return
    if kind in ON_QUANTISED.get(method or str(config[QuantGroup].quant_method), ()):
        return
    flag = "quantization_bit" if config[QuantGroup].quantization_bit else "quant_method"
    fix = f"use --sft_type lora, or drop --{flag}"
    yield _problem(config, flag, f"cannot be combined with --sft_type {kind}", fix)


@rule("quant_method", "quantization_bit")
def bits_that_the_method_has(config: Config) -> Iterator[Problem]:
    """bnb has 4 and 8 bits, fp8 8; already quantised weights are not quantised again."""
    group = config[QuantGroup]
    method, bits = group.quant_method, group.quantization_bit
    if method == "eetq":
        wrong = (
            "is not available: the eetq package was built for Python 3.10 alone, and its kernels "
            "need a GPU and a download"
        )
        fix = "use --quant_method bnb --quantization_bit 8, which is int8 as well, or fp8"
        yield _problem(config, "quant_method", wrong, fix)
    elif method == "bnb" and bits in (1, 2, 3):
        fix = "use 4 or 8, or --quant_method hqq"
        yield _problem(config, "quantization_bit", "is not a number of bits that bnb has", fix)
    elif method == "bnb" and not bits and config.sources["quant_method"] != "checkpoint":
        wrong = "needs --quantization_bit: with 0 the weights stay as they are"
        yield _problem(config, "quant_method", wrong, "add --quantization_bit 4 or 8")
    elif method == "fp8" and bits not in (0, 8):
        yield _problem(config, "quantization_bit", "is not 8, as fp8 is", "leave it out")
    elif method in STATED and bits:
        wrong = f"cannot be combined with --quant_method {method}: those weights are quantised"
        yield _problem(config, "quantization_bit", wrong, "leave it out")


@rule("quant_method", "quantization_bit", "init_lora_weights", "sft_type")
def pissa_changes_the_base(config: Config) -> Iterator[Problem]:
    """PiSSA takes its directions out of the base weights, which quantised ones do not let."""
    start = str(config.value("init_lora_weights"))
    stated = config[QuantGroup].quant_method in STATED
    packed = stated or method_of(config) is not None
    if config[TunerGroup].sft_type == "lora" and start.startswith("pissa") and packed:
        wrong = "changes the base weights, which are quantised here"
        yield _problem(config, "init_lora_weights", wrong, "leave it out")


@rule("hqq_dynamic_config_path", "quant_method")
def layer_settings_are_there(config: Config) -> Iterator[Problem]:
    """--hqq_dynamic_config_path names a file."""
    path = config[QuantGroup].hqq_dynamic_config_path
    if path is not None and not path.is_file():
        yield _problem(config, "hqq_dynamic_config_path", "is not a file")


@rule("quant_method", "quantization_bit", "device_map_config", "device_max_memory")
def layers_are_replaced_on_one_device(config: Config) -> Iterator[Problem]:
    """hqq and fp8 put their layers on one device, one after the other."""
    method = method_of(config)
    for name in ("device_map_config", "device_max_memory"):
        if method in ("hqq", "fp8") and config.value(name):
            wrong = f"cannot be combined with --quant_method {method}, which uses one device"
            yield _problem(config, name, wrong, "leave it out, or use --quant_method bnb")


@rule("rope_scaling", "max_length", "learning_rate")
def stretched_to_what(config: Config) -> Iterator[Problem]:
    """Positions are stretched until --max_length fits."""
    if config[ModelGroup].rope_scaling and config[TemplateGroup].max_length is None:
        wrong = "stretches positions until --max_length fits, which is not given"
        yield _problem(config, "rope_scaling", wrong, "give --max_length")


def _needs_full(config: Config, flag: str) -> Iterator[Problem]:
    kind = config[TunerGroup].sft_type
    if config.value(flag) and kind != "full":
        fix = f"use --sft_type full, or drop --{flag}"
        yield _problem(config, flag, f"cannot be combined with --sft_type {kind}", fix)


@rule("sft_type", "freeze_parameters_ratio")
def ratio_needs_full(config: Config) -> Iterator[Problem]:
    """An adapter freezes the whole base anyway."""
    yield from _needs_full(config, "freeze_parameters_ratio")


@rule("sft_type", "additional_trainable_parameters")
def additional_needs_full(config: Config) -> Iterator[Problem]:
    """An adapter trains base weights through --modules_to_save."""
    yield from _needs_full(config, "additional_trainable_parameters")


@rule("resume_only_model", "resume_from_checkpoint")
def only_model_of_what(config: Config) -> Iterator[Problem]:
    """Taking only the weights of a checkpoint needs a checkpoint."""
    group = config[CheckpointGroup]
    if group.resume_only_model and group.resume_from_checkpoint is None:
        fix = "add --resume_from_checkpoint FOLDER"
        yield _problem(config, "resume_only_model", "needs a checkpoint to resume from", fix)


@rule("resume_from_checkpoint")
def checkpoint_is_there(config: Config) -> Iterator[Problem]:
    """A run goes on from something; one that was killed before it made its folder begins."""
    options = config[CheckpointGroup]
    folder = options.resume_from_checkpoint
    own = not options.add_output_dir_suffix and Path(str(options.output_dir)) == folder
    if folder is not None and not folder.is_dir() and not (own and not folder.exists()):
        yield _problem(config, "resume_from_checkpoint", "is not a folder")


@rule("ckpt_dir")
def tuned_model_is_there(config: Config) -> Iterator[Problem]:
    """--ckpt_dir names a folder that exists."""
    folder = config[InferGroup].ckpt_dir
    if folder is not None and not folder.is_dir():
        yield _problem(config, "ckpt_dir", "is not a folder")


@rule("custom_register_path")
def register_file_is_there(config: Config) -> Iterator[Problem]:
    """--custom_register_path names a Python file."""
    path = config[ExtendGroup].custom_register_path
    if path is not None and (path.suffix != ".py" or not path.is_file()):
        yield _problem(config, "custom_register_path", "is not a Python file")


def _must_be_registered(config: Config, flag: str, registry: Registry) -> Iterator[Problem]:
    name = config.value(flag)
    if name in (None, "AUTO") or name in registry:
        return
    try:
        registry.find(name)  # an installed package may bring it
    except UsageError:
        close = nearest(name, registry.names())
        what = f"{registry.kind}s"
        fix = (
            f"did you mean {close}?"
            if close
            else f"burnish list {registry.kind.split()[0]}s shows them"
        )
        yield _problem(config, flag, f"is not one of the {what} burnish knows", fix)


@rule("model_type")
def model_is_known(config: Config) -> Iterator[Problem]:
    """--model_type is a name of the catalogue."""
    yield from _must_be_registered(config, "model_type", MODELS)


@rule("template_type")
def template_is_known(config: Config) -> Iterator[Problem]:
    """--template_type is a name of the catalogue."""
    yield from _must_be_registered(config, "template_type", TEMPLATES)


@rule("streaming", "max_steps")
def a_stream_has_no_length(config: Config) -> Iterator[Problem]:
    """Epochs of a stream cannot be counted."""
    if config[DataGroup].streaming and config[LoopGroup].max_steps < 0:
        yield _problem(config, "streaming", "needs --max_steps", "say how many steps to train")


@rule("packing", "max_length", "lazy_tokenize", "streaming")
def packing_needs_lengths(config: Config) -> Iterator[Problem]:
    """Rows are packed by the lengths of all sequences, up to the longest one allowed."""
    if config[DataGroup].streaming is True:  # which packs nothing: config/adjust.py
        return
    if config[DataGroup].packing and config[DataGroup].lazy_tokenize is True:  # it may be AUTO
        yield _problem(config, "packing", "needs the lengths of all samples",
                       "leave --lazy_tokenize out")  # fmt: skip
    if config[DataGroup].packing and config[TemplateGroup].max_length is None:
        yield _problem(config, "packing", "fills rows of --max_length", "give --max_length")


@rule("batching_strategy", "packing", "streaming", "lazy_tokenize", "test_oom_error")
def one_way_of_batching(config: Config) -> Iterator[Problem]:
    """The recipes' strategies order all samples themselves."""
    data = config[DataGroup]
    for name in ("packing", "streaming", "lazy_tokenize", "test_oom_error"):
        if data.batching_strategy and getattr(data, name) is True:
            yield _problem(config, "batching_strategy", f"does not go with --{name}")


@rule("load_dataset_config", "load_args_from_ckpt_dir", "ckpt_dir")
def data_settings_of_what(config: Config) -> Iterator[Problem]:
    """Data settings come with the other settings of a checkpoint."""
    group = config[InferGroup]
    if group.load_dataset_config and not (group.load_args_from_ckpt_dir and group.ckpt_dir):
        yield _problem(
            config, "load_dataset_config", "needs --ckpt_dir and --load_args_from_ckpt_dir true"
        )


@rule("eval_human", "dataset", "val_dataset", "load_dataset_config")
def nothing_to_answer(config: Config) -> Iterator[Problem]:
    """Without a chat there must be data."""
    given = config[DataGroup].dataset or config[DataGroup].val_dataset
    if config[InferGroup].eval_human is False and not given:
        fix = "add --val_dataset FILE, or drop it to chat"
        yield _problem(config, "eval_human", "needs a data set to answer", fix)


@rule("merge_lora", "ckpt_dir")
def merge_needs_an_adapter(config: Config) -> Iterator[Problem]:
    """Merging needs an adapter."""
    if config[InferGroup].merge_lora and config[InferGroup].ckpt_dir is None:
        yield _problem(config, "merge_lora", "needs the adapter's folder", "add --ckpt_dir FOLDER")


@rule("model_id_or_path", "ckpt_dir")
def a_checkpoint_is_not_a_model(config: Config) -> Iterator[Problem]:
    """An adapter's folder is given with --ckpt_dir."""
    path = config[ModelGroup].model_id_or_path
    if (
        path
        and config[InferGroup].ckpt_dir is None
        and CHECKPOINT.fullmatch(path.rstrip("/").rpartition("/")[2])
    ):
        yield _problem(
            config, "model_id_or_path", "looks like a checkpoint", f"use --ckpt_dir {path}"
        )


@rule("dataset_test_ratio", "val_dataset", "learning_rate")
def something_to_train_on(config: Config) -> Iterator[Problem]:
    """A ratio of 1 leaves nothing to train on."""
    if config[DataGroup].dataset_test_ratio == 1 and not config[DataGroup].val_dataset:
        yield _problem(
            config, "dataset_test_ratio", "leaves no rows to train on", "use less than 1"
        )


@rule("model_type", "model_id_or_path", "resume_from_checkpoint", about_missing=True)
def a_model_to_train(config: Config) -> Iterator[Problem]:
    """Training needs a model."""
    group = config[ModelGroup]
    if group.model_type or group.model_id_or_path or config[CheckpointGroup].resume_from_checkpoint:
        return
    fix = (
        "give --model_type NAME or --model_id_or_path FOLDER; demo is a small one that comes along"
    )
    yield Problem("model_type", "", "is missing: which model?", fix)


@rule("model_type", "model_id_or_path", "ckpt_dir", about_missing=True)
def a_model_to_talk_to(config: Config) -> Iterator[Problem]:
    """Inference needs a model; merging needs an adapter."""
    given = config[InferGroup].ckpt_dir is not None
    if config.command == "merge-lora" and not given:
        yield Problem("ckpt_dir", "", "is missing: which adapter?", "add --ckpt_dir FOLDER")
    elif (
        not given and not config[ModelGroup].model_type and not config[ModelGroup].model_id_or_path
    ):
        fix = "give --ckpt_dir FOLDER, --model_type NAME or --model_id_or_path FOLDER"
        yield Problem("ckpt_dir", "", "is missing: which model?", fix)


@rule("dataset", "learning_rate", about_missing=True)
def data_to_train_on(config: Config) -> Iterator[Problem]:
    """Training needs data."""
    if not config[DataGroup].dataset:
        yield Problem("dataset", "", "is missing: train on what?", "give --dataset FILE")


def check(config: Config, doubtful: frozenset[str], *, unknown_flags: bool) -> list[Problem]:
    """What contradicts in `config`.

    doubtful       flags that could not be read, or were probably meant by a misspelled one
    unknown_flags  whether there were any: a flag that seems missing may be one of them
    """
    extra = [
        Rule(function, frozenset(), False)
        for group in config
        for function in type(group).__group__.check
    ]
    return [
        problem
        for each in (*RULES, *extra)
        if each.reads <= config.flags.keys()
        and not each.reads & doubtful
        and not (each.about_missing and unknown_flags)
        for problem in each.check(config)
    ]
