"""Flags to sequences: every data set of a run is read, converted, split and tokenised, before any
weight is loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from burnish.config.config import Config
from burnish.config.groups.data import DataGroup
from burnish.config.groups.template import TemplateGroup
from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.account import Account, account_of, counted
from burnish.data.deferred import lazily, streamed
from burnish.data.encode import TOKENISED, Encoder
from burnish.data.items import sources
from burnish.data.lazy import Lazy
from burnish.data.preview import length_line, preview
from burnish.data.rejects import FILE, Rejects
from burnish.data.sample import Encoded
from burnish.data.store import Sequences
from burnish.data.stored import encoded_item, joined
from burnish.data.stream import Set
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer
from burnish.data.views import View
from burnish.data.weights import LossScale


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run trains on and validates with, and what became of every row."""

    train: Sequences
    validation: Sequence[Encoded]
    report: Account
    rejects: Rejects
    text: str
    """The account, the lengths and the rejects, for people."""
    example: str
    """One encoded example."""
    key: str
    """What strict resume compares: the same data, rendered and cut in the same way."""
    lazy: Lazy | None = None
    """The samples to train on, where they are tokenised while training; `train` is empty then."""
    stream: tuple[Set, ...] = ()
    """The data to train on, where it is read while training; `train` is empty then."""

    @property
    def is_deferred(self) -> bool:
        """Whether the data is tokenised while training."""
        return self.lazy is not None or bool(self.stream)

    def write(self, folder: Path) -> None:
        """Write the ledger of rejected rows into a run's folder."""
        self.rejects.write(folder / FILE)


def prepare(config: Config, tokenizer: Tokenizer, template: Template) -> Prepared:
    """Everything between the flags and the batches.

    Raises DataError when a file cannot be read, fits no format, or nothing is left to train on.
    """
    data = config[DataGroup]
    rejects = Rejects(data.max_bad_rows)
    encoder = encoder_of(config, template)
    if data.streaming or data.lazy_tokenize:
        return _deferred(config, encoder, rejects)
    found = sources(config, find_folder=lambda: encoder.template.tokenizer.folder)
    parts = [encoded_item(config, source, encoder, rejects) for source in found]
    train = joined([train for train, _ in parts])
    validation = joined([validation for _, validation in parts])
    _warn_of_form(config.command, train, template)
    if not len(train):
        raise DataError(_nothing_left(rejects, encoder))
    if not len(validation):
        _refuse_or_warn(config, rejects)
    account = account_of(train)
    lines = [*account.lines(), length_line(train.lengths)]
    if len(validation):
        checked = account_of(validation)
        lines.append(
            f"validation: {counted(checked.samples, 'sample')} -> "
            f"{counted(checked.sequences, 'sequence')}"
        )
    text = _lines(*lines, rejects.summary())
    example = preview(train[0], tokenizer)
    return Prepared(train, validation, account, rejects, text, example, train.digest())


def _deferred(config: Config, encoder: Encoder, rejects: Rejects) -> Prepared:
    """As `prepare`, for data whose tokens are made while training."""
    found = (streamed if config[DataGroup].streaming else lazily)(config, encoder, rejects)
    if not len(found.validation):
        _refuse_or_warn(config, rejects)
    example = ""
    if (lazy := found.lazy) is not None:
        first = next((row[0] for unit in range(len(lazy)) for row in lazy.rows(unit)), None)
        if first is None:
            raise DataError(_nothing_left(rejects, encoder))
        example = preview(first, encoder.template.tokenizer)
    text = _lines(found.text, rejects.summary())
    return Prepared(
        joined([]), found.validation, Account(), rejects, text, example,
        found.key, found.lazy, found.stream,
    )  # fmt: skip


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def encoder_of(config: Config, template: Template, view: View = "text") -> Encoder:
    """How the flags say that samples become the sequences that `view` asks for."""
    limits, data = config[TemplateGroup], config[DataGroup]
    scale = LossScale.load(data.loss_scale_config_path) if data.use_loss_scale else None
    return Encoder(template, limits.max_length, limits.truncation_strategy, scale, view)


def _nothing_left(rejects: Rejects, encoder: Encoder) -> str:
    long, bad = rejects.count("dropped_long"), rejects.count("rejected")
    if long and not bad:
        return (
            f"nothing is left to train on: every row is longer than --max_length "
            f"{encoder.max_length}. Raise it, or say --truncation_strategy truncation_left.\n"
            f"{rejects.summary()}"
        )
    if not rejects.rows:
        return "nothing is left to train on: every row was kept aside for validation."
    return f"nothing is left to train on.\n{rejects.summary()}"


def _refuse_or_warn(config: Config, rejects: Rejects) -> None:
    """No sequence to validate with: an error where rows for it were given on purpose, nothing to
    say where none were asked for.
    """
    lost, data = "none of the rows to validate with can be used", config[DataGroup]
    if data.val_dataset:
        raise DataError(f"{lost}.\n{rejects.summary()}")
    if data.dataset_test_ratio > 0:
        log.warning("%s; this run goes on without validation", lost)


def _warn_of_form(command: str, train: Sequences, template: Template) -> None:
    answers = train.column("answers")[train.column("is_first")]
    texts, talks = int((answers == 0).sum()), int((answers > 0).sum())
    talks = max(talks - sum(s.about["notes"].get(TOKENISED, 0) for s in train.stores), 0)
    if command == "pt" and talks and not template.is_generation:
        log.warning(
            "pt trains %d of %d samples through a chat template (%s); plain text has a column "
            "text, or response alone",
            talks,
            talks + texts,
            template.label,
        )
    if command == "sft" and texts:
        log.warning(
            "sft trains %d of %d samples as plain text, without a chat template",
            texts,
            talks + texts,
        )
    if command == "sft" and template.is_generation and talks:
        log.warning("sft uses %s, which writes plain text without roles", template.label)
