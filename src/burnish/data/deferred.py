"""Data that is not tokenised before training: row by row when a batch needs it, or as a stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from burnish.config.config import Config
from burnish.config.groups.data import DataGroup
from burnish.data import cache, stream
from burnish.data.convert import Reading
from burnish.data.encode import Encoder
from burnish.data.items import by_table, note, some, sources
from burnish.data.lazy import Lazy, RawRows, RawWriter
from burnish.data.pipeline import Job, batches
from burnish.data.rejects import Rejects
from burnish.data.sample import Encoded
from burnish.data.split import Places
from burnish.data.stored import encoded_item, encoder_key, joined, reading_key
from burnish.data.stream import Set


@dataclass(frozen=True, slots=True)
class Deferred:
    """Training data whose tokens are not made yet, and validation data, whose are."""

    validation: Sequence[Encoded]
    key: str
    """The same for the same data in the same order."""
    text: str
    """What there is to tell of it."""
    lazy: Lazy | None = None
    stream: tuple[Set, ...] = ()


def lazily(config: Config, encoder: Encoder, rejects: Rejects) -> Deferred:
    """Rows that are read and converted now, and tokenised when a batch needs them."""
    jobs: list[Job] = []
    raws: list[RawRows] = []
    chosen: list[Places] = [np.zeros((0, 2), np.int64)]
    held: list[tuple[int, int]] = []
    for source in sources(config, find_folder=lambda: encoder.template.tokenizer.folder):
        mine = [_raw_rows(config, reading, encoder, rejects) for reading in source.readings]
        counts = [len(rows) for rows in mine]
        train, aside = source.divide(some(sum(counts), source, rejects))
        pairs = zip(by_table(train, counts), by_table(aside, counts), strict=True)
        for number, (places, held_places) in enumerate(pairs, len(raws)):
            chosen.append(np.stack([np.full(len(places), number), places], axis=1))
            held += [(number, int(place)) for place in held_places]
        jobs += [Job(reading, encoder) for reading in source.readings]
        raws += mine
    strategy = config[DataGroup].check_dataset_strategy
    lazy = Lazy(jobs, raws, np.concatenate(chosen), rejects, strategy)
    validation = [encoded for table, place in held for encoded in lazy.encoded(table, place)]
    trained = [jobs[k].reading for k in np.unique(lazy.chosen[:, 0])]  # not those that validate
    tables = [(reading.table.key(), reading_key(reading)) for reading in trained]
    order = sha256(lazy.chosen.tobytes()).hexdigest()
    key = cache.digest_of(tables, encoder_key(encoder), order)
    return Deferred(validation, key, f"{len(lazy)} samples, tokenised while training", lazy)


def streamed(config: Config, encoder: Encoder, rejects: Rejects) -> Deferred:
    """Data that is read while training; what validates is read now."""
    sets, validation, names = [], [], []
    for source in sources(config, find_folder=lambda: encoder.template.tokenizer.folder):
        if source.item.flag == "--val_dataset":
            validation.append(encoded_item(config, source, encoder, rejects)[1])
            continue
        sets.append(Set(tuple(Job(r, encoder) for r in source.readings), source.item.count))
        tables = [reading.table for reading in source.readings]
        known = [(t.name, t.path.stat().st_size, t.mapping.text()) for t in tables]
        names.append((source.item.count, known))
    key = cache.digest_of(stream.BLOCK, names, encoder_key(encoder))
    text = f"streaming {len(sets)} data set{'s' * (len(sets) > 1)}"
    return Deferred(joined(validation), key, text, stream=tuple(sets))


def _raw_rows(config: Config, reading: Reading, encoder: Encoder, rejects: Rejects) -> RawRows:
    """The rows of a table that can be converted, as they were read."""
    strategy = config[DataGroup].check_dataset_strategy

    def make(folder: Path) -> None:
        writer, refused = RawWriter(folder), []
        for batch in batches(reading.table.raws()):
            _, bad = Job(reading, encoder).samples(batch)
            note(bad, rejects, strategy)
            refused += bad
            wrong = {entry.row for entry in bad}
            for raw in batch:
                if raw[0] not in wrong:
                    writer.add(raw)
        writer.close(refused)

    key = cache.key_of(reading.table.key(), reading_key(reading))
    rows = RawRows(cache.entry("rows", key, make), reading.table.name)
    note(rows.refused, rejects, strategy)
    return rows
