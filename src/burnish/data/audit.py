"""What `burnish check` finds out: every figure and example of its report, as plain values; `show`
and `page` only draw them.
"""

from dataclasses import dataclass, field

from burnish.data.anatomy import Cell, Kind
from burnish.data.sample import SampleId
from burnish.data.views import View


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens, and how many of them are trained."""

    tokens: int = 0
    trained: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.tokens + other.tokens, self.trained + other.trained)

    @property
    def share(self) -> float:
        """Trained tokens of all, from 0 to 1."""
        return self.trained / self.tokens if self.tokens else 0.0


@dataclass(frozen=True, slots=True)
class SetFigures:
    """One data set, as training or as validation data."""

    name: str
    use: str
    samples: int
    sequences: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long the sequences are, in tokens."""

    bins: list[tuple[int, int, int]]
    """(from, up to and with, how many sequences)."""
    mean: float
    median: int
    p95: int
    longest: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class Roles:
    """Tokens by who wrote them, over `samples` of `of` samples."""

    counts: dict[Kind, Counts]
    samples: int
    of: int


@dataclass(frozen=True, slots=True)
class RejectGroup:
    """Rows that are not trained as they were written, for one reason."""

    kind: str
    words: str
    reason: str
    """Of the first of them."""
    rows: list[str]
    """file:row of each."""


@dataclass(frozen=True, slots=True)
class Unrolled:
    """Conversations that became several sequences, each with the whole of what comes before."""

    samples: int
    sequences: int
    """That they became."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The answers of one judgement: better, worse, good or bad."""

    name: str
    answers: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Packing:
    """What --packing would give: bins of `size` tokens, and how full they are (0 to 1)."""

    size: int
    bins: int
    fill: float


@dataclass(frozen=True, slots=True)
class Shown:
    """One sequence, token by token."""

    sample: SampleId
    number: int
    of: int
    cells: list[Cell]
    judged: str = ""
    """better or worse, good or bad, where answers are judged."""

    @property
    def title(self) -> str:
        """Which row, and what of it."""
        if self.judged:
            return f"{self.sample}, {self.judged} answer"
        part = f", sequence {self.number} of {self.of}" if self.of > 1 else ""
        return f"{self.sample}{part}"


@dataclass(frozen=True, slots=True)
class Audit:
    """The whole report."""

    model: str
    template: list[tuple[str, str]]
    sets: list[SetFigures]
    lengths: Lengths | None
    roles: Roles
    notes: dict[str, int]
    rejects: list[RejectGroup]
    unrolled: Unrolled
    packing: Packing | None
    shown: list[Shown] = field(default_factory=list)
    view: View = "text"
    judged: list[Judged] = field(default_factory=list)

    @property
    def total(self) -> Counts:
        """One epoch: every training sequence once."""
        return sum((s.counts for s in self.sets if s.use == "train"), Counts())

    @property
    def samples(self) -> int:
        """Samples that are trained."""
        return sum(s.samples for s in self.sets if s.use == "train")

    @property
    def sequences(self) -> int:
        """Sequences of one epoch."""
        return sum(s.sequences for s in self.sets if s.use == "train")

    @property
    def lost(self) -> int:
        """Rows that are not used at all."""
        return sum(len(group.rows) for group in self.rejects if group.kind != "cut")
