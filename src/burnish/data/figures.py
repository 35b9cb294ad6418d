"""The figures of `burnish check`: counted over prepared sequences, and over samples read again."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from burnish.core.errors import TemplateError
from burnish.data.account import Account
from burnish.data.anatomy import KINDS, Kind, dissect
from burnish.data.audit import (
    Counts,
    Judged,
    Lengths,
    Packing,
    RejectGroup,
    Roles,
    SetFigures,
    Unrolled,
)
from burnish.data.pack import fill, pack
from burnish.data.proof import verify
from burnish.data.rejects import WORDS, Rejects
from burnish.data.sample import Encoded, Sample
from burnish.data.shape import check_shape
from burnish.data.store import Sequences
from burnish.data.template import Template
from burnish.data.views import View

EFFORT = 20_000_000
"""Characters rendered to tell roles apart, at most: a conversation is rendered once a turn."""
BINS = 12
STEPS = (1, 2, 5)
JUDGEMENTS: dict[View, tuple[str, str]] = {"pair": ("worse", "better"), "label": ("bad", "good")}
"""What a label of false and one of true say of an answer."""


def set_figures(account: Account, use: str) -> list[SetFigures]:
    """Figures of each data set that sequences come from."""
    return [
        SetFigures(
            name, use, sums["samples"], sums["sequences"], Counts(sums["tokens"], sums["trained"])
        )
        for name, sums in account.sources.items()
    ]


def lengths_of(sequences: Sequences, limit: int | None) -> Lengths | None:
    """The histogram of lengths; None where there is no sequence."""
    sizes = np.sort(sequences.lengths)
    if not len(sizes):
        return None
    shortest, longest = int(sizes[0]), int(sizes[-1])
    step = next(s for s in _steps() if longest <= BINS * s)
    first, last = (shortest - 1) // step, (longest - 1) // step
    found = np.bincount((sizes - 1) // step, minlength=last + 1).tolist()
    bins = [(k * step + 1, (k + 1) * step, found[k]) for k in range(first, last + 1)]
    middle, high = (int(sizes[int(len(sizes) * share)]) for share in (0.5, 0.95))
    return Lengths(bins, float(sizes.mean()), middle, high, longest, limit)


def _steps() -> Iterable[int]:
    power = 1
    while True:
        yield from (power * step for step in STEPS)
        power *= 10


def roles_of(
    template: Template,
    pairs: Sequence[tuple[Sample, Sequence[Encoded]]],
    of: int,
    view: View = "text",
) -> Roles:
    """Tokens by role, of samples and their sequences. Stops early where rendering would take too
    long; `samples` says so.
    """
    found: Counter[tuple[Kind, bool]] = Counter()
    done, effort = 0, 0
    for sample, sequences in pairs:
        effort += sum(len(m.text) for m in sample.messages) * len(sample.messages)
        if done and effort > EFFORT:
            break
        for one in dissect(template, sample, sequences, view):
            found.update(zip(one.kinds, map(bool, one.weights), strict=True))
        done += 1
    counts = {k: Counts(found[k, True] + found[k, False], found[k, True]) for k in KINDS}
    return Roles({kind: one for kind, one in counts.items() if one.tokens}, done, of)


def reject_groups(rejects: Rejects) -> list[RejectGroup]:
    """Rows by kind and reason, the commonest reasons first."""
    return [
        RejectGroup(
            group.first.kind,
            WORDS[group.first.kind] + ", such as" * group.differ,
            group.first.reason,
            [f"{entry.file}:{entry.row}" for entry in group.rows],
        )
        for group in rejects.groups()
    ]


def unrolled_of(sequences: Sequences) -> Unrolled:
    """Conversations in several sequences. Blocks of a long plain text are none: they repeat
    nothing.
    """
    more = ~sequences.column("is_first") & (sequences.column("answers") > 0)
    starts = more & ~np.concatenate([[False], more[:-1]])
    samples = int(starts.sum())
    return Unrolled(samples, samples + int(more.sum()))


def judged_of(sequences: Sequences, view: View) -> list[Judged]:
    """How many answers are better and worse, or good and bad, and what is trained of them."""
    labels, lengths = sequences.column("label"), sequences.lengths
    trained = sequences.column("trained")
    return [
        Judged(
            name,
            int((labels == label).sum()),
            Counts(int(lengths[labels == label].sum()), int(trained[labels == label].sum())),
        )
        for label, name in reversed([*enumerate(JUDGEMENTS.get(view, ()))])
    ]


def judgement_of(sequence: Encoded, view: View) -> str:
    """What is said of a sequence's answer; "" where nothing is."""
    if sequence.label is None or view not in JUDGEMENTS:
        return ""
    return JUDGEMENTS[view][sequence.label]


def packing_of(sequences: Sequences, size: int | None) -> Packing | None:
    """What --packing would give; None where nothing bounds a bin."""
    lengths = sequences.lengths
    if size is None or not len(lengths):
        return None
    bins = len(pack(lengths, size))
    return Packing(size, bins, fill(lengths, bins, size))


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
    style = template.tools_style
    told = (
        "in the template's own words"
        if style in (None, "own")
        else f"in the system prompt ({style})"
    )
    return [*facts, ("tools are told", told)]


def _proof(template: Template) -> str:
    """What was compared with what."""
    sound = "ends its answers, tells the roles apart, each marker is one token"
    if template.source == "own":
        try:
            check_shape(template)
        except TemplateError as error:
            return f"DAMAGED (--allow_template_mismatch): {error}"
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
    same = "gives the same ids as the model's own template on every probe"
    if not template.leaves_own_tools:
        return same
    return f"{same}, but of tools, which the model's own tells in other words"
