"""The items of --dataset and --val_dataset: opened, looked at, and divided into rows to train on
and rows to validate with.
"""

import filecmp
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from burnish.config.config import Config
from burnish.config.groups.data import DataGroup
from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.cells import BadRow
from burnish.data.convert import Reading, survey
from burnish.data.custom import FindFolder
from burnish.data.draft import Purpose
from burnish.data.names import Names
from burnish.data.recipes import BY_POSITION
from burnish.data.rejects import Reject, Rejects
from burnish.data.sample import Sample
from burnish.data.source import Item, open_item, parse_item, split_items
from burnish.data.split import Places, split_by_position, split_item, take_whole
from burnish.data.table import Table

Divide = Callable[[int], tuple[Places, Places]]
"""How many usable rows an item has -> (those to train on, those to validate with)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One item of --dataset or --val_dataset, opened."""

    text: str
    """As it was written."""
    item: Item
    readings: tuple[Reading, ...]
    divide: Divide


@dataclass(slots=True)
class Samples:
    """Samples to train on and samples to validate with, in memory."""

    train: list[Sample]
    validation: list[Sample]


def sources(
    config: Config,
    purpose: Purpose = "train",
    *,
    shows_media: bool = False,
    find_folder: FindFolder | None = None,
) -> list[Source]:
    """Every item of --dataset and --val_dataset, opened and looked at. `shows_media`: rows may show
    images, sounds and films; `find_folder` finds the model's, for functions that make rows.

    Raises DataError when no data set is named, or one cannot be read.
    """
    data = config[DataGroup]
    if not data.dataset and not data.val_dataset:
        raise DataError(
            "no data: give --dataset PATH, a .jsonl, .json, .csv, .tsv, .txt or .parquet file or "
            "a folder."
        )
    ratio = 0.0 if data.val_dataset else data.dataset_test_ratio
    seed, names = data.dataset_seed, Names.of(data.model_name, data.model_author)
    found = []
    for flag, given in (("--dataset", data.dataset), ("--val_dataset", data.val_dataset)):
        for text in split_items(given):
            item = parse_item(text, flag)
            tables = open_item(item, config, find_folder)
            readings = tuple(
                survey(table, purpose, names=names, shows_media=shows_media) for table in tables
            )
            divide = _whole if flag == "--val_dataset" else _share
            if divide is _share and 0 < ratio < 1 and _is_split_by_position(readings):
                divide = _first_twentieth
            found.append(Source(text, item, readings, divide(item, ratio, seed, text)))
    _warn_of_the_same(found)
    return found


def _is_split_by_position(readings: Sequence[Reading]) -> bool:
    codes = {(reading.table.mapping.code or "").partition(":")[0] for reading in readings}
    return bool(codes) and codes <= BY_POSITION


def _first_twentieth(item: Item, ratio: float, seed: int, text: str) -> Divide:
    return lambda size: split_by_position(size, item.count, seed)


def _warn_of_the_same(found: Sequence[Source]) -> None:
    """Warn where rows to validate with are trained, too: the same file, or a copy of it."""
    tables: dict[str, list[tuple[str, Table]]] = {"--dataset": [], "--val_dataset": []}
    for source in found:
        for reading in source.readings:
            tables[source.item.flag].append((source.text, reading.table))
    for text, seen in tables["--val_dataset"]:
        for other, trained in tables["--dataset"]:
            if _are_the_same(seen, trained):
                log.warning(
                    "--val_dataset %s and --dataset %s are the same rows: the loss of validation "
                    "says nothing of rows that the model has not seen",
                    text, other,
                )  # fmt: skip
                return


def _are_the_same(one: Table, other: Table) -> bool:
    if one.layout != other.layout or one.layout.parallel:
        return one.path == other.path and one.layout == other.layout
    paths = one.path, other.path
    if not all(path.is_file() for path in paths):
        return False
    is_one_file = paths[0].samefile(paths[1])
    return is_one_file or filecmp.cmp(*paths, shallow=False)  # which compares sizes first


def _share(item: Item, ratio: float, seed: int, text: str) -> Divide:
    return lambda size: split_item(size, item.count, ratio, seed, text)


def _whole(item: Item, ratio: float, seed: int, text: str) -> Divide:
    return lambda size: (np.zeros(0, np.int64), take_whole(size, item.count, seed, text))


def read_samples(
    config: Config,
    rejects: Rejects,
    purpose: Purpose = "train",
    find_folder: FindFolder | None = None,
) -> Samples:
    """The samples of --dataset and --val_dataset in memory, sampled and split.

    Raises DataError when no data set is named, or nothing in them can be used.
    """
    found = Samples([], [])
    strategy = config[DataGroup].check_dataset_strategy
    for source in sources(config, purpose, find_folder=find_folder):
        samples: list[Sample] = []
        for reading in source.readings:
            for number, raw in reading.table.raws():
                try:
                    samples.append(reading.sample(number, raw))
                except BadRow as error:
                    note(
                        [Reject(reading.table.name, number, "rejected", str(error))],
                        rejects,
                        strategy,
                    )
        train, validation = source.divide(some(len(samples), source, rejects))
        found.train += [samples[k] for k in train]
        found.validation += [samples[k] for k in validation]
    return found


def by_table(places: Places, counts: Sequence[int]) -> list[Places]:
    """Places in an item as places in each of its tables."""
    ends = np.cumsum(counts)
    return [
        places[(places >= end - count) & (places < end)] - (end - count)
        for end, count in zip(ends, counts, strict=True)
    ]


def some(usable: int, source: Source, rejects: Rejects) -> int:
    if not usable:
        raise DataError(f"{source.text}: none of its rows can be used.\n{rejects.summary()}")
    return usable


def note(refused: Sequence[Reject], rejects: Rejects, strategy: str) -> None:
    """Take up what was refused. `strategy` is --check_dataset_strategy: "error" stops at the first
    bad row, "warning" logs each, the others only list them.
    """
    for entry in refused:
        if entry.kind == "rejected" and strategy == "error":
            raise DataError(f"{entry.file}:{entry.row}: {entry.reason.rstrip('.')}.")
        is_new = rejects.add(entry.file, entry.row, entry.reason, entry.kind)
        if is_new and entry.kind == "rejected" and strategy == "warning":
            log.warning("%s:%d: %s", entry.file, entry.row, entry.reason)
