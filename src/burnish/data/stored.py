"""Items as stored sequences: tokenised once, found again by their content."""

import time
from array import array
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from burnish.config.config import Config
from burnish.config.groups.data import DataGroup
from burnish.core.log import log
from burnish.data import cache
from burnish.data.cells import BadRow
from burnish.data.convert import Reading
from burnish.data.encode import Encoder
from burnish.data.items import Source, by_table, note, some
from burnish.data.pipeline import Job, batches, chunks
from burnish.data.rejects import Rejects
from burnish.data.split import Places
from burnish.data.store import Sequences, Store, Writer, choose

TOLD_EVERY = 10.0
"""Seconds between two lines of progress."""


def encoded_item(
    config: Config, source: Source, encoder: Encoder, rejects: Rejects
) -> tuple[Sequences, Sequences]:
    """The sequences of one item, to train on and to validate with."""
    if source.item.count is None:
        stores = [_store(config, reading, encoder, rejects) for reading in source.readings]
        counts = [len(store.rows) for store in stores]
        pair = source.divide(some(sum(counts), source, rejects))
        return _chosen(stores, counts, pair[0]), _chosen(stores, counts, pair[1])
    # A part of the rows: they are drawn first, and only those are tokenised.
    usable = [_usable(config, reading, encoder, rejects) for reading in source.readings]
    counts = [len(rows) for rows in usable]
    pair = source.divide(some(sum(counts), source, rejects))
    drawn = np.unique(np.concatenate(pair))
    only = [rows[places] for rows, places in zip(usable, by_table(drawn, counts), strict=True)]
    stores = [
        _store(config, reading, encoder, rejects, rows)
        for reading, rows in zip(source.readings, only, strict=True)
    ]
    kept = [len(rows) for rows in only]
    lost = sum(int((store.rows["count"] == 0).sum()) for store in stores)
    if lost:
        log.warning("%s: %d of the rows drawn are left out; see rejected.jsonl", source.text, lost)
    train, validation = (np.searchsorted(drawn, places) for places in pair)
    return _chosen(stores, kept, train), _chosen(stores, kept, validation)


def _usable(config: Config, reading: Reading, encoder: Encoder, rejects: Rejects) -> Places:
    """Places of the rows that can be converted, counted from 0."""
    job, strategy = Job(reading, encoder), config[DataGroup].check_dataset_strategy
    places, at = array("q"), 0
    for batch in batches(reading.table.raws()):
        _, bad = job.samples(batch)
        note(bad, rejects, strategy)
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
        try:
            for chunk in chunks(Job(reading, encoder), raws, data.preprocess_num_proc):
                note(chunk.refused, rejects, data.check_dataset_strategy)
                writer.add(chunk)
                if time.monotonic() - told > TOLD_EVERY:
                    told = time.monotonic()
                    rate = writer.rows / (told - started)
                    log.info("%s: %d rows tokenised, %.0f a second", table.name, writer.rows, rate)
            writer.close()
        finally:
            writer.release()

    places = None if only is None else cache.key_of(only.tolist())
    key = cache.key_of(table.key(), reading_key(reading), encoder_key(encoder), places)
    store = Store(cache.entry("tokens", key, make), table.name)
    note(store.refused, rejects, data.check_dataset_strategy)
    return store


def reading_key(reading: Reading) -> list[Any]:
    """What besides the file decides its samples."""
    settings = {name: getattr(reading, name) for name in reading.__slots__ if name != "table"}
    code, _, _ = (reading.change.code or "").partition(":")
    own = [sha256(Path(code).read_bytes()).hexdigest()] if code.endswith(".py") else []
    shown = _shown_key(reading) if reading.shows_media else ""
    return [*sorted((name, repr(value)) for name, value in settings.items()), *own, shown]


def _shown_key(reading: Reading) -> str:
    """A SHA-256 over everything that the rows become: the files that they show may come and go, and
    boxes are told in parts of an image.
    """
    total = sha256()
    for number, raw in reading.table.raws():
        try:
            found = repr(reading.sample(number, raw))
        except BadRow as error:
            found = f"{number}: {error}"
        total.update(found.encode("utf-8", "backslashreplace"))
    return total.hexdigest()


def encoder_key(encoder: Encoder) -> list[Any]:
    """What decides the ids of a sample."""
    template, tokenizer = encoder.template, encoder.template.tokenizer
    # What a template finds out about itself is there only once somebody has asked for it.
    late = {k for k, v in vars(type(template)).items() if isinstance(v, cached_property)}
    left_out = {"tokenizer", "now", *late}
    state = {k: v for k, v in template.__getstate__().items() if k not in left_out}
    now = template.now.isoformat() if "strftime_now" in template.jinja else None
    limits = (encoder.max_length, encoder.truncation, repr(encoder.scale), encoder.view)
    return [repr(sorted(state.items())), now, tokenizer.digest(), template.stop_ids, *limits]


def _chosen(stores: Sequence[Store], counts: Sequence[int], places: Places) -> Sequences:
    return choose(stores, by_table(places, counts))


def joined(parts: Sequence[Sequences]) -> Sequences:
    """The sequences of all items, one behind the other."""
    stores = tuple(store for part in parts for store in part.stores)
    offsets = np.cumsum([0, *(len(part.stores) for part in parts)])
    which = [part.which + offset for part, offset in zip(parts, offsets, strict=False)]
    return Sequences(
        stores,
        np.concatenate([np.zeros(0, np.int32), *which]).astype(np.int32),
        np.concatenate([np.zeros(0, np.int64), *(part.places for part in parts)]),
    )
