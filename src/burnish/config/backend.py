"""What can be combined with --tuner_backend unsloth, and what this machine must have for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from burnish.config.config import show
from burnish.config.groups.quant import method_of
from burnish.core.errors import Problem
from burnish.core.require import is_installed

if TYPE_CHECKING:
    from burnish.config.config import Config
    from burnish.core.facts import Facts

NAME = "unsloth"
REFUSED = {
    "use_liger": "both replace the same layers",
    "use_flash_attn": "it brings its own attention",
    "rope_scaling": "it stretches positions in its own way",
    "device_map_config": "it holds the whole model on one GPU",
    "device_max_memory": "it holds the whole model on one GPU",
    "from_scratch": "it reads weights from files",
    "allow_remote_code": "it knows the families of transformers only",
    "lisa_activated_layers": "its backward pass is for weights that are trained in every step",
    "bnb_4bit_quant_storage": "its kernels read packed weights as bytes",
    "checkpoint_dir": "its kernels know one adapter",
}
"""Flags that must keep their defaults, and why."""
FIX = "leave it out, or use --tuner_backend peft, which trains the same weights"


def is_asked(config: "Config") -> bool:
    """Whether Unsloth is to drive the model."""
    return "tuner_backend" in config.flags and config.value("tuner_backend") == NAME


def goes_with_unsloth(config: "Config") -> Iterator[Problem]:
    """Every setting is passed on to Unsloth or refused."""
    if not is_asked(config):
        return
    if not is_installed(NAME):
        wrong = "needs the package unsloth, which is not installed here"
        fix = (
            "pip install 'burnish[unsloth]' into an environment of its own, since it holds "
            "transformers back; or use --tuner_backend peft, which trains the same weights"
        )
        yield Problem("tuner_backend", NAME, wrong, fix)
    kind = config.value("sft_type")
    if kind not in ("lora", "full"):
        fix = "use --sft_type lora or full, or leave --tuner_backend out"
        yield Problem("tuner_backend", NAME, f"cannot be combined with --sft_type {kind}", fix)
    for name, why in REFUSED.items():
        if name in config.flags and config.value(name) != config.flags[name].default:
            yield _refused(config, name, why)
    yield from _of_numbers(config)


def _of_numbers(config: "Config") -> Iterator[Problem]:
    """4-bit weights are its own kind; full tuning has no float32 beside float16."""
    bits, method = config.value("quantization_bit"), method_of(config)
    if method not in (None, "bnb"):
        flag = "quant_method" if config.value("quant_method") == method else "quantization_bit"
        yield _refused(config, flag, "its kernels read 4 bits of bitsandbytes only")
    elif bits not in (0, 4):
        yield _refused(config, "quantization_bit", "its kernels read 4 bits only")
    elif bits and config.value("bnb_4bit_quant_type") != "nf4":
        yield _refused(config, "bnb_4bit_quant_type", "its kernels read nf4 only")
    elif bits and not config.value("bnb_4bit_use_double_quant"):
        wrong = "its kernels read constants that are quantised as well"
        yield _refused(config, "bnb_4bit_use_double_quant", wrong)
    if config.value("sft_type") == "full" and config.value("dtype") == "fp16":
        yield _refused(config, "dtype", "full tuning in float16 computes in two formats; use bf16")


def _refused(config: "Config", name: str, why: str) -> Problem:
    wrong = f"cannot be combined with --tuner_backend unsloth: {why}"
    return Problem(name, show(config.value(name)), wrong, FIX)


def runs_here(config: "Config", facts: "Facts") -> Iterator[Problem]:
    """Unsloth wants one process and a GPU."""
    if not is_asked(config):
        return
    if facts.device == "cpu":
        yield Problem("tuner_backend", NAME, "needs a GPU: its kernels are written for one", FIX)
    elif facts.world_size > 1:
        wrong = f"trains on one GPU, and {facts.world_size} processes were started"
        fix = "start one process, or use --tuner_backend peft"
        yield Problem("tuner_backend", NAME, wrong, fix)
