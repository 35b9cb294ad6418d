"""A base model in fewer bits: what the flags ask for, whether it can be had, and how it is made.

bitsandbytes quantises as transformers loads; hqq's layers (half-quadratic quantisation) and our own
8-bit ones take the place of the linear layers behind it. The output head stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn
from transformers import BitsAndBytesConfig

from burnish.config.config import Config
from burnish.config.groups.quant import STATED, QuantGroup, method_of
from burnish.core.errors import ModelError, Problem, UsageError
from burnish.core.log import log
from burnish.core.require import is_installed, require
from burnish.nn import prequantised
from burnish.nn.kernels import verify
from burnish.nn.layers.fp8 import STEP, Fp8Linear, Ways

Method = Literal["bnb", "hqq", "fp8"]
DTYPES = {
    "fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16, "uint8": torch.uint8
}  # fmt: skip
GROUP_SIZE = 64
"""Weights that share a scale, for hqq."""
SETTINGS = ("nbits", "group_size", "axis")
PACKAGES = {"bnb": ("bitsandbytes", "quant"), "hqq": ("hqq", "hqq")}


@dataclass(frozen=True, slots=True)
class Quantisation:
    """How weights are to be quantised."""

    method: Method
    bits: int
    compute: torch.dtype = torch.float32
    """The arithmetic on 4-bit weights of bnb."""
    kind: str = "nf4"
    double: bool = True
    storage: torch.dtype | None = None
    axis: int = 0
    layers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """hqq: the settings of layers by the end of their name, in place of `bits` and `axis`."""

    def __str__(self) -> str:
        kind = f", {self.kind}" if self.method == "bnb" and self.bits == 4 else ""
        return f"{self.method}, {self.bits} bits{kind}" if self.bits else self.method


def asked(config: Config) -> Quantisation | None:
    """What the flags ask for; None: weights stay as they are.

    Raises:
        MissingPackage: what quantises is not installed.
        UsageError: settings for layers that cannot be read.
    """
    options, method = config[QuantGroup], method_of(config)
    if method not in ("bnb", "hqq", "fp8"):
        return None
    if method in PACKAGES:
        package, extra = PACKAGES[method]
        require(package, extra=extra, needed_by=f"--quant_method {method}")
    given = options.hqq_dynamic_config_path if method == "hqq" else None
    layers = read_layers(given) if given else {}
    bits = options.quantization_bit or (0 if layers else 8)
    stored = options.bnb_4bit_quant_storage
    return Quantisation(
        method=method,  # type: ignore[arg-type]
        bits=bits,
        compute=DTYPES[options.bnb_4bit_comp_dtype],
        kind=options.bnb_4bit_quant_type,
        double=options.bnb_4bit_use_double_quant,
        storage=DTYPES[stored] if stored else None,
        axis=options.hqq_axis,
        layers=layers,
    )


def read_layers(path: Path) -> dict[str, dict[str, int]]:
    """The settings of --hqq_dynamic_config_path: {"self_attn.q_proj": {"nbits": 4, ...}, ...}.

    Raises:
        UsageError: no JSON, or settings that hqq does not have.
    """

    def wrong(words: str) -> UsageError:
        fix = 'write {"self_attn.q_proj": {"nbits": 4, "group_size": 64}, ...}'
        return UsageError((Problem("hqq_dynamic_config_path", str(path), words, fix),))

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise wrong(f"cannot be read: {error}") from None
    if not isinstance(found, dict) or not found:
        raise wrong("holds no settings of layers")
    for name, settings in found.items():
        if not isinstance(settings, dict) or settings.keys() - set(SETTINGS):
            raise wrong(f"{name}: each layer has {', '.join(SETTINGS)} and nothing else")
        if settings.get("nbits", 8) not in (1, 2, 3, 4, 8) or settings.get("axis", 0) not in (0, 1):
            raise wrong(f"{name}: nbits is 1, 2, 3, 4 or 8, and axis 0 or 1")
        size = settings.get("group_size", GROUP_SIZE)
        if not isinstance(size, int) or size < 8 or size % 8:
            raise wrong(f"{name}: group_size is a multiple of 8")
    return found


def stated(config: Config) -> str | None:
    """What --quant_method says that the weights are quantised by already."""
    method = config[QuantGroup].quant_method
    return method if method in STATED else None


def quantised_as(config: Any) -> str | None:
    """What the weights behind a model's config are quantised by already: gptq, awq, ..."""
    found = prequantised.settings_of(config)
    if not found:
        return None
    kind = str(found.get("quant_method") or "")
    if not kind:
        kind = "bitsandbytes" if found.get("load_in_4bit") or found.get("load_in_8bit") else "?"
    return kind


def check_base(
    folder: Path, config: Any, quant: Quantisation | None, said: str | None = None
) -> None:
    """Whether weights that are quantised already can be opened, before they are read.

    Raises:
        ModelError: they would be quantised twice, are not what --quant_method says, lie in a layout
            that is not read, or the package that opens them is missing.
    """
    kind = quantised_as(config)
    if said is not None and said != kind:
        found = f"says {kind}" if kind else "says nothing of a quantisation"
        raise ModelError(
            f"--quant_method {said} says that the weights in {folder} are quantised by {said}; its "
            f"config.json {found}: leave --quant_method out, what the folder holds is seen there"
        )
    if kind is None:
        return
    if quant is not None:
        flag = f"--quant_method {quant.method}"
        raise ModelError(
            f"{folder} is quantised already ({kind}, says its config.json); {flag} would do it "
            "twice: leave --quantization_bit and --quant_method out"
        )
    if kind in prequantised.KINDS:
        prequantised.check_format(folder, config)
    if kind == "bitsandbytes" and not is_installed(kind):
        raise ModelError(
            f"{folder} holds weights that are quantised by {kind}, which is not installed: "
            "pip install 'burnish[quant]'"
        )
    if kind in ("hqq", "eetq", "aqlm"):
        raise ModelError(
            f"{folder} holds weights that are quantised by {kind}, which cannot be opened any "
            "more: take the full-precision model, and --quantization_bit to quantise it"
        )


def loading(quant: Quantisation | None) -> dict[str, Any]:
    """Arguments for `from_pretrained` that quantise while it loads."""
    if quant is None or quant.method != "bnb":
        return {}
    return {"quantization_config": bnb_config(quant)}


def bnb_config(quant: Quantisation) -> BitsAndBytesConfig:
    """transformers' words for it."""
    if quant.bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_compute_dtype=quant.compute,
        bnb_4bit_quant_type=quant.kind,
        bnb_4bit_use_double_quant=quant.double,
        bnb_4bit_quant_storage=quant.storage or torch.uint8,
    )


def keep_packing(model: nn.Module) -> None:
    """Keep bitsandbytes from laying out 4-bit weights anew at the first evaluation on a CPU: the
    same step would give other bits before and after it.
    """
    module: Any
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def replace(model: Any, quant: Quantisation, device: str, dtype: torch.dtype) -> Any:
    """The model on `device`, its linear layers but the head quantised, one after the other.

    Raises:
        ModelError: there is no linear layer to quantise, or one does not divide into groups.
    """
    make = {"hqq": hqq_layer, "fp8": fp8_layer, "bnb": bnb_layer}[quant.method]
    head, kept, made = model.get_output_embeddings(), 0, 0
    for name, module in list(model.named_modules()):
        if type(module) is not nn.Linear or module is head:
            continue
        layer = make(name, module, quant, device, dtype)
        if layer is None:
            kept += 1
            continue
        model.set_submodule(name, layer)
        made += 1
    if not made:
        raise ModelError(
            f"--quant_method {quant.method}: {type(model).__name__} has no linear layer that it "
            "can quantise; leave it out"
        )
    more = f"; {kept} stay as they are" if kept else ""
    log.info("quantised: %d linear layers (%s)%s", made, quant, more)
    if quant.method == "bnb":
        setattr(model, f"is_loaded_in_{quant.bits}bit", True)  # what peft looks at
        keep_packing(model)
    return model.to(device)


def hqq_layer(
    name: str, linear: nn.Linear, quant: Quantisation, device: str, dtype: torch.dtype
) -> nn.Module | None:
    """hqq's layer; None for one without settings where each has its own."""
    own = next((s for end, s in quant.layers.items() if ends_with(name, end)), None)
    if own is None and not quant.bits:
        return None
    settings = {"nbits": quant.bits or 8, "group_size": GROUP_SIZE, "axis": quant.axis}
    settings |= own or {}
    if linear.weight.numel() % settings["group_size"]:
        shape = " x ".join(map(str, linear.weight.shape))
        raise ModelError(
            f"--quant_method hqq: {name} ({shape}) does not divide into groups of "
            f"{settings['group_size']}; give another group_size in --hqq_dynamic_config_path"
        )
    kind, base_config = hqq_parts()
    linear.to(device)
    return kind(linear, base_config(**settings), compute_dtype=dtype, device=device)


@cache
def hqq_parts() -> tuple[Any, Any]:
    """hqq's layer, which tells peft where it lies, and its settings."""
    from hqq.core.quantize import BaseQuantizeConfig, HQQLinear  # noqa: PLC0415  (an extra)

    class HqqLinear(HQQLinear):  # type: ignore[misc]
        """peft puts an adapter on the device of `weight`."""

        @property
        def weight(self) -> Any:
            return self.W_q

    return HqqLinear, BaseQuantizeConfig


def fp8_layer(
    name: str, linear: nn.Linear, quant: Quantisation, device: str, dtype: torch.dtype
) -> nn.Module | None:
    """Our 8-bit layer; None where the GPU's 8-bit units cannot take the shape."""
    if linear.in_features % STEP or linear.out_features % STEP:
        return None
    ways = Ways()
    if device != "cpu":
        ways = Ways(verify.fp8_works(device, dtype), verify.float8_works(device, dtype))
    return Fp8Linear(linear, device, ways)


def bnb_layer(
    name: str, linear: nn.Linear, quant: Quantisation, device: str, dtype: torch.dtype
) -> nn.Module:
    """bitsandbytes' layer, for weights that no file gives."""
    import bitsandbytes as bnb  # noqa: PLC0415  (an extra)

    shape = linear.in_features, linear.out_features, linear.bias is not None
    weight = linear.weight.detach()
    layer: Any
    if quant.bits == 8:
        layer = bnb.nn.Linear8bitLt(*shape, has_fp16_weights=False, device="meta")
        layer.weight = bnb.nn.Int8Params(
            weight.to("cpu"), requires_grad=False, has_fp16_weights=False
        )
    else:
        layer = bnb.nn.Linear4bit(
            *shape,
            compute_dtype=quant.compute,
            compress_statistics=quant.double,
            quant_type=quant.kind,
            quant_storage=quant.storage or torch.uint8,
            device="meta",
        )
        layer.weight = bnb.nn.Params4bit(
            weight,
            requires_grad=False,
            compress_statistics=quant.double,
            quant_type=quant.kind,
            quant_storage=quant.storage or torch.uint8,
            module=layer,
        )
    if linear.bias is not None:
        layer.bias = nn.Parameter(linear.bias.detach(), requires_grad=False)
    return layer.to(device)


def ends_with(name: str, end: str) -> bool:
    """Whether a module's path is `end`, or ends in it behind a dot."""
    return name == end or name.endswith("." + end)


def is_packed(parameter: nn.Parameter) -> bool:
    """Whether a parameter holds packed weights, whatever number format they are stored in."""
    return not parameter.is_floating_point() or hasattr(parameter, "quant_state")


def is_quantised(model: nn.Module) -> bool:
    """Whether some of the model's weights are packed."""
    return any(is_packed(parameter) for parameter in model.parameters())


def count(model: nn.Module) -> int:
    """How many weights a model has: packed ones count as what they stand for."""
    total = 0
    seen: set[int] = set()  # a tied weight is one
    module: Any
    for module in model.modules():
        for own in module.parameters(recurse=False):
            if id(own) in seen:
                continue
            seen.add(id(own))
            packed = is_packed(own) and own.ndim > 1 and hasattr(module, "in_features")
            total += module.in_features * module.out_features if packed else own.numel()
    return total
