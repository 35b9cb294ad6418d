"""What this machine cannot do: asked last, since it may load torch."""

from collections.abc import Iterator

from burnish.config.backend import runs_here
from burnish.config.config import Config, show
from burnish.config.groups.distributed import DistributedGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.quant import QuantGroup, method_of
from burnish.core.errors import Problem
from burnish.core.facts import Facts


def check_machine(config: Config, facts: Facts) -> list[Problem]:
    """A problem for each flag whose wish cannot be had here."""
    return [problem for rule in RULES for problem in rule(config, facts)]


def half_precision(config: Config, facts: Facts) -> Iterator[Problem]:
    """A CPU has no float16 arithmetic."""
    if "dtype" not in config.flags or config.sources["dtype"] == "rule":
        return
    if config[ModelGroup].dtype == "fp16" and facts.device == "cpu":
        yield Problem("dtype", "fp16", "cannot be computed on a CPU", "use fp32 or bf16")


def fused_kernels(config: Config, facts: Facts) -> Iterator[Problem]:
    """Liger's kernels are written for GPUs."""
    if LoopGroup not in config or not config[LoopGroup].use_liger:
        return
    if facts.device == "cpu":
        wrong = "needs a GPU: its kernels are written for one"
        yield Problem("use_liger", "true", wrong, "leave it out")
    elif not facts.installed("liger_kernel"):
        wrong = "needs the package liger-kernel, which is not installed"
        yield Problem("use_liger", "true", wrong, "pip install 'burnish[liger]'")


def share_of_memory(config: Config, facts: Facts) -> Iterator[Problem]:
    """A CPU's memory has no shares."""
    fraction = config[LoopGroup].gpu_memory_fraction if LoopGroup in config else None
    if fraction is not None and facts.device == "cpu":
        wrong = "is a share of a GPU's memory, and there is no GPU"
        yield Problem("gpu_memory_fraction", str(fraction), wrong, "leave it out")


def exchange(config: Config, facts: Facts) -> Iterator[Problem]:
    """NCCL joins GPUs, and is what carries quantised weights there; CPUs have gloo alone, which a
    run's own arguments name.
    """
    if DistributedGroup not in config or config.sources["ddp_backend"] == "rule":
        return
    backend = config[DistributedGroup].ddp_backend
    if backend == "nccl" and facts.device == "cpu":
        yield Problem("ddp_backend", "nccl", "needs GPUs, and there is none", "use gloo")
    is_typed = config.sources["ddp_backend"] in ("command line", "python")
    packed = QuantGroup in config and config[QuantGroup].quantization_bit
    if backend == "gloo" and packed and (is_typed or facts.device != "cpu"):
        fix = "use nccl" if facts.device != "cpu" else "use nccl, or leave it out on a CPU"
        yield Problem("ddp_backend", "gloo", "cannot be combined with --quantization_bit", fix)


def dora_in_8_bits(config: Config, facts: Facts) -> Iterator[Problem]:
    """DoRA needs the length of the weights, and so the weights."""
    if not config.flags.keys() >= {"use_dora", "quantization_bit"} or facts.device != "cpu":
        return
    is_int8 = method_of(config) == "bnb" and config[QuantGroup].quantization_bit == 8
    if is_int8 and config.value("use_dora") is True:
        wrong = "cannot read bitsandbytes' 8-bit weights on a CPU"
        yield Problem("use_dora", "true", wrong, "use --quantization_bit 4")


def devices(config: Config, facts: Facts) -> Iterator[Problem]:
    """A memory cap for each GPU that this process sees, and no more."""
    if "device_max_memory" not in config.flags:
        return
    caps = config[ModelGroup].device_max_memory
    if not caps:
        return
    if len(caps) != facts.num_devices:
        wrong = f"names {len(caps)} GPUs; this process sees {facts.num_devices}"
        fix = "give one cap for each" if facts.num_devices else "leave it out"
        yield Problem("device_max_memory", show(caps), wrong, fix)
    elif facts.world_size > 1:
        wrong = "spreads a model over all GPUs, so it needs a single process"
        yield Problem("device_max_memory", show(caps), wrong, "leave it out, or start one process")


RULES = (
    half_precision, fused_kernels, share_of_memory, dora_in_8_bits, devices, runs_here, exchange
)  # fmt: skip
