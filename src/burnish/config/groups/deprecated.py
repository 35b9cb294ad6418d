"""Older flags; each names the one to use instead."""

from burnish.config.flag import flag, group


@group()
class DeprecatedGroup:
    """Deprecated: older flags, each with the one to use instead."""

    train_dataset_sample: int = flag(-1, "Rows to train on; -1: all.", replaced_by="dataset NAME#N")
    val_dataset_sample: int | None = flag(
        None, "Rows to validate on.", replaced_by="val_dataset NAME#N"
    )
    custom_train_dataset_path: list[str] = flag([], "Files to train on.", replaced_by="dataset")
    custom_val_dataset_path: list[str] = flag(
        [], "Files to validate on.", replaced_by="val_dataset"
    )
    self_cognition_sample: int = flag(
        0, "Self-cognition rows to add.", replaced_by="dataset self-cognition#N"
    )
    train_dataset_mix_ratio: float = flag(
        0.0,
        "General rows to mix in, as a share of the training rows.",
        replaced_by="dataset",
        ge=0,
    )
    train_dataset_mix_ds: list[str] = flag(
        ["ms-bench"], "Data sets the general rows come from.", replaced_by="dataset"
    )
