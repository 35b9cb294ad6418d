"""A table: one file of rows, read lazily, with what is known of how its rows become samples."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from burnish.data.layout import Layout, Raw, look
from burnish.data.mapping import Mapping
from burnish.data.readers import PARSERS, READERS


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file. It can be pickled and holds no row."""

    name: str
    """How messages and ledgers name it: the path as given, or "HF::id:subset/split"."""
    path: Path
    mapping: Mapping = field(default_factory=Mapping)
    layout: Layout = field(default_factory=Layout)

    def raws(self, start: int = 0) -> Iterator[Raw]:
        """Numbered rows from the start-th on (counted from 0), little of the file in memory.

        Raises DataError where the file as a whole is broken: packed badly, a list that does not
        end.
        """
        rows = READERS[self.layout.kind](self.path, self.layout, start)
        limit = self.layout.limit
        return rows if limit is None else islice(rows, max(0, limit - start))

    def parse(self, raw: Any) -> Any:
        """What `raws` gave to a row: a dict as a rule, `Broken` when it cannot be read."""
        parser = PARSERS.get(self.layout.kind)
        return raw if parser is None else parser(raw, self.layout)

    def key(self) -> str:
        """A SHA-256 over the file's bytes and everything that says how they are read."""
        digest = hashlib.sha256()
        for path in [Path(file) for _, file in self.layout.parallel] or [self.path]:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        how = {**asdict(self.layout), "parallel": [column for column, _ in self.layout.parallel]}
        digest.update(f"{sorted(how.items())} {self.mapping.text()}".encode())
        return digest.hexdigest()


def open_table(
    path: Path,
    name: str | None = None,
    mapping: Mapping | None = None,
    layout: Layout | None = None,
) -> Table:
    """One file as a Table. Raises DataError when it cannot be read at all."""
    return Table(name or str(path), path, mapping or Mapping(), look(path, layout or Layout()))
