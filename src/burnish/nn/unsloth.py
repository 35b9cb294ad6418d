"""Unsloth drives a model: it loads the base, its kernels compute, and all else stays ours.

As it is imported it changes transformers, peft and torch for the whole process. So it enters a
process of its own only (`begin`), before any of them, and nothing of it is touched elsewhere.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import io
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burnish.core.errors import ModelError
from burnish.core.lazy import torch
from burnish.core.log import log

if TYPE_CHECKING:
    from torch import Tensor

    from burnish.data.collate import Batch
    from burnish.nn.load import LoadOptions

FAMILIES = ("llama", "mistral", "qwen2", "qwen3")
"""Those whose values and gradients under Unsloth were compared with transformers' here."""
CHANGED = ("transformers", "peft", "trl")
"""What Unsloth has to come before."""
ADDED = ("unsloth_version", "model_name", "unsloth_fixed")
"""What Unsloth writes into a model's config."""


def begin() -> None:
    """Import Unsloth into this process, which from here on is for nothing else.

    Its files go to a folder that is deleted at the end, and it reports to nobody.

    Raises:
        ModelError: it cannot be imported; what it changes was imported before.
    """
    if "unsloth" in sys.modules:
        return
    if early := [name for name in CHANGED if name in sys.modules]:
        raise ModelError(
            "--tuner_backend unsloth changes libraries as it is imported, and this process has "
            f"loaded {early[0]} already: start the run as a process of its own, burnish sft ...; a "
            "file of --custom_register_path imports it inside its functions"
        )
    folder = tempfile.mkdtemp(prefix="burnish-unsloth-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.setdefault("UNSLOTH_COMPILE_LOCATION", folder)
    os.environ.setdefault("UNSLOTH_DISABLE_STATISTICS", "1")
    try:
        with quiet():
            package: Any = importlib.import_module("unsloth")
    except Exception as error:  # whatever its many needs make of this environment
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise ModelError(
            f"--tuner_backend unsloth: the package cannot be imported here: {reason}.\n"
            "It wants an environment of its own: pip install 'burnish[unsloth]'"
        ) from error
    log.info("unsloth %s drives the model", package.__version__)


def is_driven(model: Any) -> bool:
    """Whether Unsloth loaded this model."""
    return bool(getattr(model, "_unsloth_fast_path", False))


def refuse_family(config: Any) -> None:
    """Raises: ModelError for a family that Unsloth was not tried on here, and for packed weights
    that its kernels do not read.
    """
    if config.model_type not in FAMILIES:
        raise ModelError(
            f"--tuner_backend unsloth: a {config.model_type} model is none of "
            f"{', '.join(FAMILIES)}, which it is proven on; use --tuner_backend peft"
        )
    quantize: Any = importlib.import_module("burnish.nn.quantize")
    kind = quantize.quantised_as(config)
    if kind not in (None, "bitsandbytes"):
        raise ModelError(
            f"--tuner_backend unsloth: the weights are quantised by {kind}, which its kernels do "
            "not read; use --tuner_backend peft"
        )


def load(folder: Path, options: LoadOptions, recompute: bool) -> Any:
    """The model in `folder` as Unsloth loads it, every weight of it as the files hold it.

    Raises:
        ModelError: as nn.load.load_model; or Unsloth changed what it should only read.
    """
    loading: Any = importlib.import_module("burnish.nn.load")
    config = loading.check_model(folder, options)
    refuse_family(config)
    package: Any = importlib.import_module("unsloth")
    try:
        with quiet(), loading.quiet(), same_chance():
            model, _ = package.FastLanguageModel.from_pretrained(
                model_name=str(folder),
                max_seq_length=config.max_position_embeddings,
                dtype=options.dtype,
                load_in_4bit=False,
                device_map={"": options.device},
                use_gradient_checkpointing="unsloth" if recompute else False,
                fix_tokenizer=False,
                use_exact_model_name=True,
                offload_embedding=False,
                local_files_only=True,
                use_safetensors=None if options.allow_pickle else True,
                **loading.quantize.loading(options.quant),
            )
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, TypeError) as error:
        reason = loading.first_line(error)
        raise ModelError(f"Unsloth cannot load the model in {folder}: {reason}") from error
    refuse_changed(model, config, folder, loading.tensors_in(folder))
    if options.quant is not None:
        log.info("quantised: %s", options.quant)
    for module in model.modules():
        module._unsloth_allow_packed_overlength = True  # else it cuts long rows without a word
    give_back_config(model, config)
    if saved := loading.generation_config(folder):
        model.generation_config = saved
    return model


def refuse_changed(model: Any, config: Any, folder: Path, files: dict[str, Path]) -> None:
    """See to it that the model holds what the files hold. Unsloth may leave weights that no file
    gives random, add tokens, and clear the row of the padding token, which is put back.

    Raises:
        ModelError: a weight is in no file, or the embedding has another size.
    """
    missing = [name for name, _ in model.named_parameters() if name not in files]
    if missing:
        raise ModelError(
            f"{folder} does not fill the model of its config.json: {len(missing)} weights are in "
            f"no file ({missing[0]} ...)"
        )
    name, embedding = next(
        (n, m) for n, m in model.named_modules() if m is model.get_input_embeddings()
    )
    saved = opened(files[f"{name}.weight"], f"{name}.weight")
    if list(embedding.weight.shape) != saved.get_shape():
        raise ModelError(
            f"Unsloth adds a padding token to the model in {folder}, whose tokenizer names none; "
            "use --tuner_backend peft"
        )
    if embedding.padding_idx is not None:
        with torch.no_grad():
            row = saved[embedding.padding_idx : embedding.padding_idx + 1]
            embedding.weight[embedding.padding_idx].copy_(row[0])


def opened(file: Path, name: str) -> Any:
    """A tensor of a file, of which parts can be read."""
    safetensors: Any = importlib.import_module("safetensors")
    return safetensors.safe_open(file, framework="pt").get_slice(name)


def give_back_config(model: Any, config: Any) -> None:
    """Undo what Unsloth wrote into the model's config: full tuning saves it with the weights."""
    own = model.config
    for name in ADDED:
        if not hasattr(config, name) and hasattr(own, name):
            delattr(own, name)
    for name in ("pad_token_id", "use_cache", "max_position_embeddings"):
        if hasattr(config, name):
            setattr(own, name, getattr(config, name))


def drive(model: Any, recompute: bool) -> list[str]:
    """Give an attached model Unsloth's kernels and, if asked for, its way of recomputing; returns
    lines of the start-up report. What is trained, and in which number format, stays as it was.
    """
    package: Any = importlib.import_module("unsloth")
    before = {name: (p.requires_grad, p.dtype) for name, p in model.named_parameters()}
    way = "unsloth" if recompute else False
    with quiet(), same_chance():
        if hasattr(model, "peft_config"):
            package.FastLanguageModel.patch_peft_model(model, use_gradient_checkpointing=way)
        elif recompute:
            model.gradient_checkpointing_enable({"use_reentrant": True})
            model.enable_input_require_grads()
    for name, parameter in model.named_parameters():
        trained, dtype = before[name]
        parameter.requires_grad_(trained)
        if trained and parameter.dtype != dtype:
            parameter.data = parameter.data.to(dtype)
    inner = model.get_base_model() if hasattr(model, "peft_config") else model
    layers = inner.base_model.layers
    query = sum("lora" in layer.self_attn.apply_qkv.__name__ for layer in layers)
    wide = sum("forward" in vars(layer.mlp) for layer in layers)
    return [
        f"Unsloth's forward pass in {len(layers)} layers; its LoRA kernels in {query} attention "
        f"and {wide} feed-forward parts"
    ]


def arguments(batch: Batch) -> dict[str, Tensor]:
    """What a model is called with so that no sequence of `batch`, one row, sees another."""
    if batch.positions is None or batch.bounds is None:
        return {}
    assert len(batch.input_ids) == 1, "Unsloth knows the bounds of one row only"
    return {"position_ids": batch.positions, "packed_seq_lengths": batch.bounds.diff()}


@contextlib.contextmanager
def same_chance() -> Iterator[None]:
    """Random numbers go on behind it as if nothing had been drawn: Unsloth seeds them itself."""
    state = random.getstate()
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        yield
    random.setstate(state)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Its banners go nowhere: what a run prints is ours."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield
