"""What `burnish check` finds out: every figure and example of its report, as plain values; `show`
and `page` only draw them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from burnish.core.errors import TemplateError
from burnish.data.anatomy import KINDS, Cell, Kind, dissect
from burnish.data.proof import verify
from burnish.data.rejects import WORDS, Rejects
from burnish.data.sample import IGNORE, Encoded, Sample, SampleId
from burnish.data.template import Template

COUNTED = 1000
"""Samples whose tokens are told apart by role, at most."""
EFFORT = 20_000_000
"""Characters rendered for that, at most: long conversations are rendered once for each turn."""
BINS = 12
STEPS = (1, 2, 5)


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
    """Conversations that became several sequences, and the tokens that are read again for it."""

    samples: int
    sequences: int
    tokens: int


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


def set_figures(sequences: Iterable[Encoded], use: str) -> list[SetFigures]:
    """Figures of each data set that sequences come from."""
    counts: dict[str, Counts] = {}
    numbers: Counter[str] = Counter()
    rows: dict[str, set[int]] = {}
    for sequence in sequences:
        name = sequence.sample.source
        one = Counts(len(sequence), int(sequence.trained_tokens))
        counts[name] = counts.get(name, Counts()) + one
        numbers[name] += 1
        rows.setdefault(name, set()).add(sequence.sample.row)
    return [SetFigures(n, use, len(rows[n]), numbers[n], counts[n]) for n in counts]


def lengths_of(sequences: Iterable[Encoded], limit: int | None) -> Lengths | None:
    """The histogram of lengths; None where there is no sequence."""
    sizes = sorted(len(sequence) for sequence in sequences)
    if not sizes:
        return None
    longest = sizes[-1]
    step = next(s for s in _steps() if longest <= BINS * s)
    found = Counter((size - 1) // step for size in sizes)
    first, last = (sizes[0] - 1) // step, (longest - 1) // step
    bins = [(k * step + 1, (k + 1) * step, found[k]) for k in range(first, last + 1)]
    middle, high = sizes[len(sizes) // 2], sizes[min(int(len(sizes) * 0.95), len(sizes) - 1)]
    return Lengths(bins, sum(sizes) / len(sizes), middle, high, longest, limit)


def _steps() -> Iterable[int]:
    power = 1
    while True:
        yield from (power * step for step in STEPS)
        power *= 10


def roles_of(
    template: Template,
    samples: Mapping[SampleId, Sample],
    sequences: Mapping[SampleId, Sequence[Encoded]],
    of: int,
) -> Roles:
    """Tokens by role. Stops early where rendering would take too long; `samples` says so."""
    found: Counter[tuple[Kind, bool]] = Counter()
    done, effort = 0, 0
    for where, sample in samples.items():
        effort += sum(len(m.text) for m in sample.messages) * len(sample.messages)
        if done and effort > EFFORT:
            break
        for one in dissect(template, sample, sequences[where]):
            found.update(zip(one.kinds, map(bool, one.weights), strict=True))
        done += 1
    counts = {k: Counts(found[k, True] + found[k, False], found[k, True]) for k in KINDS}
    return Roles({kind: one for kind, one in counts.items() if one.tokens}, done, of)


def reject_groups(rejects: Rejects) -> list[RejectGroup]:
    """The ledger by kind and reason, the commonest reasons first."""
    groups: dict[tuple[str, str], RejectGroup] = {}
    for entry in rejects.rows:
        key = entry.kind, entry.reason.partition(":")[0]
        group = groups.setdefault(key, RejectGroup(entry.kind, WORDS[entry.kind], entry.reason, []))
        group.rows.append(f"{entry.file}:{entry.row}")
    order = list(WORDS)
    ranked = sorted(groups.items(), key=lambda g: (order.index(g[0][0]), -len(g[1].rows)))  # type: ignore[arg-type]
    return [group for _, group in ranked]


def unrolled_of(sequences: Iterable[Encoded]) -> Unrolled:
    """Conversations in several sequences; what is over their longest one is read again.

    Blocks of a long plain text are no such cost: all of theirs is trained.
    """
    samples = more = tokens = 0
    for _, group in groupby(sequences, key=lambda sequence: sequence.sample):
        several = [s for s in group if int(s.labels[0]) == IGNORE]
        if len({tuple(map(int, s.input_ids)) for s in several}) < 2:
            continue
        lengths = [len(sequence) for sequence in several]
        samples, more = samples + 1, more + len(lengths) - 1
        tokens += sum(lengths) - max(lengths)
    return Unrolled(samples, more, tokens)


def template_facts(template: Template) -> list[tuple[str, str]]:
    """Which template it is, whose, what it was proven against, how answers end."""
    tokenizer = template.tokenizer
    stops = ", ".join(f"{tokenizer.token(i)} ({i})" for i in template.stop_ids)
    end = "written by the template" if template.end.written else "appended by burnish"
    system = template.system
    facts = [
        ("template", template.label),
        ("proof", _proof(template)),
        ("stop tokens", stops),
        ("end of an answer", f"{tokenizer.token(template.end.stop_id)}, {end}"),
        ("default system prompt", template.default_system or "none"),
    ]
    if system is not None:
        facts.append(("--system", system or "no system prompt"))
    facts.append(("tools", "can be written" if template.writes_tools else "no place for them"))
    return facts


def _proof(template: Template) -> str:
    """What was compared with what."""
    sound = "ends its answers, tells the roles apart, each marker is one token"
    if template.source == "own":
        return f"the model's own text, rendered as it is; it {sound}"
    if template.is_generation:
        return "plain text without roles: there is nothing to compare"
    if template.tokenizer.chat_template is None:
        return f"the model brings no template to compare with; it {sound}"
    own = Template.own(template.tokenizer, system=template.system, now=template.now)
    try:
        verify(template, own)
    except TemplateError as error:
        return f"NOT the model's own (--allow_template_mismatch): {error}"
    return "gives the same ids as the model's own template on every probe"
