"""Samples that are tokenised when a batch needs them: the rows lie on disk as they were read."""

import json
import pickle
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from burnish.core.log import log
from burnish.data.items import note
from burnish.data.layout import Raw
from burnish.data.pipeline import Job
from burnish.data.rejects import Reject, Rejects
from burnish.data.sample import Encoded

ROWS, ENDS, REFUSED = "rows.pickle", "ends.bin", "refused.json"


class RawWriter:
    """Writes raw rows one behind the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows: BinaryIO = (folder / ROWS).open("wb")
        self._ends: BinaryIO = (folder / ENDS).open("wb")

    def add(self, raw: Raw) -> None:
        """Append a row."""
        pickle.dump(raw, self._rows, protocol=pickle.HIGHEST_PROTOCOL)
        self._ends.write(np.int64(self._rows.tell()).tobytes())

    def close(self, refused: Sequence[Reject]) -> None:
        """Nothing more comes; `refused` are the rows that cannot be used."""
        self._rows.close()
        self._ends.close()
        text = json.dumps([asdict(entry) for entry in refused])
        (self.folder / REFUSED).write_text(text, encoding="utf-8")


class RawRows:
    """Raw rows that were written, by place."""

    def __init__(self, folder: Path, name: str) -> None:
        entries = json.loads((folder / REFUSED).read_text(encoding="utf-8"))
        self.refused = [Reject(**{**entry, "file": name}) for entry in entries]
        self.path = folder / ROWS
        ends = np.fromfile(folder / ENDS, dtype=np.int64)
        self.bounds = np.concatenate([np.zeros(1, np.int64), ends])
        self._file = self.path.open("rb")

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, place: int) -> Raw:
        self._file.seek(int(self.bounds[place]))
        raw: Raw = pickle.load(self._file)
        return raw


class Lazy:
    """Rows of a batch from samples of several tables; `chosen` are (table, place in its rows)."""

    def __init__(
        self,
        jobs: Sequence[Job],
        raws: Sequence[RawRows],
        chosen: np.ndarray[Any, np.dtype[np.int64]],
        rejects: Rejects,
        strategy: str = "none",
    ) -> None:
        """`strategy` is --check_dataset_strategy, for rows that cannot be used."""
        self.jobs, self.raws, self.chosen = jobs, raws, chosen
        self.rejects, self.strategy = rejects, strategy

    def __len__(self) -> int:
        return len(self.chosen)

    def rows(self, unit: int) -> list[list[Encoded]]:
        """The sequences of one sample, each a row; none where it is too long."""
        table, place = (int(value) for value in self.chosen[unit])
        return [[encoded] for encoded in self.encoded(table, place)]

    def encoded(self, table: int, place: int) -> list[Encoded]:
        """The sequences of one sample; what is refused is told and written down."""
        job = self.jobs[table]
        samples, refused = job.samples([self.raws[table][place]])
        outcomes = list(job.encoder.outcomes(samples))
        refused += [entry for outcome in outcomes for entry in outcome.rejects()]
        found = [encoded for outcome in outcomes for encoded in outcome.encoded()]
        known = len(self.rejects.rows)
        note(refused, self.rejects, self.strategy)
        if not found and len(self.rejects.rows) > known and self.strategy != "warning":
            entry = refused[0]
            log.warning("%s:%d is left out: %s", entry.file, entry.row, entry.reason)
        return found

    def longest_first(self) -> list[int]:
        """By the bytes of the rows: their tokens are not counted before they are needed."""
        sizes = [np.diff(raws.bounds) for raws in self.raws]
        lengths = [int(sizes[table][place]) for table, place in self.chosen]
        return sorted(range(len(lengths)), key=lambda unit: -lengths[unit])
