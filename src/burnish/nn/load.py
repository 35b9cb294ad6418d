"""From a model's name to its folder, and from its folder to a model; the only `from_pretrained`."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig, PreTrainedModel
from transformers.utils import logging as transformers_logging

from burnish.core.errors import ModelError
from burnish.core.log import log
from burnish.nn import prequantised, quantize
from burnish.nn.device_map import refuse_unknown
from burnish.nn.quantize import Quantisation
from burnish.nn.rope import Stretch, forget, stretch

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How weights are brought in."""

    dtype: torch.dtype = torch.float32
    device: str = "cpu"
    attention: str | None = None
    """sdpa, eager, ...; None: sdpa where the family has it, else eager."""
    allow_remote_code: bool = False
    allow_pickle: bool = False
    from_scratch: bool = False
    """Random weights of the config's shape, made on the device; the folder's weight files are not
    read.
    """
    quant: Quantisation | None = None
    """What quantises the weights; None: they stay as they are."""
    stated: str | None = None
    """What the weights are said to be quantised by already: gptq, awq, ..."""
    rope: Stretch | None = None
    """How positions are stretched; None: they stay as they are."""
    placement: Mapping[str, Any] = field(default_factory=dict)
    """Of `nn.device_map`: where the parts of the model go, if not all to `device`."""


def load_model(folder: Path, options: LoadOptions) -> PreTrainedModel:
    """The causal language model in `folder`, every weight of it read from there.

    Raises:
        ModelError: no such folder, no weights in safe form, a damaged file, a shape or name that
            does not fit, remote code.
    """
    config = check_model(folder, options)
    if options.rope is not None:
        stretch(config, options.rope)
    quant, read = options.quant, not options.from_scratch
    model = read_weights(folder, config, options) if read else from_scratch(config, options)
    forget(model)
    if quant is None:
        return model
    if read and quant.method == "bnb":
        tell_of_quantised(model, quant)
        return model
    return quantize.replace(model, quant, options.device, options.dtype)


def read_weights(folder: Path, config: Any, options: LoadOptions) -> PreTrainedModel:
    """The model of a config, filled from a folder's files.

    Raises:
        ModelError: a damaged file, a shape or name that does not fit.
    """
    quant, device = options.quant, options.device
    replaced = quant is not None and quant.method != "bnb"
    where = "cpu" if replaced else device  # whole and in full precision it is not on the device
    if isinstance(placed := options.placement.get("device_map"), dict):
        refuse_unknown(from_scratch(config, replace(options, device="meta")), placed)
    packed = quantize.quantised_as(config) or (quant and not replaced)
    there = None if where == "cpu" and not packed else {"": where}
    settings = prequantised.settings_of(config)
    ours = settings.get("quant_method") in prequantised.KINDS
    reading = (
        prequantised.loading(folder, config, options.dtype) if ours else quantize.loading(quant)
    )
    try:
        with quiet():
            model, info = AutoModelForCausalLM.from_pretrained(
                folder,
                config=config,
                dtype=options.dtype,
                attn_implementation=options.attention,
                **{"device_map": there, **options.placement, **reading},
                use_safetensors=None if options.allow_pickle else True,
                local_files_only=True,
                trust_remote_code=options.allow_remote_code,
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # refused below, with the name of the weight
            )
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        raise ModelError(f"cannot load the model in {folder}: {first_line(error)}") from error
    refuse_incomplete(folder, info)
    quantize.keep_packing(model)
    if ours:
        prequantised.after_loading(model, settings)
    return model


def tell_of_quantised(model: PreTrainedModel, quant: Quantisation) -> None:
    """Say what is in fewer bits now, and what large weights are not: experts that share one tensor
    are no linear layers.
    """
    packed = sum(quantize.is_packed(parameter) for parameter in model.parameters())
    in_half = "; its products are made of float16 inputs" if quant.bits == 8 else ""
    log.info("quantised: %d linear layers (%s)%s", packed, quant, in_half)
    whole = [name for name, p in model.named_parameters() if p.ndim > 2 and "expert" in name]
    if whole:
        share = sum(model.get_parameter(name).numel() for name in whole) / quantize.count(model)
        log.warning(
            "%d tensors of experts stay as they are, %.0f %% of all weights (%s ...)",
            len(whole),
            100 * share,
            whole[0],
        )


def check_model(folder: Path, options: LoadOptions) -> object:
    """The folder's config, after a look at everything that can be wrong before weights are read.

    Raises:
        ModelError: no config, one that asks for remote code, no weights, a damaged file.
    """
    config = read_config(folder, options.allow_remote_code)
    quantize.check_base(folder, config, options.quant, options.stated)
    if not options.from_scratch:
        check_weight_files(folder, options.allow_pickle)
    return config


def from_scratch(config: object, options: LoadOptions) -> PreTrainedModel:
    """A model with random weights, made on the device itself in the dtype asked for."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(options.dtype)
    try:
        with torch.device(options.device):
            return AutoModelForCausalLM.from_config(
                config, dtype=options.dtype, attn_implementation=options.attention
            )
    finally:
        torch.set_default_dtype(before)


def read_config(folder: Path, allow_remote_code: bool = False) -> object:
    """The folder's config.json as transformers understands it."""
    if not folder.is_dir():
        raise ModelError(
            f"no model folder at {folder}: give a local folder or a name of `burnish list models`"
        )
    if not (folder / "config.json").is_file():
        hint = (
            "; it is an adapter: go on with it by --resume_from_checkpoint, talk to it or merge it "
            "by --ckpt_dir"
            if (folder / "adapter_config.json").is_file()
            else ""
        )
        raise ModelError(f"{folder} holds no config.json, so it is not a model folder{hint}")
    try:
        config = AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=allow_remote_code
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        hint = ""
        if "trust_remote_code" in str(error):
            hint = "; it needs code from its folder: --allow_remote_code true runs that code"
        raise ModelError(
            f"cannot use {folder / 'config.json'}: {first_line(error)}{hint}"
        ) from error
    if getattr(config, "auto_map", None) and not allow_remote_code:
        log.info("%s names code of its own; transformers' own classes are used instead", folder)
    return config


def model_class(config: object) -> type[PreTrainedModel] | None:
    """The class that a config's weights go into; None where it is not known before they do (code
    from the model's folder).
    """
    found = AutoModelForCausalLM._model_mapping.get(type(config), None)
    return found if isinstance(found, type) else None


def check_weight_files(folder: Path, allow_pickle: bool) -> None:
    """Open the header of every safetensors file, so that a damaged one is named before anything is
    loaded.
    """
    files = sorted(folder.glob("*.safetensors"))
    files = [
        f for f in files if f.name.startswith(("model", "pytorch_model", "consolidated"))
    ] or files
    if not files:
        pickled = sorted(folder.glob("*.bin")) + sorted(folder.glob("*.pt*"))
        if not pickled:
            raise ModelError(f"{folder} holds no weights (no *.safetensors file)")
        if not allow_pickle:
            raise ModelError(
                f"{folder} holds its weights as pickle only ({pickled[0].name}), "
                "which can run code when opened: "
                "convert them to safetensors, or say --allow_pickle true if you trust the folder"
            )
    for file in files:
        try:
            with safe_open(file, framework="pt") as opened:
                opened.keys()
        except (SafetensorError, OSError) as error:
            raise ModelError(f"{file} is damaged or cut short: {first_line(error)}") from error


def tensors_in(folder: Path) -> dict[str, Path]:
    """The names of all tensors in the folder's weight files, and the file of each."""
    found = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as opened:
            found.update(dict.fromkeys(opened.keys(), file))
    return found


def refuse_incomplete(folder: Path, info: dict[str, Any]) -> None:
    """A weight that no file gave would be random numbers; that is never accepted silently."""
    missing = sorted(info.get("missing_keys") or ())
    mismatched = sorted(map(str, info.get("mismatched_keys") or ()))
    packed = [name for name in info.get("unexpected_keys") or () if name.endswith(".qweight")]
    if missing and packed:
        raise ModelError(
            f"{folder} holds packed weights ({packed[0]} ...), of which its config.json says "
            "nothing: put the settings of their quantisation there, as quantization_config (an "
            "older tool may have written them into quantize_config.json)"
        )
    if missing or mismatched:
        what = (
            f"{len(missing)} weights are in no file ({', '.join(missing[:3])} ...)"
            if missing
            else ""
        )
        shape = f"{len(mismatched)} have another shape ({mismatched[0]} ...)" if mismatched else ""
        raise ModelError(f"{folder} does not fill the model of its config.json: {what}{shape}")
    unexpected = sorted(info.get("unexpected_keys") or ())
    if unexpected:
        log.warning(
            "%s: %d weights have no place in the model (%s ...)",
            folder,
            len(unexpected),
            unexpected[0],
        )


def save_model(model: PreTrainedModel, folder: Path) -> None:
    """Write weights (safetensors, sharded), config.json and generation_config.json into
    `folder`.
    """
    use_cache = model.config.use_cache
    model.config.use_cache = True  # training may have switched it off; the saved model is for use
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save_pretrained(folder)
    model.config.use_cache = use_cache


def generation_config(folder: Path) -> GenerationConfig | None:
    """The folder's own generation settings, if it has any."""
    if not (folder / "generation_config.json").is_file():
        return None
    return GenerationConfig.from_pretrained(folder, local_files_only=True)


def first_line(error: Exception) -> str:
    """An error's first line: libraries append pages."""
    return str(error).strip().split("\n")[0]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """transformers without its progress bars while entered."""
    was_on = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            transformers_logging.enable_progress_bar()
