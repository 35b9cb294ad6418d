"""What a run reports, where and how often."""

from pathlib import Path

from burnish.config.flag import flag, group

REPORTERS = (
    "tensorboard",
    "none",
    "all",
    "wandb",
    "mlflow",
    "comet_ml",
    "clearml",
    "neptune",
    "swanlab",
    "dvclive",
    "codecarbon",
    "azure_ml",
    "dagshub",
    "flyte",
    "trackio",
)


@group()
class LogGroup:
    """Log: what a run reports, where and how often."""

    logging_steps: int = flag(
        5, "Steps between two log lines; the first step always has one.", ge=1
    )
    logging_dir: Path | None = flag(
        None, "Folder for TensorBoard; none: runs/ inside the run's folder."
    )
    report_to: list[str] = flag(
        ["tensorboard"],
        "Where to report; all: everything installed.",
        choices=REPORTERS,
        built=("tensorboard", "none", "all"),
    )
    disable_tqdm: bool = flag(False, "Print log lines in place of a progress bar.")
    include_num_input_tokens_seen: bool = flag(False, "Log the number of tokens read so far.")
