"""Small tables for tests: rows written to a file, and read as everywhere."""

import json
from pathlib import Path
from typing import Any

from burnish.data.convert import BadRow, Purpose, survey
from burnish.data.mapping import Mapping
from burnish.data.sample import Sample
from burnish.data.table import Table, open_table


def write_rows(folder: Path, *rows: Any, name: str = "t.jsonl") -> Path:
    """Rows as JSON lines; text is written as it is."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def table(folder: Path, *rows: Any, mapping: Mapping | None = None, name: str = "t.jsonl") -> Table:
    """A table of these rows, called t.jsonl."""
    return open_table(write_rows(folder, *rows, name=name), name, mapping)


def samples(
    folder: Path,
    *rows: Any,
    purpose: Purpose = "train",
    mapping: Mapping | None = None,
    **more: Any,
) -> list[Sample | str]:
    """For each row its sample, or the reason why there is none."""
    reading = survey(table(folder, *rows, mapping=mapping), purpose, **more)
    found: list[Sample | str] = []
    for number, raw in reading.table.raws():
        try:
            found.append(reading.sample(number, raw))
        except BadRow as error:
            found.append(str(error))
    return found


def turns(sample: Sample | str) -> list[tuple[str, str]]:
    """(role, text) of every turn."""
    assert isinstance(sample, Sample), sample
    return [(message.role, message.text) for message in sample.messages]


def one(folder: Path, code: str, row: Any, purpose: Purpose = "train") -> Sample:
    """The sample that a named conversion makes of a row."""
    (sample,) = samples(folder, row, purpose=purpose, mapping=Mapping(code=code), shows_media=True)
    assert isinstance(sample, Sample), sample
    return sample
