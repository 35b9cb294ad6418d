"""Flags to sequences: every data set of a run is read, converted, split and tokenised, before any
weight is loaded.
"""

import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from burnish.config.config import Config
from burnish.config.groups.data import DataGroup
from burnish.config.groups.template import TemplateGroup
from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data import cache
from burnish.data.account import Account, account_of
from burnish.data.cells import BadRow
from burnish.data.convert import Reading, survey
from burnish.data.encode import Encoder
from burnish.data.forms import Purpose
from burnish.data.lazy import Lazy, RawRows, RawWriter
from burnish.data.names import Names
from burnish.data.pipeline import Job, batches, chunks
from burnish.data.preview import length_line, preview
from burnish.data.rejects import FILE, Reject, Rejects
from burnish.data.sample import Encoded, Sample
from burnish.data.source import Item, open_item, parse_item, split_items
from burnish.data.split import Places, split_item, take_whole
from burnish.data.store import Sequences, Store, Writer, choose
from burnish.data.stream import Set
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer
from burnish.data.weights import LossScale

TOLD_EVERY = 10.0
"""Seconds between two lines of progress."""

Divide = Callable[[int], tuple[Places, Places]]
"""How many usable rows an item has -> (those to train on, those to validate with)."""


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

    def write(self, folder: Path) -> None:
        """Write the ledger of rejected rows into a run's folder."""
        self.rejects.write(folder / FILE)


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


def prepare(
    config: Config,
    tokenizer: Tokenizer,
    template: Template,
    found: "Sequence[Source] | None" = None,
) -> Prepared:
    """Everything between the flags and the batches. `found` are the data sets, where they were
    opened before.

    Raises DataError when a file cannot be read, fits no format, or nothing is left to train on.
    """
    data = config[DataGroup]
    rejects = Rejects(data.max_bad_rows)
    encoder = encoder_of(config, template)
    if data.streaming:
        return _streamed(config, encoder, rejects)
    if data.lazy_tokenize:
        return _lazily(config, encoder, rejects)
    parts = [_encoded(config, source, encoder, rejects) for source in found or sources(config)]
    train = _joined([train for train, _ in parts])
    validation = _joined([validation for _, validation in parts])
    _warn_of_form(config.command, train, template)
    if not len(train):
        raise DataError(_nothing_left(rejects, encoder))
    held = int(sum(store.rows["count"].size > 0 for store in validation.stores))
    if held and not len(validation):
        _refuse_or_warn(config, rejects)
    account = account_of(train)
    lines = [*account.lines(), length_line(train.lengths)]
    if len(validation):
        checked = account_of(validation)
        lines.append(f"validation: {checked.samples} samples -> {checked.sequences} sequences")
    if summary := rejects.summary():
        lines.append(summary)
    example = preview(train[0], tokenizer)
    return Prepared(train, validation, account, rejects, "\n".join(lines), example, train.digest())


def _lazily(config: Config, encoder: Encoder, rejects: Rejects) -> Prepared:
    """Rows that are read and checked now, and tokenised when they are needed."""
    jobs: list[Job] = []
    raws: list[RawRows] = []
    chosen: list[Places] = []
    held: list[tuple[int, int]] = []
    for source in sources(config):
        mine = [_raw_rows(config, reading, encoder, rejects) for reading in source.readings]
        counts = [len(rows) for rows in mine]
        pair = source.divide(_some(sum(counts), source, rejects))
        for number, (train, held_rows) in enumerate(
            zip(*(_by_table(places, counts) for places in pair), strict=True), len(raws)
        ):
            chosen.append(np.stack([np.full(len(train), number), train], axis=1))
            held += [(number, int(place)) for place in held_rows]
        jobs += [Job(reading, encoder) for reading in source.readings]
        raws += mine
    lazy = Lazy(jobs, raws, np.concatenate(chosen), rejects)
    if not len(lazy):
        raise DataError(_nothing_left(rejects, encoder))
    validation = [encoded for table, place in held for encoded in lazy.encoded(table, place)]
    tables = [job.reading.table.key() for job in jobs]
    readings = [reading_key(job.reading) for job in jobs]
    key = cache.key_of(tables, readings, encoder_key(encoder), lazy.chosen.tolist())
    first = next((row[0] for unit in range(len(lazy)) for row in lazy.rows(unit)), None)
    if first is None:
        raise DataError(_nothing_left(rejects, encoder))
    lines = [f"{len(lazy)} samples, tokenised while training", rejects.summary()]
    example = preview(first, encoder.template.tokenizer)
    text = "\n".join(line for line in lines if line)
    return Prepared(_joined([]), validation, Account(), rejects, text, example, key, lazy)


def _streamed(config: Config, encoder: Encoder, rejects: Rejects) -> Prepared:
    """Data that is read while training; what validates is read now."""
    sets, validation, names = [], [], []
    for source in sources(config):
        jobs = tuple(Job(reading, encoder) for reading in source.readings)
        if source.item.flag == "--val_dataset":
            validation.append(_encoded(config, source, encoder, rejects)[1])
            continue
        sets.append(Set(jobs, source.item.count))
        tables = [reading.table for reading in source.readings]
        names.append([(t.name, t.path.stat().st_size, t.mapping.text()) for t in tables])
    held = _joined(validation)
    text = f"streaming {len(sets)} data set{'s' * (len(sets) > 1)}"
    key = cache.key_of(names, encoder_key(encoder))
    return Prepared(_joined([]), held, Account(), rejects, text, "", key, stream=tuple(sets))


def _raw_rows(config: Config, reading: Reading, encoder: Encoder, rejects: Rejects) -> RawRows:
    """The rows of a table that can be converted, as they were read."""
    strategy = config[DataGroup].check_dataset_strategy

    def make(folder: Path) -> None:
        writer, refused = RawWriter(folder), []
        for batch in batches(reading.table.raws()):
            _, bad = Job(reading, encoder).samples(batch)
            _note(bad, rejects, strategy)
            refused += bad
            wrong = {entry.row for entry in bad}
            for raw in batch:
                if raw[0] not in wrong:
                    writer.add(raw)
        writer.close(refused)

    key = cache.key_of(reading.table.key(), reading_key(reading))
    rows = RawRows(cache.entry("rows", key, RawRows.is_sound, make), reading.table.name)
    _note(rows.refused, rejects, strategy)
    return rows


def encoder_of(config: Config, template: Template) -> Encoder:
    """How the flags say that samples become sequences."""
    limits, data = config[TemplateGroup], config[DataGroup]
    scale = LossScale.load(data.loss_scale_config_path) if data.use_loss_scale else None
    return Encoder(template, limits.max_length, limits.truncation_strategy, scale)


def sources(config: Config, purpose: Purpose = "train") -> list[Source]:
    """Every item of --dataset and --val_dataset, opened and looked at.

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
            tables = open_item(item, config)
            readings = tuple(survey(table, purpose, names=names) for table in tables)
            divide = _whole if flag == "--val_dataset" else _share
            found.append(Source(text, item, readings, divide(item, ratio, seed, text)))
    return found


def _share(item: Item, ratio: float, seed: int, text: str) -> Divide:
    return lambda size: split_item(size, item.count, ratio, seed, text)


def _whole(item: Item, ratio: float, seed: int, text: str) -> Divide:
    return lambda size: (np.zeros(0, np.int64), take_whole(size, item.count, seed, text))


def read_samples(config: Config, rejects: Rejects, purpose: Purpose = "train") -> Samples:
    """The samples of --dataset and --val_dataset in memory, sampled and split.

    Raises DataError when no data set is named, or nothing in them can be used.
    """
    found = Samples([], [])
    strategy = config[DataGroup].check_dataset_strategy
    for source in sources(config, purpose):
        samples: list[Sample] = []
        for reading in source.readings:
            for number, raw in reading.table.raws():
                try:
                    samples.append(reading.sample(number, raw))
                except BadRow as error:
                    _note(
                        [Reject(reading.table.name, number, "rejected", str(error))],
                        rejects,
                        strategy,
                    )
        train, validation = source.divide(_some(len(samples), source, rejects))
        found.train += [samples[k] for k in train]
        found.validation += [samples[k] for k in validation]
    return found


def _encoded(
    config: Config, source: Source, encoder: Encoder, rejects: Rejects
) -> tuple[Sequences, Sequences]:
    """The sequences of one item, to train on and to validate with."""
    if source.item.count is None:
        stores = [_store(config, reading, encoder, rejects) for reading in source.readings]
        counts = [len(store.rows) for store in stores]
        pair = source.divide(_some(sum(counts), source, rejects))
        return _chosen(stores, counts, pair[0]), _chosen(stores, counts, pair[1])
    # A part of the rows: they are drawn first, and only those are tokenised.
    usable = [_usable(config, reading, encoder, rejects) for reading in source.readings]
    counts = [len(rows) for rows in usable]
    pair = source.divide(_some(sum(counts), source, rejects))
    drawn = np.unique(np.concatenate(pair))
    only = [rows[places] for rows, places in zip(usable, _by_table(drawn, counts), strict=True)]
    stores = [
        _store(config, reading, encoder, rejects, rows)
        for reading, rows in zip(source.readings, only, strict=True)
    ]
    kept = [len(rows) for rows in only]
    train, validation = (np.searchsorted(drawn, places) for places in pair)
    return _chosen(stores, kept, train), _chosen(stores, kept, validation)


def _usable(config: Config, reading: Reading, encoder: Encoder, rejects: Rejects) -> Places:
    """Places of the rows that can be converted, counted from 0."""
    job, strategy = Job(reading, encoder), config[DataGroup].check_dataset_strategy
    places, at = array("q"), 0
    for batch in batches(reading.table.raws()):
        _, bad = job.samples(batch)
        _note(bad, rejects, strategy)
        wrong = {reject.row for reject in bad}
        places.extend(at + k for k, (number, _) in enumerate(batch) if number not in wrong)
        at += len(batch)
    return np.array(places, np.int64)


def _store(
    config: Config,
    reading: Reading,
    encoder: Encoder,
    rejects: Rejects,
    only: Places | None = None,
) -> Store:
    """The tokenised rows of a table, or `only` those at some places; taken from the cache where
    they are there.
    """
    data, table = config[DataGroup], reading.table

    def make(folder: Path) -> None:
        raws = table.raws()
        if only is not None:
            wanted = set(only.tolist())
            raws = (raw for place, raw in enumerate(table.raws()) if place in wanted)
        writer, started, told = Writer(folder), time.monotonic(), time.monotonic()
        for chunk in chunks(Job(reading, encoder), raws, data.preprocess_num_proc):
            _note(chunk.refused, rejects, data.check_dataset_strategy)
            writer.add(chunk)
            if time.monotonic() - told > TOLD_EVERY:
                told = time.monotonic()
                rate = writer.rows / (told - started)
                log.info("%s: %d rows tokenised, %.0f a second", table.name, writer.rows, rate)
        writer.close()

    places = None if only is None else cache.key_of(only.tolist())
    key = cache.key_of(table.key(), reading_key(reading), encoder_key(encoder), places)
    store = Store(cache.entry("tokens", key, Store.is_sound, make), table.name)
    _note(store.refused, rejects, data.check_dataset_strategy)
    return store


def reading_key(reading: Reading) -> list[Any]:
    """What besides the file decides its samples."""
    settings = {name: getattr(reading, name) for name in reading.__slots__ if name != "table"}
    code, _, _ = (reading.change.code or "").partition(":")
    own = [sha256(Path(code).read_bytes()).hexdigest()] if code.endswith(".py") else []
    folder = str(reading.table.path.parent) if reading.shows_media else ""
    return [*sorted((name, repr(value)) for name, value in settings.items()), *own, folder]


def encoder_key(encoder: Encoder) -> list[Any]:
    """What decides the ids of a sample."""
    template, tokenizer = encoder.template, encoder.template.tokenizer
    state = {k: v for k, v in template.__getstate__().items() if k not in ("tokenizer", "now")}
    now = template.now.isoformat() if "strftime_now" in template.jinja else None
    limits = (encoder.max_length, encoder.truncation, repr(encoder.scale), encoder.view)
    return [repr(sorted(state.items())), now, tokenizer.digest(), template.stop_ids, *limits]


def _by_table(places: Places, counts: Sequence[int]) -> list[Places]:
    """Places in an item as places in each of its tables."""
    ends = np.cumsum(counts)
    return [
        places[(places >= end - count) & (places < end)] - (end - count)
        for end, count in zip(ends, counts, strict=True)
    ]


def _chosen(stores: Sequence[Store], counts: Sequence[int], places: Places) -> Sequences:
    return choose(stores, _by_table(places, counts))


def _joined(parts: Sequence[Sequences]) -> Sequences:
    """The sequences of all items, one behind the other."""
    stores = tuple(store for part in parts for store in part.stores)
    offsets = np.cumsum([0, *(len(part.stores) for part in parts)])
    which = [part.which + offset for part, offset in zip(parts, offsets, strict=False)]
    return Sequences(
        stores,
        np.concatenate([np.zeros(0, np.int32), *which]).astype(np.int32),
        np.concatenate([np.zeros(0, np.int64), *(part.places for part in parts)]),
    )


def _some(usable: int, source: Source, rejects: Rejects) -> int:
    if not usable:
        raise DataError(f"{source.text}: none of its rows can be used.\n{rejects.summary()}")
    return usable


def _note(refused: Sequence[Reject], rejects: Rejects, strategy: str) -> None:
    """Take up what was refused. `strategy` is --check_dataset_strategy: "error" stops at the first
    bad row, "warning" logs each, the others only list them.
    """
    for entry in refused:
        if entry.kind == "rejected" and strategy == "error":
            raise DataError(f"{entry.file}:{entry.row}: {entry.reason}.")
        is_new = rejects.add(entry.file, entry.row, entry.reason, entry.kind)
        if is_new and entry.kind == "rejected" and strategy == "warning":
            log.warning("%s:%d: %s", entry.file, entry.row, entry.reason)


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
    """No row to validate with can be used: an error where they were given on purpose."""
    lost = "none of the rows to validate with can be used"
    if config[DataGroup].val_dataset:
        raise DataError(f"{lost}.\n{rejects.summary()}")
    log.warning("%s; this run goes on without validation", lost)


def _warn_of_form(command: str, train: Sequences, template: Template) -> None:
    answers = train.column("answers")[train.column("is_first")]
    texts, talks = int((answers == 0).sum()), int((answers > 0).sum())
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
