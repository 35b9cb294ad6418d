"""Flags to sequences: every data set of a run is read, converted, split and encoded, before any
weight is loaded.
"""

from dataclasses import dataclass
from pathlib import Path

from burnish.config.config import Config
from burnish.config.groups.data import DataGroup
from burnish.config.groups.template import TemplateGroup
from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.convert import Purpose, convert
from burnish.data.encode import Account, Encoder, all_masked
from burnish.data.preview import length_line, preview
from burnish.data.rejects import FILE, Rejects
from burnish.data.sample import Encoded, Sample
from burnish.data.source import Item, parse_item, read_item, split_items
from burnish.data.split import Split, split_item, take_whole
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run trains on and validates with, and what became of every row."""

    train: list[Encoded]
    validation: list[Encoded]
    report: Account
    rejects: Rejects
    text: str
    """The account, the lengths and the rejects, for people."""
    example: str
    """One encoded example."""

    def write(self, folder: Path) -> None:
        """Write the ledger of rejected rows into a run's folder."""
        self.rejects.write(folder / FILE)


def prepare(config: Config, tokenizer: Tokenizer, template: Template) -> Prepared:
    """Everything between the flags and the batches.

    Raises DataError when a file cannot be read, fits no format, or nothing is left to train on.
    """
    rejects = Rejects(config[DataGroup].max_bad_rows)
    split = read_samples(config, rejects)
    _warn_of_form(config.command, split.train, template)
    limits = config[TemplateGroup]
    encoder = Encoder(template, limits.max_length, limits.truncation_strategy, rejects)
    train = encoder.encode(split.train)
    if not train or all_masked(train):
        raise DataError(
            f"nothing is left to train on: no token of {len(split.train)} samples carries loss.\n"
            f"{rejects.summary() or 'Every row was kept aside for validation.'}"
        )
    held = Encoder(template, limits.max_length, limits.truncation_strategy, rejects)
    validation = held.encode(split.validation)
    if split.validation and not validation:
        lost = f"none of the {len(split.validation)} samples to validate with can be used"
        if config[DataGroup].val_dataset:
            raise DataError(f"{lost}.\n{rejects.summary()}")
        log.warning("%s; this run goes on without validation", lost)
    lines = [*encoder.account.lines(), length_line(train)]
    if validation:
        lines.append(f"validation: {len(split.validation)} samples -> {len(validation)} sequences")
    if summary := rejects.summary():
        lines.append(summary)
    example = preview(train[0], tokenizer)
    return Prepared(train, validation, encoder.account, rejects, "\n".join(lines), example)


def read_samples(config: Config, rejects: Rejects, purpose: Purpose = "train") -> Split:
    """The samples of --dataset and --val_dataset, sampled and split.

    Raises DataError when no data set is named, or nothing in them can be used.
    """
    data = config[DataGroup]
    if not data.dataset and not data.val_dataset:
        raise DataError(
            "no data: give --dataset PATH, a .jsonl, .json, .csv, .tsv, .txt or .parquet file or "
            "a folder."
        )
    ratio = 0.0 if data.val_dataset else data.dataset_test_ratio
    split = Split()
    for text in split_items(data.dataset):
        item = parse_item(text)
        samples = _samples(item, text, rejects, data.check_dataset_strategy)
        part = split_item(samples, item.count, ratio, data.dataset_seed, text)
        split.train += part.train
        split.validation += part.validation
    for text in split_items(data.val_dataset):
        item = parse_item(text, "--val_dataset")
        samples = _samples(item, text, rejects, data.check_dataset_strategy)
        split.validation += take_whole(samples, item.count, data.dataset_seed, text)
    return split


def _samples(item: Item, text: str, rejects: Rejects, strategy: str) -> list[Sample]:
    """The usable samples of one item, which was written as `text`."""
    tables = read_item(item)
    samples = [sample for table in tables for sample in convert(table, rejects, strategy)]
    if not samples:
        rows = sum(len(table.rows) for table in tables)
        raise DataError(f"{text}: none of its {rows} rows can be used.\n{rejects.summary()}")
    return samples


def _warn_of_form(command: str, samples: list[Sample], template: Template) -> None:
    texts = sum(sample.text is not None for sample in samples)
    if command == "pt" and texts < len(samples) and not template.is_generation:
        log.warning(
            "pt trains %d of %d samples through a chat template (%s); plain text has a column "
            "text, or response alone",
            len(samples) - texts,
            len(samples),
            template.label,
        )
    if command == "sft" and texts:
        log.warning(
            "sft trains %d of %d samples as plain text, without a chat template",
            texts,
            len(samples),
        )
    if command == "sft" and template.is_generation and texts < len(samples):
        log.warning("sft uses %s, which writes plain text without roles", template.label)
