"""Rows read once more: the samples behind sequences, which hold token ids and no text."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from burnish.data.cells import BadRow
from burnish.data.convert import Reading
from burnish.data.sample import Sample


def samples_again(
    readings: Iterable[Reading], wanted: Mapping[str, Collection[int]]
) -> Iterator[Sample]:
    """The samples of the rows in `wanted`, {table: rows}; no file is read further than needed, and
    one that is named twice is read once.
    """
    open_rows = {name: set(rows) for name, rows in wanted.items()}
    for reading in readings:
        left = open_rows.pop(reading.table.name, set())
        for number, raw in reading.table.raws() if left else ():
            if number not in left:
                continue
            left.discard(number)
            try:
                yield reading.sample(number, raw)
            except BadRow:  # it was usable a moment ago: the file has changed under us
                continue
            if not left:
                break
