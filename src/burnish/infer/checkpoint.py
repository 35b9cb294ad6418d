"""What a checkpoint folder is: whole or damaged, an adapter or a model, and of which base."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.core import manifest
from burnish.core.adapter import ARGUMENTS, BASE, STATE, adapter_folder
from burnish.core.errors import CheckpointError, ModelError
from burnish.core.files import read_json
from burnish.core.fingerprint import base_difference, base_fingerprint
from burnish.core.log import log

NAME = re.compile(r"checkpoint-(\d+)")
ADAPTER = "adapter_config.json"
TEMPLATE = "template.json"
HIDDEN = ".writing", ".deleting"
"""How folders begin that were never finished."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder that training wrote, checked."""

    folder: Path
    is_adapter: bool
    arguments: dict[str, Any]
    """sft_args.json; empty for an adapter that another program wrote."""

    @property
    def sft_type(self) -> str:
        """The tuner that made it."""
        return str(self.arguments.get("sft_type", "lora" if self.is_adapter else "full"))

    @property
    def has_template(self) -> bool:
        """Whether it says how its conversations were written."""
        return (self.folder / TEMPLATE).is_file()

    def recorded_base(self) -> dict[str, Any] | None:
        """The fingerprint of the model it was trained on, where it was recorded."""
        path = self.folder / BASE
        return read_json(path) if path.is_file() else None


def open_checkpoint(folder: Path, command: str = "infer") -> Checkpoint:
    """The checkpoint in `folder`.

    Raises: CheckpointError when it is none, holds several, or is half written or damaged.
    """
    if not folder.is_dir():
        raise CheckpointError(f"--ckpt_dir {folder}: there is no such folder")
    is_adapter = (adapter_folder(folder) / ADAPTER).is_file()
    has_model = (folder / "config.json").is_file()
    if not is_adapter and not has_model and not (folder / manifest.NAME).is_file():
        raise CheckpointError(_no_checkpoint(folder, command))
    if is_foreign(folder):
        log.warning(
            "%s was not written by burnish: nothing says whether it is whole, nor which template "
            "it was trained with; the base's own is used",
            folder,
        )
        return Checkpoint(folder, is_adapter, {})
    problems = manifest.check(folder, unread=STATE)
    if problems:
        raise CheckpointError(_damaged(folder, problems))
    return Checkpoint(folder, is_adapter, read_json(folder / ARGUMENTS))


def is_foreign(folder: Path) -> bool:
    """Whether another program wrote this adapter: none of our files are there."""
    ours = (manifest.NAME, ARGUMENTS, TEMPLATE)
    return not folder.name.startswith(HIDDEN) and not any((folder / name).exists() for name in ours)


def refuse_raw_checkpoint(given: str | None, command: str = "infer") -> None:
    """Raises: ModelError when --model_id_or_path names a checkpoint, which --ckpt_dir is for."""
    folder = Path(given) if given else None
    if folder is None or not folder.is_dir():
        return
    is_adapter = (adapter_folder(folder) / ADAPTER).is_file() and not (
        folder / "config.json"
    ).is_file()
    if is_adapter or (NAME.fullmatch(folder.resolve().name) and (folder / ARGUMENTS).is_file()):
        raise ModelError(
            f"--model_id_or_path {given} is a checkpoint, not a model: "
            f"burnish {command} --ckpt_dir {given}"
        )


def merged_model(given: str | None) -> Path | None:
    """The folder that --model_id_or_path names, where merge-lora wrote it: a whole model that says
    itself how it was trained.
    """
    folder = Path(given) if given else None
    if folder is None or NAME.fullmatch(folder.resolve().name):
        return None
    ours = ("config.json", manifest.NAME, ARGUMENTS, TEMPLATE)
    return folder if all((folder / name).is_file() for name in ours) else None


def check_base(checkpoint: Checkpoint, base: Path, allowed: bool) -> None:
    """The model in `base` must be the one that the adapter was trained on.

    Raises: CheckpointError that says what differs, unless `allowed`.
    """
    recorded = checkpoint.recorded_base()
    lines = base_difference(recorded, base_fingerprint(base)) if recorded else []
    if not lines:
        return
    message = (
        f"{base} is not the model that {checkpoint.folder} was trained on (recorded at "
        f"{recorded['path'] if recorded else '?'}): {'; '.join(lines)}"
    )
    if not allowed:
        raise CheckpointError(
            f"{message}. An adapter on another base answers nonsense: give the right one with "
            "--model_id_or_path, or go on at your own risk with --allow_template_mismatch true."
        )
    log.warning("%s", message)


def checkpoints_in(folder: Path) -> list[Path]:
    """The checkpoints below a run folder or a folder of runs, oldest step first within a run."""
    for pattern in ("checkpoint-*", "*/checkpoint-*", "*/*/checkpoint-*"):
        found = [path for path in folder.glob(pattern) if NAME.fullmatch(path.name)]
        if found:
            return sorted(found, key=lambda path: (path.parent, int(path.name.split("-")[1])))
    return []


def _no_checkpoint(folder: Path, command: str) -> str:
    found = checkpoints_in(folder)
    if not found:
        return (
            f"--ckpt_dir {folder} is no checkpoint: it holds neither {ADAPTER} nor config.json. "
            "Give a folder checkpoint-<step> that training wrote."
        )
    listed = "\n".join(f"  {path}{mark}" for path, mark in _marked(found[-20:]))
    return (
        f"--ckpt_dir {folder} is a run, not a checkpoint. Its checkpoints are\n{listed}\n"
        f"choose one: burnish {command} --ckpt_dir {found[-1]}"
    )


def _marked(found: list[Path]) -> Iterator[tuple[Path, str]]:
    """Each checkpoint, with a word to the best and the last of its run."""
    for index, path in enumerate(found):
        is_last = index + 1 == len(found) or found[index + 1].parent != path.parent
        words = ["best"] * (path.name == best_of(path.parent)) + ["last"] * is_last
        yield path, f"   ({', '.join(words)})" if words else ""


def best_of(run: Path) -> str | None:
    """The name of a run's best checkpoint, as its newest one recorded it."""
    for path in reversed(checkpoints_in(run)):
        state = path / "trainer_state.json"
        if state.is_file():
            step = read_json(state).get("best_global_step")
            return None if step is None else f"checkpoint-{step}"
    return None


def _damaged(folder: Path, problems: list[str]) -> str:
    listed = "\n".join(f"  {problem}" for problem in problems[:5])
    more = f"\n  and {len(problems) - 5} more" if len(problems) > 5 else ""
    others = [path for path in checkpoints_in(folder.parent) if path != folder]
    hint = f"\nanother checkpoint of this run: {others[-1]}" if others else ""
    return f"--ckpt_dir {folder} is half written or damaged:\n{listed}{more}{hint}"
