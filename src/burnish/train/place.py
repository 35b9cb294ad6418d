"""Where a run is written and where it goes on from: its folder, and the checkpoint to resume."""

from __future__ import annotations

from pathlib import Path

from burnish.config import store
from burnish.config.config import Config
from burnish.config.groups.checkpoint import CheckpointGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import CheckpointError
from burnish.core.files import versioned_run_dir
from burnish.core.log import log
from burnish.core.registry import TUNERS
from burnish.train import checkpoint, layout
from burnish.train.mesh import Mesh


def run_folder(config: Config, mesh: Mesh, resume: Path | None = None) -> Path:
    """The folder of this run, the same on every rank, with the run's arguments in it.

    Raises:
        CheckpointError: it cannot be written to, or holds the checkpoints of another run.
    """
    made, wrong = "", ""
    if mesh.is_main:
        try:
            made = make_folder(config, resume)
        except CheckpointError as error:
            wrong = str(error)
    made, wrong = mesh.tell((made, wrong))  # every rank ends with the same words
    if wrong:
        raise CheckpointError(wrong)
    return Path(made)


def make_folder(config: Config, resume: Path | None) -> str:
    """Make the folder and write the arguments there; returns its absolute path."""
    options = config[CheckpointGroup]
    root = Path(options.output_dir)
    try:
        if options.add_output_dir_suffix:
            root = versioned_run_dir(root / run_name(config))
        root.mkdir(parents=True, exist_ok=True)
        continued = resume.resolve().parent if resume and not options.resume_only_model else None
        is_new = continued != root.resolve()
        if is_new:
            refuse_mixing(root)
        checkpoint.clean(root)
        if is_new:  # a resumed run's are written once it is accepted: see `write_arguments`
            store.save(config, root / layout.ARGUMENTS)
    except OSError as error:
        raise CheckpointError(
            f"--output_dir {options.output_dir} cannot be written to: {error.strerror}; give a "
            "folder of yours"
        ) from error
    return str(root.absolute())


def refuse_mixing(folder: Path) -> None:
    """Checkpoints of two runs in one folder could not be told apart when one of them is resumed."""
    found = checkpoint.checkpoints(folder)
    if found:
        raise CheckpointError(
            f"--output_dir {folder} holds {found[-1].name} of another run: go on with that run by "
            f"--resume_from_checkpoint {folder}, or give this one another folder"
        )


def run_name(config: Config) -> str:
    """What runs of this model are filed under."""
    options = config[ModelGroup]
    return options.model_type or Path(str(options.model_id_or_path)).name


def resume_folder(config: Config) -> Path | None:
    """The whole checkpoint to go on from, if the flags ask for one.

    Raises:
        CheckpointError: there is none, or it is of another --sft_type.
    """
    asked = config[CheckpointGroup].resume_from_checkpoint
    if asked is not None and not asked.exists():
        log.warning("%s is not there yet: its run starts from the beginning", asked)
        return None
    found = checkpoint.to_resume(asked) if asked is not None else None
    if found is None:
        return None
    kind = config[TunerGroup].sft_type
    is_adapter = not (found / "config.json").is_file()
    if is_adapter != (TUNERS.find(kind).saves == "adapter"):
        what = "an adapter" if is_adapter else "a whole model"
        raise CheckpointError(
            f"{found} holds {what}, which --sft_type {kind} cannot go on from: leave --sft_type "
            "out to train as before, or start a new run"
            + ("" if is_adapter else f" with --model_id_or_path {found}")
        )
    return found


def write_arguments(config: Config, folder: Path) -> None:
    """Write a resumed run's arguments, without the checkpoint it came from: rotation deletes it."""
    store.save(config.replace(resume_from_checkpoint=None), folder / layout.ARGUMENTS)
