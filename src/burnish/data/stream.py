"""Batches from data that is read while training: any amount of it, no length known.

The sets are read in turn, a row of each. A block of rows is tokenised and shuffled by the seed and
its number alone, so where a stream stands is told by the place of every set at the start of a block
and by the sequences of it that are used up: a resumed run goes on with the very next sample.
Every rank reads the whole stream and keeps its share; tokenising is fast beside training, and no
rank can then disagree with another on what comes next.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from burnish.core.errors import DataError
from burnish.core.lazy import torch
from burnish.data.collate import Batch
from burnish.data.items import note
from burnish.data.layout import Raw
from burnish.data.loader import Deal, deal_out, refuse_unknown
from burnish.data.pipeline import Job
from burnish.data.rejects import Reject, Rejects
from burnish.data.sample import Encoded, SampleId

BLOCK = 1024
"""Rows that are shuffled among themselves."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block begins: which pass over the data, which block of the run, and what of each set
    is read.
    """

    epoch: int = 0
    block: int = 0
    read: tuple[tuple[int, int, int], ...] = ()
    """(table, rows of it, rows of all its tables) that are read of each set."""


@dataclass(frozen=True, slots=True)
class Set:
    """One item of --dataset: its tables one behind the other, at most `count` rows of each pass."""

    jobs: tuple[Job, ...]
    count: int | None = None


@dataclass(slots=True)
class Block:
    """Tokenised rows, shuffled, and where the next block begins."""

    start: Place
    next: Place
    sequences: list[Encoded]
    refused: list[Reject] = field(default_factory=list)


class StreamLoader:
    """Batches of each optimiser step, in the order of the steps."""

    def __init__(
        self,
        sets: Sequence[Set],
        deal: Deal,
        seed: int,
        pad_id: int,
        rejects: Rejects,
        *,
        total_steps: int,
        flat: bool = False,
        strategy: str = "none",
    ) -> None:
        """`strategy` is --check_dataset_strategy, for rows that cannot be used."""
        self.sets, self.deal, self.seed, self.pad_id = sets, deal, seed, pad_id
        self.rejects, self.flat, self.strategy = rejects, flat, strategy
        self.steps_per_epoch = total_steps
        """A pass over a stream is not counted beforehand: the run is one."""
        self.limit: int | None = None
        """Ids from here on are refused."""
        self._thread = ThreadPoolExecutor(1)
        self._ahead: Future[Block] | None = None
        self._readers: tuple[Place, list[_Reader]] | None = None
        self._block: Block | None = None
        self._used = 0
        self._step = 0
        self._window: list[list[Encoded]] = []

    def window(self, step: int) -> list[list[Encoded]]:
        """The rows of step `step`, the longest first. Steps are asked for in order.

        Raises DataError when a whole pass over the data holds no usable row.
        """
        if step == self._step:
            return self._window
        self._step = step
        taken: list[Encoded] = []
        while len(taken) < self.deal.total:
            if self._block is None or self._used == len(self._block.sequences):
                self._advance()
            assert self._block is not None
            wanted = self.deal.total - len(taken)
            taken += self._block.sequences[self._used : self._used + wanted]
            self._used = min(self._used + wanted, len(self._block.sequences))
        self._window = [[s] for s in sorted(taken, key=lambda s: (-len(s), s.sample))]
        refuse_unknown(self._window, self.limit)
        return self._window

    def ids(self, step: int) -> list[SampleId]:
        """The samples of step `step` over all ranks, for the ledger."""
        return [sequence.sample for row in self.window(step) for sequence in row]

    def take(self, step: int) -> list[Batch]:
        """This rank's micro-batches of step `step`."""
        return deal_out(self.window(step), self.deal, self.pad_id, self.flat)

    def state(self) -> dict[str, Any]:
        """Where the stream stands behind the last step that was asked for."""
        start = self._block.start if self._block else Place()
        return {"place": asdict(start), "used": self._used}

    def go_on(self, state: dict[str, Any], done: int) -> None:
        """Stand where a saved state does, behind step `done`."""
        place = state["place"]
        read = tuple((table, rows, taken) for table, rows, taken in place["read"])
        self._block = self._make(Place(place["epoch"], place["block"], read))
        self._used, self._step, self._window, self._ahead = state["used"], done, [], None

    def _advance(self) -> None:
        """Take the next block, and begin to make the one behind it."""
        place = self._block.next if self._block else Place()
        block = self._ahead.result() if self._ahead else self._make(place)
        empty_since = block.start.epoch
        while not block.sequences:
            note(block.refused, self.rejects, self.strategy)
            block = self._make(block.next)
            if block.start.epoch > empty_since + 1:
                raise DataError(
                    "a whole pass over the data holds no row to train on.\n"
                    + self.rejects.summary()
                )
        note(block.refused, self.rejects, self.strategy)
        self._block, self._used = block, 0
        self._ahead = self._thread.submit(self._make, block.next)

    def _make(self, start: Place) -> Block:
        """Read, tokenise and shuffle the block that begins at `start`."""
        if self._readers is None or self._readers[0] != start:
            read = start.read or tuple((0, 0, 0) for _ in self.sets)
            self._readers = start, [_Reader(s, *at) for s, at in zip(self.sets, read, strict=True)]
        readers = self._readers[1]
        made = Block(start, start, [])
        for job, batch in _by_job(islice(_in_turn(readers), BLOCK)):
            samples, bad = job.samples(batch)
            made.refused += bad
            for outcome in job.encoder.outcomes(samples):
                made.refused += outcome.rejects()
                made.sequences += outcome.encoded()
        is_end = all(reader.is_done for reader in readers)
        read = () if is_end else tuple(reader.place for reader in readers)
        made.next = Place(start.epoch + is_end, start.block + 1, read)
        self._readers = None if is_end else (made.next, readers)
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + start.block)
        order = torch.randperm(len(made.sequences), generator=generator).tolist()
        made.sequences = [made.sequences[k] for k in order]
        return made


class _Reader:
    """Reads one set from a place on."""

    def __init__(self, source: Set, table: int, rows: int, taken: int) -> None:
        self.source, self.table, self.rows, self.taken = source, table, rows, taken
        self._raws = self._open()
        self._next: Raw | None = None
        self._look()

    @property
    def is_done(self) -> bool:
        return self._next is None

    @property
    def place(self) -> tuple[int, int, int]:
        return self.table, self.rows, self.taken

    def take(self) -> tuple[Job, Raw]:
        """The next row."""
        assert self._next is not None
        found = self.source.jobs[self.table], self._next
        self.rows += 1
        self.taken += 1
        self._look()
        return found

    def _look(self) -> None:
        """Find the next row, in this table or the ones behind it; none where enough are taken."""
        self._next = None
        if self.source.count is not None and self.taken >= self.source.count:
            return
        self._next = next(self._raws, None)
        while self._next is None and self.table + 1 < len(self.source.jobs):
            self.table, self.rows = self.table + 1, 0
            self._raws = self._open()
            self._next = next(self._raws, None)

    def _open(self) -> Iterator[Raw]:
        return self.source.jobs[self.table].reading.table.raws(self.rows)


def _in_turn(readers: Sequence[_Reader]) -> Iterator[tuple[Job, Raw]]:
    """A row of each set in turn, until all are read; goes on where it was left: how far each set is
    says whose turn it is.
    """
    while waiting := [reader for reader in readers if not reader.is_done]:
        yield min(waiting, key=lambda reader: reader.taken).take()


def _by_job(rows: Iterator[tuple[Job, Raw]]) -> Iterator[tuple[Job, list[Raw]]]:
    """The rows of each table together, in the order in which the tables first occur."""
    found: dict[int, tuple[Job, list[Raw]]] = {}
    for job, raw in rows:
        found.setdefault(id(job), (job, []))[1].append(raw)
    return iter(found.values())
