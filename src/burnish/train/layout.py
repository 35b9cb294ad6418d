"""Names and contents of the small files beside a checkpoint's weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from burnish.config.groups.tuner import TunerGroup
from burnish.core.adapter import adapter_folder
from burnish.data.template import TEMPLATE_FILE, Template
from burnish.data.tokenizer import Tokenizer
from burnish.optim.base import EMBEDDING_RATE
from burnish.train.fit import Run
from burnish.tuners.lora import LoraGroup

ARGUMENTS = "sft_args.json"
TRAINER_STATE = "trainer_state.json"
BASE = "base.json"


def write(step: int, run: Run, folder: Path) -> None:
    """Write everything `infer`, `merge-lora` and a resumed run read besides weights and state."""
    about = run.about
    copy_tokenizer(about.tokenizer, folder)
    write_template(about.template, folder)
    shutil.copyfile(about.arguments, folder / ARGUMENTS)
    write_json(folder / TRAINER_STATE, trainer_state(step, run))
    write_json(folder / BASE, about.base_fingerprint)
    write_json(folder / "configuration.json", configuration(run))
    if LoraGroup in run.config and run.config[TunerGroup].sft_type in ("lora", "longlora"):
        write_json(adapter_folder(folder) / "additional_config.json", additional(run))
    generation = about.base / "generation_config.json"
    if generation.is_file():
        shutil.copyfile(generation, folder / generation.name)


def copy_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Copy the tokenizer's files byte for byte."""
    assert tokenizer.folder is not None
    for file in tokenizer.files():
        target = folder / file.relative_to(tokenizer.folder)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, target)


def write_template(template: Template, folder: Path) -> None:
    """Write template.json, and the template's text where other tools look for it."""
    write_json(folder / TEMPLATE_FILE, template.describe())
    if template.source == "named":
        (folder / "chat_template.jinja").write_text(template.jinja, encoding="utf-8")


def trainer_state(step: int, run: Run) -> dict[str, Any]:
    """Where the run stood, in the field's usual keys."""
    best = run.best
    return {
        "global_step": step,
        "max_steps": run.clock.total,
        "epoch": round(step / run.data.steps_per_epoch, 4),
        "best_metric": best.metric,
        "best_global_step": best.step,
        "best_model_checkpoint": best.path,
        "num_input_tokens_seen": run.meter.tokens_seen,
        "log_history": run.journal.history,
    }


def additional(run: Run) -> dict[str, Any]:
    """What is set for a LoRA adapter besides peft's own settings."""
    options = run.config[LoraGroup]
    return {
        "lora_dtype": options.lora_dtype,
        "lorap_lr_ratio": options.lora_lr_ratio,
        "lorap_emb_lr": EMBEDDING_RATE,
    }


def configuration(run: Run) -> dict[str, Any]:
    """configuration.json: the task, and for an adapter what it was put on."""
    about = run.about
    entry: dict[str, Any] = {"framework": "pytorch", "task": "text-generation"}
    if about.is_adapter:
        entry["adapter_cfg"] = {
            "model_id_or_path": str(about.base),
            "sft_type": run.config.flat()["sft_type"],
            "tuner_backend": run.config.flat()["tuner_backend"],
            "template_type": about.template.name,
            "dtype": run.config.flat()["dtype"],
            "system": run.config.flat()["system"],
        }
    return entry


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
