"""Older flags put into the ones that took their place, before anything is checked."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from burnish.config.config import Config
from burnish.config.groups.data import DataGroup
from burnish.config.groups.deprecated import DeprecatedGroup
from burnish.core.errors import Problem, UsageError

Forced = tuple[str, Any, str]
PATHS = (("custom_train_dataset_path", "dataset"), ("custom_val_dataset_path", "val_dataset"))
MIX = "train_dataset_mix_ds"
SAMPLES = (("train_dataset_sample", "dataset"), ("val_dataset_sample", "val_dataset"))


def paths_into_data_sets(config: Config) -> Iterator[Forced]:
    """--custom_train_dataset_path and --custom_val_dataset_path come behind the data sets."""
    for older, newer in PATHS:
        if older in config.flags and (paths := config.value(older)):
            yield newer, [*_items(config.value(newer)), *paths], f"--{older} is added to it"
            yield older, [], f"it is part of --{newer}"


def samples_into_counts(config: Config) -> Iterator[Forced]:
    """--train_dataset_sample is the #N of the one data set; of two numbers the smaller wins.

    Raises: UsageError where there is not one data set.
    """
    for older, newer in SAMPLES:
        count = config.value(older) if older in config.flags else None
        if count in (None, -1):
            continue
        items = _items(config.value(newer))
        if len(items) != 1 or not isinstance(count, int) or count < 1:
            wrong = f"works with one --{newer} and a number of rows from 1 on"
            raise UsageError([Problem(older, str(count), wrong, f"write --{newer} NAME#N")])
        yield newer, [_counted(items[0], count)], f"--{older} {count} is its number of rows"
        yield older, -1 if older.startswith("train") else None, f"it is part of --{newer}"


def self_cognition_into_data_sets(config: Config) -> Iterator[Forced]:
    """--self_cognition_sample N is the data set self-cognition#N."""
    if "self_cognition_sample" in config.flags and (
        count := config[DeprecatedGroup].self_cognition_sample
    ):
        items = [*_items(config[DataGroup].dataset), f"self-cognition#{count}"]
        yield "dataset", items, f"--self_cognition_sample {count} is added to it"
        yield "self_cognition_sample", 0, "it is part of --dataset"


def mix_into_data_sets(config: Config) -> Iterator[Forced]:
    """--train_dataset_mix_ratio R is the data set MIX#N, N being R times the rows to train on.

    Raises: UsageError where the rows are not known without counting them, or MIX is several sets.
    """
    if "train_dataset_mix_ratio" not in config.flags:
        return
    ratio, default = config[DeprecatedGroup].train_dataset_mix_ratio, config.flags[MIX].default
    if not ratio:
        yield MIX, default, "--train_dataset_mix_ratio is 0"
        return
    if config[DataGroup].streaming:
        yield "train_dataset_mix_ratio", 0.0, "--streaming reads the data while training"
        return
    items, mixed = _items(config[DataGroup].dataset), _items(config.value(MIX))
    counts = [_count_of(item) for item in items]
    if not items or None in counts or len(mixed) != 1:
        wrong = "is a share of the rows to train on, which are not counted before they are read"
        fix = f"write --dataset NAME {mixed[0] if mixed else 'MIX'}#N, N being the rows to mix in"
        if None not in counts and items:
            wrong, fix = "works with one --train_dataset_mix_ds", "write --dataset NAME MIX#N"
        raise UsageError([Problem("train_dataset_mix_ratio", str(ratio), wrong, fix)])
    rows = int(ratio * sum(_trained(config, count) for count in counts if count))
    why = f"--train_dataset_mix_ratio {ratio} of their rows is added"
    if rows:
        yield "dataset", [*items, _counted(mixed[0], rows)], why
    yield "train_dataset_mix_ratio", 0.0, "it is part of --dataset"
    yield MIX, default, "it is part of --dataset"


def _trained(config: Config, rows: int) -> int:
    """How many of an item's rows are trained: some may be kept aside for validation."""
    data = config[DataGroup]
    held = 0.0 if data.val_dataset else data.dataset_test_ratio
    return rows - max(int(rows * held), 1) if held else rows


def _count_of(item: str) -> int | None:
    """The number of rows that an item asks for, where it does."""
    number = item.rpartition("#")[2].strip()
    return int(number) if "#" in item and number.isdigit() and not Path(item).exists() else None


RULES = (
    samples_into_counts,
    paths_into_data_sets,
    mix_into_data_sets,
    self_cognition_into_data_sets,
)


def _items(given: Sequence[str]) -> list[str]:
    """The data sets one by one, also where one word holds several."""
    if len(given) == 1 and not Path(given[0]).exists():
        return [item.strip() for item in given[0].split(",") if item.strip()]
    return list(given)


def _counted(item: str, count: int) -> str:
    name, sign, number = item.rpartition("#")
    if sign and number.strip().isdigit() and not Path(item).exists():
        return f"{name}#{min(int(number), count)}"
    return f"{item}#{count}"
