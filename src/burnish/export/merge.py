"""An adapter and its base as one model: added in float32, rounded once, read back, compared.

The adapter is merged module by module with peft's own merge, which is the arithmetic that trained
it. Three things are then checked, and each stops the merge: the merged model gives the logits of
base and adapter before anything is rounded; the folder, read back, holds the very weights that
were written; and what rounding to the base's number format changed is no more than that format
explains.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from burnish.config.config import Config
from burnish.config.groups.infer import InferGroup
from burnish.config.groups.model import ModelGroup
from burnish.core import manifest
from burnish.core.adapter import adapter_folder
from burnish.core.errors import CheckpointError
from burnish.core.facts import Facts
from burnish.core.files import fsync_dir, read_json, write_json
from burnish.core.log import log
from burnish.core.registry import TUNERS
from burnish.export.parity import Parity, compare, logits, prompts, shaken, tolerance
from burnish.infer.checkpoint import ARGUMENTS, TEMPLATE, Checkpoint
from burnish.infer.hf import model_context_length
from burnish.infer.session import Plan, load_planned, make_plan, planned_options
from burnish.nn.load import DTYPES as CHOSEN
from burnish.nn.load import load_model, read_config, save_model
from burnish.nn.quantize import quantised_as
from burnish.tuners.base import refuse_merge
from burnish.tuners.merging import merge_adapter

PARITY = "parity.json"
WEIGHTS = "adapter_model.safetensors"
DTYPES = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}
COPIED = ("generation_config.json", TEMPLATE, "chat_template.jinja")
FORGOTTEN = ("ckpt_dir", "checkpoint_dir", "resume_from_checkpoint", "merge_lora")
"""Arguments that would point back to the adapter."""


@dataclass(frozen=True, slots=True)
class MergeResult:
    """Where the merged model lies, and how close it is to base and adapter."""

    folder: Path
    dtype: str
    merged: Parity
    """Before rounding to `dtype`."""
    written: Parity
    """As read back from the folder."""
    trained: Parity | None = None
    """As read back, against the quantised base and adapter as they were trained; None: the base
    was not quantised.
    """

    def __str__(self) -> str:
        return str(self.folder)


def merge(config: Config) -> MergeResult:
    """burnish merge-lora: write <ckpt_dir>-merged, over one that is there.

    Raises: CheckpointError when there is no adapter to merge, or the result is not the same model.
    """
    plan = plan_of(config)
    folder = merged_folder(plan.folder)
    staging = folder.with_name(f".writing-{folder.name}")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        result = write_merged(config, plan, staging)
        put_in_place(staging, folder)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"cannot write the merged model to {folder}: {error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    log.info("merged model: %s (%s)", folder, result.dtype)
    log.info("against base and adapter: %s", result.written)
    if result.trained is not None:
        log.warning(
            "the adapter was trained on a quantised base and is merged into the full-precision "
            "one; against quantised base and adapter: %s",
            result.trained,
        )
    return replace(result, folder=folder)


def merge_before(config: Config) -> Config:
    """infer --merge_lora: flags that mean the merged model, made now unless it is there already."""
    plan = plan_of(config)
    folder = merged_folder(plan.folder)
    if is_merge_of(plan, folder):
        log.info("%s is there already and is used as it is", folder)
    else:
        if folder.exists():
            log.info("%s is damaged or of another adapter: merging again", folder)
        merge(config)
    whole = {"quant_method": None, "quantization_bit": 0}
    return config.replace(
        "rule",
        "merged",
        ckpt_dir=folder,
        checkpoint_dir=None,
        sft_type="full",
        merge_lora=False,
        **whole,
    )


def plan_of(config: Config) -> Plan:
    """What is to be merged. Raises: CheckpointError when nothing can be."""
    given = config[InferGroup].ckpt_dir
    if given is None:
        raise CheckpointError("which adapter? Add --ckpt_dir FOLDER")
    plan = make_plan(config)
    assert plan.checkpoint is not None
    if not plan.checkpoint.is_adapter:
        raise CheckpointError(
            f"{given} holds a whole model (--sft_type {plan.checkpoint.sft_type}): there is "
            f"nothing to merge. Use it as it is: burnish infer --ckpt_dir {given}"
        )
    kind = plan.checkpoint.sft_type
    refuse_merge(kind, TUNERS.find(kind), plan.checkpoint.folder)
    packed = quantised_as(read_config(plan.base.path, config[ModelGroup].allow_remote_code))
    if packed is not None:
        raise CheckpointError(
            f"the base in {plan.base.path} is quantised already ({packed}): nothing can be added "
            f"to its weights. Use base and adapter as they are: burnish infer --ckpt_dir {given}"
        )
    return plan


def merged_folder(checkpoint: Path) -> Path:
    """<ckpt_dir>-merged."""
    named = checkpoint if checkpoint.name not in ("", "..") else checkpoint.resolve()
    return named.with_name(f"{named.name}-merged")


def is_merge_of(plan: Plan, folder: Path) -> bool:
    """Whether `folder` is whole, and was made of this very adapter."""
    if not (folder / PARITY).is_file() or manifest.check(folder):
        return False
    return bool(read_json(folder / PARITY).get("adapter_sha256") == adapter_digest(plan))


def adapter_digest(plan: Plan) -> str:
    """SHA-256 of the adapter's weights; of those before it as well, where there are any."""
    last = manifest.digest(adapter_folder(plan.folder) / WEIGHTS)
    return "-".join([*("-".join(one.hashes) for one in plan.earlier), last])


def write_merged(config: Config, plan: Plan, staging: Path) -> MergeResult:
    """Merge, check, and write everything into `staging`, its manifest last."""
    assert plan.checkpoint is not None
    stored = asked_dtype(config) or stored_dtype(plan.base.path)
    device = "cpu" if config[InferGroup].merge_device_map == "cpu" else Facts().device
    computed = torch.float32 if fits_in_float32(plan.base.path, device) else stored
    quantised = planned_options(config, plan, asked_compute(config), device)
    options = replace(quantised, dtype=computed, quant=None, placement={})

    model = load_planned(plan, options)
    rows = prompts(plan.template, plan.checkpoint.arguments, model_context_length(model))
    expected = logits(model, rows)
    model = merge_adapter(model)
    merged, limit = compare(expected, logits(model, rows)), tolerance(computed)
    if merged.relative > limit:  # seldom: some models make much of a rounding
        limit = max(limit, shaken(merge_adapter(load_planned(plan, options)), rows))
    refuse_beyond(merged, limit, "merging changed what the model says")

    round_to(model, stored)
    weights = digests(model, stored)
    save_model(model, staging)
    del model
    write_companions(plan, staging)

    reloaded = load_model(staging, replace(options, rope=None))  # its config.json says it itself
    if digests(reloaded, stored) != weights:
        raise CheckpointError("the merged weights read back are not those that were written")
    written = compare(expected, logits(reloaded, rows))
    limits = limit, max(limit, tolerance(stored))
    refuse_beyond(written, limits[1], f"rounding to {name_of(stored)} changed too much")
    trained = None
    if quantised.quant is not None:
        trained = compare(logits(load_planned(plan, quantised), rows), logits(reloaded, rows))
    result = MergeResult(staging, name_of(stored), merged, written, trained)
    write_json(staging / PARITY, report(plan, result, computed, limits))
    manifest.write(staging)
    return result


def round_to(model: nn.Module, dtype: torch.dtype) -> None:
    """Round every weight once, to the number format of the base."""
    for parameter in model.parameters():
        if parameter.is_floating_point():
            parameter.data = parameter.data.to(dtype)


def digests(model: nn.Module, dtype: torch.dtype) -> dict[str, str]:
    """SHA-256 of every weight in `dtype`, by name; shared weights are named once."""
    return {name: digest(weight.detach().to(dtype)) for name, weight in model.named_parameters()}


def digest(tensor: Tensor) -> str:
    """SHA-256 of a tensor's bytes."""
    flat = tensor.contiguous().cpu().flatten().view(torch.uint8)
    return hashlib.sha256(flat.numpy().data).hexdigest()


def refuse_beyond(parity: Parity, limit: float, what: str) -> None:
    """Raises: CheckpointError when two models are further apart than `limit`, relatively."""
    if not parity.relative <= limit:
        raise CheckpointError(
            f"{what}: {parity}; rounding explains at most {limit:.2g}. No merged model was "
            "written; please report this with the adapter's adapter_config.json"
        )


def write_companions(plan: Plan, staging: Path) -> None:
    """Tokenizer, template, generation settings byte for byte; the arguments of a whole model."""
    assert plan.checkpoint is not None
    for file in plan.tokenizer.files():
        assert plan.tokenizer.folder is not None
        target = staging / file.relative_to(plan.tokenizer.folder)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, target)
    for name in COPIED:
        for folder in (plan.checkpoint.folder, plan.base.path):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, staging / name)
                break
    if not (staging / TEMPLATE).is_file():
        write_json(staging / TEMPLATE, plan.template.describe())
    write_json(staging / ARGUMENTS, arguments_of(plan.checkpoint, plan.base.path))
    task = {"framework": "pytorch", "task": "text-generation"}
    write_json(staging / "configuration.json", task)


def arguments_of(checkpoint: Checkpoint, base: Path) -> dict[str, Any]:
    """sft_args.json of the merged model: those of the run, which now made a whole model."""
    arguments = {"model_id_or_path": str(base), **checkpoint.arguments, "sft_type": "full"}
    if "quantization_bit" in arguments:
        arguments |= {"quant_method": None, "quantization_bit": 0}
    return arguments | {name: None for name in FORGOTTEN if name in arguments}


def report(
    plan: Plan, result: MergeResult, computed: torch.dtype, limits: tuple[float, float]
) -> dict[str, Any]:
    """parity.json."""
    return {
        "adapter": str(plan.folder),
        "adapter_sha256": adapter_digest(plan),
        "upon": [one.record["path"] for one in plan.earlier],
        "base": str(plan.base.path),
        "weights": result.dtype,
        "compared_in": name_of(computed),
        "before_rounding": result.merged.to_json() | {"tolerance": limits[0]},
        "as_written": result.written.to_json() | {"tolerance": limits[1]},
        "against_quantised_base": result.trained and result.trained.to_json(),
    }


def put_in_place(staging: Path, folder: Path) -> None:
    """Rename; one that is there gives way only now."""
    leaving = folder.with_name(f".deleting-{folder.name}")
    shutil.rmtree(leaving, ignore_errors=True)
    if folder.exists():
        folder.rename(leaving)
    staging.rename(folder)
    fsync_dir(folder.parent)
    shutil.rmtree(leaving, ignore_errors=True)


def asked_compute(config: Config) -> torch.dtype:
    """The number format that the adapter was trained in."""
    return CHOSEN[config[ModelGroup].dtype]


def asked_dtype(config: Config) -> torch.dtype | None:
    """The number format that a person typed for the merged weights, if any."""
    if config.sources["dtype"] not in ("command line", "python", "file"):
        return None
    return CHOSEN[config[ModelGroup].dtype]


def stored_dtype(folder: Path) -> torch.dtype:
    """The number format most of a model's weights are stored in, from the headers of its files."""
    sizes: Counter[str] = Counter()
    for file in folder.glob("*.safetensors"):
        for tensor in read_header(file).values():
            if tensor["dtype"] in DTYPES:
                sizes[tensor["dtype"]] += tensor["data_offsets"][1] - tensor["data_offsets"][0]
    if sizes:
        return DTYPES[sizes.most_common(1)[0][0]]
    config = read_json(folder / "config.json")  # pickled weights: what the config says of them
    named = str(config.get("dtype") or config.get("torch_dtype") or "float32")
    found: torch.dtype = getattr(torch, named)
    return found


def read_header(file: Path) -> dict[str, Any]:
    """What a safetensors file holds: name -> dtype, shape, data_offsets."""
    with file.open("rb") as opened:
        size = int.from_bytes(opened.read(8), "little")
        header = json.loads(opened.read(size))
    header.pop("__metadata__", None)
    return dict(header)


def fits_in_float32(folder: Path, device: str) -> bool:
    """Whether float32 takes at most 80% of the free memory; else models are compared as stored."""
    files = [*folder.glob("*.safetensors"), *folder.glob("*.bin")]
    weights = sum(file.stat().st_size for file in files)
    needed = weights * 4 // stored_dtype(folder).itemsize
    return needed <= 0.8 * free_memory(device)


def free_memory(device: str) -> float:
    """Bytes that can be had on a device; infinite where the system does not say."""
    if device != "cpu":
        return torch.cuda.mem_get_info()[0]
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return float("inf")


def name_of(dtype: torch.dtype) -> str:
    """float32, bfloat16, ..."""
    return str(dtype).removeprefix("torch.")
