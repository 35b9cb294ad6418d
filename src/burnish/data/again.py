"""Rows read once more: the samples behind sequences, which hold token ids and no text."""

from collections.abc import Collection, Iterator

from burnish.config.config import Config
from burnish.config.groups.data import DataGroup
from burnish.data.cells import BadRow
from burnish.data.convert import survey
from burnish.data.sample import Sample, SampleId
from burnish.data.source import open_item, parse_item, split_items
from burnish.data.table import Table


def tables_of(config: Config) -> list[tuple[Table, str]]:
    """(table, use) of --dataset and --val_dataset; a file that is given twice comes once."""
    data = config[DataGroup]
    found: dict[str, tuple[Table, str]] = {}
    for given, flag in ((data.dataset, "--dataset"), (data.val_dataset, "--val_dataset")):
        for text in split_items(given):
            for table in open_item(parse_item(text, flag), config):
                found.setdefault(table.name, (table, flag))
    return list(found.values())


def samples_again(tables: Collection[Table], wanted: Collection[SampleId]) -> Iterator[Sample]:
    """The samples of `wanted`, in the order of their files; none is read further than needed."""
    rows: dict[str, set[int]] = {}
    for where in wanted:
        rows.setdefault(where.source, set()).add(where.row)
    for table in tables:
        left = rows.pop(table.name, set())
        if not left:
            continue
        reading = survey(table)
        for number, raw in table.raws():
            if number not in left:
                continue
            left.discard(number)
            try:
                yield reading.sample(number, raw)
            except BadRow:  # it was usable a moment ago: the file has changed under us
                continue
            if not left:
                break
