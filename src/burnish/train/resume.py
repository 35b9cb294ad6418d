"""Going on from a checkpoint: its weights, its state and its history, on the base it began on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from burnish.config.groups.checkpoint import CheckpointGroup
from burnish.core.adapter import adapter_folder
from burnish.core.errors import CheckpointError
from burnish.core.files import read_json
from burnish.core.fingerprint import base_difference
from burnish.core.log import log
from burnish.data.template import TEMPLATE_FILE, read_saved
from burnish.train import checkpoint, layout, state
from burnish.train.fit import Run


def take_up(run: Run, folder: Path) -> None:
    """Continue from a checkpoint: its weights, and unless --resume_only_model its state and
    history.
    """
    refuse_other_base(run, folder)
    run.tuner.restore(run.model, adapter_folder(folder))
    if run.config[CheckpointGroup].resume_only_model:
        log.info("weights of %s; steps, optimiser and schedule start anew", folder)
        return
    state.restore(run, folder)
    history = checkpoint.read_history(folder)
    run.best.metric, run.best.step = history["best_metric"], history["best_global_step"]
    run.best.path = history["best_model_checkpoint"]
    run.journal.take_up(history["log_history"], run.clock.done)
    run.ledger.take_up(folder.parent, run.clock.done)
    log.info("resumed from %s: step %d of %d", folder, run.clock.done, run.clock.total)


def refuse_other_base(run: Run, folder: Path) -> None:
    """An adapter goes on only upon the weights that it began on."""
    recorded = folder / layout.BASE
    if not run.about.is_adapter or not recorded.is_file():
        return
    lines = base_difference(read_json(recorded), run.about.base_fingerprint)
    if lines:
        raise CheckpointError(
            f"{run.about.base} is not the model that {folder} was trained on: {'; '.join(lines)}. "
            "Give the model of the first run with --model_id_or_path"
        )


def saved_time(resume: Path | None) -> datetime | None:
    """The time a resumed run's template was made at: some templates print today's date."""
    if resume is None or not (resume / TEMPLATE_FILE).is_file():
        return None
    saved = read_saved(resume / TEMPLATE_FILE).get("now")
    return datetime.fromisoformat(saved) if saved else None
