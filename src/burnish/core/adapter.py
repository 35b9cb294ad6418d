"""Where an adapter lies inside a checkpoint: at its top, or in default/ (tuner_backend swift); and
what the other files of a checkpoint are called.
"""

from pathlib import Path

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
ARGUMENTS = "sft_args.json"
BASE = "base.json"
STATE = (
    "state.safetensors", "state.json", "random-*", "trainer_state.json", "*tuner_state.*",
)  # fmt: skip
"""What only a resumed run reads: often more bytes than the weights."""
INNER = "default"
"""The folder of --tuner_backend swift; named after the only adapter of a run."""


def adapter_place(folder: Path, backend: object) -> Path:
    """Where `backend` puts an adapter inside a new checkpoint; makes the folder."""
    if backend != "swift":
        return folder
    (folder / INNER).mkdir(exist_ok=True)
    return folder / INNER


def adapter_folder(folder: Path) -> Path:
    """Where the adapter of a checkpoint lies; the checkpoint itself where there is none."""
    return folder / INNER if (folder / INNER / CONFIG).is_file() else folder
