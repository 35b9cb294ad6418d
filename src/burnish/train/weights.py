"""The base model's weights for a run: how they are read, and whether they fit the data."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from burnish.config.check import ON_QUANTISED
from burnish.config.config import Config
from burnish.config.derive import named_dtype
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import ModelError
from burnish.core.facts import Facts
from burnish.core.log import log
from burnish.data.prepare import Prepared
from burnish.data.sample import Encoded
from burnish.data.store import Sequences
from burnish.nn import unsloth
from burnish.nn.device_map import placement
from burnish.nn.find import ModelFolder
from burnish.nn.load import DTYPES, LoadOptions, load_model
from burnish.nn.quantize import asked, count, quantised_as, stated
from burnish.nn.rope import reach, stretched
from burnish.train.mesh import Mesh


def load_weights(config: Config, mesh: Mesh, base: ModelFolder, prepared: Prepared) -> nn.Module:
    """The base model on this rank's device; full tuning in float16 keeps float32 weights beside its
    loss scale.
    """
    options = load_options(config, str(mesh.device))
    if config[TunerGroup].tuner_backend == "unsloth":
        model = unsloth.load(base.path, options, config[LoopGroup].gradient_checkpointing)
    else:
        model = load_model(base.path, options)
    refuse_unknown_ids(model, prepared, base.path)
    tell_of_rounding(config, base.path)
    return model


def tell_of_rounding(config: Config, folder: Path) -> None:
    """Say where weights that are trained lose bits that the folder has, and nobody asked for it."""
    chosen, tuner = config[ModelGroup].dtype, config[TunerGroup].sft_type
    whole = tuner in ("full", "freeze", "llamapro")
    if config.sources["dtype"] != "rule" or chosen != "bf16" or not whole:
        return
    if named_dtype(folder) == "float32":
        log.warning(
            "the weights in %s are float32 and are trained in bf16; --dtype fp32 trains them as "
            "they are, and takes twice the memory",
            folder,
        )


def load_options(config: Config, device: str = "cpu") -> LoadOptions:
    """How the flags say weights are to be read."""
    options = config[ModelGroup]
    whole = config[TunerGroup].sft_type == "full"
    return LoadOptions(
        dtype=torch.float32 if whole and options.dtype == "fp16" else DTYPES[options.dtype],
        device=device,
        attention={None: None, True: "sdpa", False: "eager"}[options.use_flash_attn],
        allow_remote_code=options.allow_remote_code,
        allow_pickle=options.allow_pickle,
        from_scratch=options.from_scratch,
        quant=asked(config),
        stated=stated(config),
        rope=stretched(config),
        placement=placement(config, Facts()),
    )


def refuse_packed_weights(
    config: Config, shape: object, folder: Path, merges: bool = False
) -> None:
    """Stop, before weights are read, what cannot be done on weights that are quantised already.

    Args:
        merges: adapters are to become part of them first.

    Raises:
        ModelError: the tuner changes them, or cannot read them.
    """
    kind, tuner = quantised_as(shape), config[TunerGroup].sft_type
    if kind in (None, "fp8"):  # transformers widens the latter where it cannot multiply it
        return
    if merges:
        raise ModelError(
            f"{folder} is quantised already ({kind}): no adapter can become part of its weights; "
            "go on with it by --resume_lora_training true, or take the full-precision model"
        )
    can = ON_QUANTISED.get(kind, ON_QUANTISED["fp8"])
    if tuner not in can:
        what = "trains" if tuner in ("full", "freeze", "llamapro") else "needs"
        raise ModelError(
            f"{folder} is quantised already ({kind}); --sft_type {tuner} {what} its weights, which "
            f"packed ones do not let: use --sft_type lora ({', '.join(sorted(can - {'lora'}))} can "
            "as well), or the full-precision model"
        )
    start = str(config.flat().get("init_lora_weights"))
    if tuner == "lora" and start.startswith("pissa"):
        raise ModelError(
            f"{folder} is quantised already ({kind}); --init_lora_weights {start} changes its "
            "weights, which packed ones do not let: leave it out"
        )


def refuse_unknown_ids(model: nn.Module, prepared: Prepared, folder: Path) -> None:
    """An id beyond the embedding would end as a bare index error, on a GPU without any message at
    all.
    """
    size = model.get_input_embeddings().weight.shape[0]
    held = prepared.validation
    known = held.highest_id if isinstance(held, Sequences) else max(map(highest, held), default=0)
    largest = max(prepared.train.highest_id, known)
    if largest >= size:
        raise ModelError(
            f"the tokenizer gives id {largest}, but the model in {folder} has {size} embeddings: "
            "tokenizer and weights are not of one model"
        )
    longest = int(prepared.train.lengths.max(initial=0))
    limit = reach(model.config)
    if limit and longest > limit:
        log.warning(
            "the longest sequence has %d tokens, the model was made for %d: see --max_length",
            longest,
            limit,
        )


def highest(sequence: Encoded) -> int:
    """The largest id of a sequence."""
    return int(max(sequence.input_ids))


def model_info(model: nn.Module) -> str:
    """Size and trained share, in words."""
    total = count(model)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    share = 100 * trained / total
    return f"{total / 1e6:.4f}M parameters, {trained / 1e6:.4f}M trained ({share:.4f} %)"
