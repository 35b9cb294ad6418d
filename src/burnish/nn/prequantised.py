"""Models whose weights are packed already, by GPTQ or AWQ: what their files hold, and how it is
read.

transformers fills the tensors; which linear layers are packed, in how many bits and in which groups
is taken from the files themselves, so that layers that were left out or have settings of their own
are read as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from transformers.quantizers import HfQuantizer, register_quantizer
from transformers.utils.quantization_config import QuantizationConfigMixin

from burnish.core.errors import ModelError
from burnish.core.log import log
from burnish.nn.layers.grouped import WORD, GroupedLinear, Packing

KINDS = ("gptq", "awq")
NAME = "burnish-packed"
"""What transformers calls the reader of this file."""
PARTS = ("qweight", "qzeros", "scales", "g_idx", "bias")
DTYPES = {
    "I32": torch.int32, "I64": torch.int64, "F16": torch.float16, "BF16": torch.bfloat16,
    "F32": torch.float32,
}  # fmt: skip
Layers = dict[str, dict[str, Tensor]]
"""By the name of a packed layer: its tensors' shapes and number formats, without content."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The packed layers of a folder."""

    kind: str
    less: bool
    layers: Layers


def settings_of(config: Any) -> dict[str, Any]:
    """What a model's config says of its quantisation; empty: nothing."""
    found = getattr(config, "quantization_config", None)
    if found is None:  # of a model of several parts, that of the text
        found = getattr(config.get_text_config(), "quantization_config", None)
    if found is None:
        return {}
    if not isinstance(found, dict):
        if not hasattr(found, "to_dict"):
            raise ModelError(f"config.json: quantization_config is {found!r}, no JSON object")
        found = found.to_dict()
    settings = dict(found)
    if kind := settings.get("quant_method"):
        settings["quant_method"] = str(kind).lower()
    return settings


def check_format(folder: Path, config: Any) -> None:
    """Raises: ModelError when the config names a layout that is not read here."""
    settings = settings_of(config)
    kind = settings.get("quant_method")
    said = [settings.get(n) for n in ("checkpoint_format", "format", "version")]
    layout = str(next((word for word in said if word), "gptq" if kind == "gptq" else "gemm"))
    known = {"gptq": ("gptq", "gptq_v2"), "awq": ("gemm",)}[str(kind)]
    bits = settings.get("bits", settings.get("w_bit", 4))
    bits = int(bits) if str(bits).isdigit() else bits
    if layout.lower() not in known:
        raise ModelError(
            f"{folder} holds {kind} weights laid out as {layout}; of {kind}, {' and '.join(known)} "
            "are read: take a copy of the model in one of those, or in full precision"
        )
    if bits not in ((2, 3, 4, 8) if kind == "gptq" else (4,)):
        raise ModelError(f"{folder} holds {kind} weights of {bits} bits, which are not read")


def read_stored(folder: Path, config: Any) -> Stored:
    """The packed layers of a folder, from the headers of its files.

    Raises:
        ModelError: there is none in a safetensors file.
    """
    settings = settings_of(config)
    layers: Layers = {}
    for name, tensor in empty_tensors(folder).items():
        layer, _, part = name.rpartition(".")
        if part in PARTS:
            layers.setdefault(layer, {})[part] = tensor
    layers = {name: parts for name, parts in layers.items() if "qweight" in parts}
    kind = str(settings["quant_method"])
    if not layers:
        raise ModelError(
            f"{folder} is quantised by {kind}, says its config.json, and no safetensors file in it "
            "holds packed weights: take another copy of the model"
        )
    older = settings.get("checkpoint_format", settings.get("format")) != "gptq_v2"
    return Stored(kind, kind == "gptq" and older, layers)


def empty_tensors(folder: Path) -> dict[str, Tensor]:
    """Every tensor in a folder's safetensors files, by name, as shape and number format alone."""
    found = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118  (a file, not a dict)
                part = opened.get_slice(name)
                dtype = DTYPES.get(part.get_dtype())
                if dtype is not None:
                    shape = part.get_shape()
                    found[name] = torch.empty(shape, dtype=dtype, device="meta")
    return found


def packing_of(stored: Stored, parts: dict[str, Tensor], linear: nn.Linear) -> Packing | None:
    """How a layer is packed, from its shapes; None where they are not those of the linear layer."""
    inputs, outputs = linear.in_features, linear.out_features
    rows, columns = parts["qweight"].shape
    along, whole = (rows, inputs) if stored.kind == "gptq" else (columns, outputs)
    across = columns == outputs if stored.kind == "gptq" else rows == inputs
    bits, left = divmod(along * WORD, whole)
    if not across or left or bits not in (2, 3, 4, 8) or not {"qzeros", "scales"} <= parts.keys():
        return None
    groups, wide = parts["scales"].shape
    zeros = (groups, outputs * bits / WORD)
    if wide != outputs or tuple(parts["qzeros"].shape) != zeros:
        return None
    if "g_idx" not in parts and inputs % groups:  # where the last group begins is not known
        return None
    return Packing(stored.kind, bits, stored.less)  # type: ignore[arg-type]


def replace(model: nn.Module, stored: Stored, dtype: torch.dtype) -> None:
    """Put an empty packed layer wherever the files hold one.

    Raises:
        ModelError: a packed layer has no linear layer of the model to go to, or does not fit it.
    """
    homeless = []
    for name, parts in stored.layers.items():
        refuse_parts(name, parts)
        path = next((p for p in (name, f"model.{name}") if is_linear(model, p)), None)
        linear: Any = model.get_submodule(path) if path else None
        packing = packing_of(stored, parts, linear) if path else None
        if path is None or packing is None:
            homeless.append(name)
            continue
        model.set_submodule(path, GroupedLinear(linear, packing, parts, dtype))
    if homeless:
        raise ModelError(
            f"{len(homeless)} packed layers fit no linear layer of {type(model).__name__} "
            f"({homeless[0]} ...): their shapes are not those that config.json gives, or they are "
            "experts of a mixture, which are not read packed; take another copy, or the "
            "full-precision model and --quantization_bit to quantise it"
        )


def refuse_parts(name: str, parts: dict[str, Tensor]) -> None:
    """Raises: ModelError where a packed layer lacks a tensor, or has one in another format."""
    for part in ("qweight", "qzeros", "scales"):
        if part not in parts:
            raise ModelError(f"the file holds {name}.qweight and no {name}.{part}: it is cut short")
        dtype = parts[part].dtype
        if dtype.is_floating_point != (part == "scales") or dtype == torch.int64:
            wanted = "float16" if part == "scales" else "int32"
            raise ModelError(f"{name}.{part} is {str(dtype)[6:]} in the file, not {wanted}")


def is_linear(model: nn.Module, path: str) -> bool:
    """Whether a path leads to a linear layer."""
    try:
        return isinstance(model.get_submodule(path), nn.Linear)
    except AttributeError:
        return False


class PackedConfig(QuantizationConfigMixin):  # type: ignore[misc]
    """What transformers takes for the settings of a quantisation."""

    def __init__(self, stored: Stored, dtype: torch.dtype) -> None:
        self.quant_method = NAME
        self.stored, self.dtype = stored, dtype


@register_quantizer(NAME)
class Reader(HfQuantizer):  # type: ignore[misc]
    """Puts packed layers in place before transformers fills the model's tensors."""

    def _process_model_before_weight_loading(self, model: Any, **kwargs: Any) -> None:
        replace(model, self.quantization_config.stored, self.quantization_config.dtype)

    def is_serializable(self) -> bool:
        return False

    @property
    def is_trainable(self) -> bool:
        return True


def loading(folder: Path, config: Any, dtype: torch.dtype) -> dict[str, Any]:
    """Arguments for `from_pretrained` that read packed layers; takes the settings out of `config`,
    which would make transformers look for other packages.
    """
    try:
        stored = read_stored(folder, config)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"cannot read {folder}: {error}") from error
    for part in (config, config.get_text_config()):
        if hasattr(part, "quantization_config"):
            del part.quantization_config
    return {"quantization_config": PackedConfig(stored, dtype)}


def after_loading(model: Any, settings: dict[str, Any]) -> None:
    """Give the model's config back what its file says, and tell what was read."""
    model.hf_quantizer.remove_quantization_config(model)
    model.config.quantization_config = settings
    packed = [m for m in model.modules() if isinstance(m, GroupedLinear)]
    bits = sorted({layer.packing.bits for layer in packed})
    words = " and ".join(map(str, bits))
    log.info("quantised already: %d linear layers (%s, %s bits)", len(packed),
             settings["quant_method"], words)  # fmt: skip
