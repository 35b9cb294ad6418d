"""Tokenised rows on disk, mapped into memory: as large as the disk, shared by ranks and runs.

A store holds every usable row of one table:
  ids.bin        int32, the ids of all sequences one behind the other
  weights.bin    the loss weight of predicting each id: uint8 0 or 1; float32 if some are uneven
  sequences.bin  a record for each sequence: where it begins, how long it is, what it trains
  rows.bin       a record for each row: its number in the file, and which sequences are its
  about.json     the counts, the rows that cannot be used, and what was noticed
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from burnish.data.encode import Outcome
from burnish.data.rejects import Reject
from burnish.data.sample import IGNORE, Encoded, SampleId

SEQUENCE = np.dtype(
    [
        ("start", "<i8"),
        ("length", "<i4"),
        ("trained", "<i4"),
        ("answers", "<i4"),
        ("stops", "<i4"),  # answers that end with a stop token
        ("row", "<i8"),
        ("label", "i1"),  # -1: none
        ("is_first", "?"),  # of its row
        ("goes_on", "?"),  # the next id in the store is trained by its last position
    ]
)
ROW = np.dtype([("row", "<i8"), ("first", "<i8"), ("count", "<i4"), ("is_text", "?")])
FILES = ("ids.bin", "weights.bin", "sequences.bin", "rows.bin")
ABOUT = "about.json"

Array = np.ndarray[Any, Any]


@dataclass(slots=True)
class Chunk:
    """Some outcomes as arrays; small to send from one process to another. Places count from its own
    first id and sequence.
    """

    ids: Array
    weights: Array
    sequences: Array
    rows: Array
    refused: list[Reject]
    notes: Counter[str]


def chunk_of(outcomes: Iterable[Outcome], stops: frozenset[int] = frozenset()) -> Chunk:
    """The arrays of some outcomes; `stops` are counted where they end an answer."""
    ids: list[int] = []
    spans: list[tuple[int, int, float]] = []
    sequences: list[tuple[Any, ...]] = []
    rows: list[tuple[Any, ...]] = []
    refused: list[Reject] = []
    notes: Counter[str] = Counter()
    for outcome in outcomes:
        where = outcome.id
        refused += outcome.rejects()
        if outcome.notes:
            notes.update(outcome.notes)
        rows.append((where.row, len(sequences), len(outcome.tokens), outcome.is_text))
        for tokens, label in zip(outcome.tokens, outcome.labels, strict=True):
            start = len(ids)
            is_first = len(sequences) == rows[-1][1]
            ended = (
                sum(tokens.ids[b - 1] in stops for _, b, _ in tokens.spans) if tokens.answers else 0
            )
            sequences.append(
                (start, len(tokens), tokens.trained, tokens.answers, ended, where.row,
                 -1 if label is None else int(label), is_first, tokens.follows is not None)
            )  # fmt: skip
            spans += [(start + max(a, 1), start + b, w) for a, b, w in tokens.spans]
            ids += tokens.ids
        last = outcome.tokens[-1] if outcome.tokens else None
        if last is not None and last.follows is not None:
            ids.append(last.follows)  # a block of its own would predict nothing, so there is none
    uneven = any(weight != 1.0 for _, _, weight in spans)
    weights: Array = np.zeros(len(ids), dtype=np.float32 if uneven else np.uint8)
    for start, stop, weight in spans:
        weights[start:stop] = weight
    return Chunk(
        np.array(ids, dtype=np.int32),
        weights,
        np.array(sequences, dtype=SEQUENCE),
        np.array(rows, dtype=ROW),
        refused,
        notes,
    )


class Writer:
    """Writes chunks one behind the other into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ids = self.sequences = self.rows = 0
        self.refused: list[Reject] = []
        self.notes: Counter[str] = Counter()
        self.highest = 0
        self._digest = hashlib.sha256()
        self._uneven = False
        self._files: list[BinaryIO] = [(folder / name).open("w+b") for name in FILES]

    def add(self, chunk: Chunk) -> None:
        """Append a chunk."""
        if chunk.weights.dtype == np.float32 and not self._uneven:
            self._widen()
        chunk.sequences["start"] += self.ids
        chunk.rows["first"] += self.sequences
        weights = chunk.weights.astype(np.float32) if self._uneven else chunk.weights
        for file, array in zip(
            self._files, (chunk.ids, weights, chunk.sequences, chunk.rows), strict=True
        ):
            file.write(array.tobytes())
            self._digest.update(array.tobytes())
        self.highest = max(self.highest, int(chunk.ids.max(initial=0)))
        self.ids += len(chunk.ids)
        self.sequences += len(chunk.sequences)
        self.rows += len(chunk.rows)
        self.refused += chunk.refused
        self.notes += chunk.notes

    def release(self) -> None:
        """Close the files, whether or not the store is complete."""
        for file in self._files:
            file.close()

    def close(self, **more: Any) -> None:
        """Write what is known of the whole; the store is complete then."""
        self.release()
        about = {
            "sha256": self._digest.hexdigest(),
            "is_uneven": self._uneven,
            "highest": self.highest,
            "notes": dict(self.notes),
            "refused": [asdict(reject) for reject in self.refused],
            **more,
        }
        (self.folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")

    def _widen(self) -> None:
        """The first uneven weights: what is written so far becomes float32, a piece at a time."""
        old = self._files[1]
        old.seek(0)
        path = self.folder / FILES[1]
        wide = path.with_suffix(".wide")
        with wide.open("wb") as file:
            while piece := old.read(1 << 20):
                file.write(np.frombuffer(piece, dtype=np.uint8).astype(np.float32).tobytes())
        old.close()
        wide.replace(path)
        self._files[1] = path.open("r+b")
        self._files[1].seek(0, 2)
        self._uneven = True


class Store:
    """A finished store, opened. `name` is the table's, for the ids of its samples."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        kinds = (np.int32, np.float32 if self.about["is_uneven"] else np.uint8, SEQUENCE, ROW)
        arrays = [_mapped(folder / file, kind) for file, kind in zip(FILES, kinds, strict=True)]
        self.ids, self.weights, self.sequences, self.rows = arrays

    @property
    def refused(self) -> list[Reject]:
        """Every row that was refused or cut."""
        return [Reject(**{**entry, "file": self.name}) for entry in self.about["refused"]]

    def encoded(self, index: int) -> Encoded:
        """One sequence."""
        start, length, _, _, _, row, label, _, goes_on = self.sequences[index].item()
        ids = np.asarray(self.ids[start : start + length + goes_on])
        weights = np.asarray(self.weights[start : start + length])
        labels = np.full(length, IGNORE, dtype=np.int32)
        labels[:-1] = np.where(weights[1:] != 0, ids[1:length], IGNORE)
        if goes_on:
            labels[-1] = ids[length]
        own: Array | None = None
        if self.about["is_uneven"]:
            own = np.ones(length, dtype=np.float32)
            own[:-1] = np.where(weights[1:] != 0, weights[1:], 1.0)
        return Encoded(
            SampleId(self.name, row),
            ids[:length],
            labels,
            own,
            label=None if label < 0 else bool(label),
        )


def _mapped(path: Path, kind: Any) -> Array:
    """A file as a read-only array; an empty file cannot be mapped."""
    if path.stat().st_size == 0:
        return np.zeros(0, dtype=kind)
    return np.memmap(path, dtype=kind, mode="r")


@dataclass(frozen=True)
class Sequences(Sequence[Encoded]):
    """Chosen sequences of several stores, in order."""

    stores: tuple[Store, ...]
    which: Array = field(repr=False)
    """(N,) the store of each."""
    places: Array = field(repr=False)
    """(N,) its place in that store."""

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[k] for k in range(*place.indices(len(self)))]
        return self.stores[int(self.which[place])].encoded(int(self.places[place]))

    def column(self, name: str) -> Array:
        """(N,) one field of the records, such as length or trained."""
        found: Array = np.zeros(len(self), dtype=SEQUENCE[name])
        for number, store in enumerate(self.stores):
            mine = self.which == number
            found[mine] = store.sequences[name][self.places[mine]]
        return found

    @property
    def lengths(self) -> Array:
        """(N,) int32, in tokens."""
        return self.column("length")

    @property
    def highest_id(self) -> int:
        """The largest id in the stores."""
        return max((int(store.about["highest"]) for store in self.stores), default=0)

    def digest(self) -> str:
        """A SHA-256 over all ids, labels and weights, and their order; stores of which nothing is
        chosen do not count.
        """
        total = hashlib.sha256()
        used = np.unique(self.which)
        for number in used:
            total.update(self.stores[int(number)].about["sha256"].encode())
        for array in (np.searchsorted(used, self.which), self.places):
            total.update(np.ascontiguousarray(array, dtype=np.int64).tobytes())
        return total.hexdigest()


def choose(stores: Sequence[Store], rows: Sequence[Array]) -> Sequences:
    """The sequences of chosen rows: for each store the places of its rows, in order, which may
    repeat.
    """
    which, index = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.int64)]
    for number, (store, places) in enumerate(zip(stores, rows, strict=True)):
        first, count = store.rows["first"][places], store.rows["count"][places]
        starts = np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
        mine = starts + np.arange(int(count.sum()), dtype=np.int64)
        index.append(mine.astype(np.int64))
        which.append(np.full(len(mine), number, dtype=np.int32))
    return Sequences(tuple(stores), np.concatenate(which), np.concatenate(index))
