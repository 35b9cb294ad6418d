"""Samples to sequences: tokenised in batches, cut or refused by --max_length, and for each sample
what became of it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, islice
from typing import Literal

from burnish.core.errors import TemplateError
from burnish.data.assemble import Part, Span, Tokens, assemble, cut
from burnish.data.contexts import Context, left_out, plan
from burnish.data.cut import Cutter
from burnish.data.rejects import Kind, Reject
from burnish.data.sample import Encoded, Sample, SampleId, Tokenised
from burnish.data.template import Template
from burnish.data.views import UNLEARNT, View, prompt_text, variants_of
from burnish.data.weights import LossScale

BATCH = 256
"""Samples tokenised at once."""

Truncation = Literal["delete", "truncation_left"]
LACKING = "prompts lack a part of their row, which the template leaves out"
TOKENISED = "samples were tokenised already; no template is applied to them"
SHOWN = (
    "samples show files: the tokens of their contents are not counted, and sft and pt refuse them"
)


@dataclass(slots=True)
class Outcome:
    """What became of one sample: its sequences, and what is to be told of it."""

    id: SampleId
    tokens: list[Tokens] = field(default_factory=list)
    labels: list[bool | None] = field(default_factory=list)
    """One for each sequence: of a pair the better is true; None where there is nothing to say."""
    refusals: list[tuple[Kind, str]] = field(default_factory=list)
    notes: Counter[str] | None = None
    is_text: bool = False

    @property
    def is_refused(self) -> bool:
        """Whether something of it is left out, not only cut."""
        return any(kind != "cut" for kind, _ in self.refusals)

    def rejects(self) -> Iterator[Reject]:
        """What was refused or cut, for the ledger."""
        for kind, reason in self.refusals:
            yield Reject(self.id.source, self.id.row, kind, reason)

    def encoded(self) -> Iterator[Encoded]:
        """The sequences with their labels."""
        for tokens, label in zip(self.tokens, self.labels, strict=True):
            yield tokens.encoded(self.id, label)


@dataclass(slots=True)
class Work:
    """A batch of samples between rendering and tokenising."""

    outcomes: list[Outcome]
    texts: list[str]
    talks: list[tuple[Outcome, list[Context], list[Part], bool | None]]
    plain: list[tuple[Outcome, bool]]
    """Plain texts, and whether an untrained prefix stands before each."""
    prompts: list[Outcome] = field(default_factory=list)
    """Samples of which the prompt alone is wanted; one text for each."""


@dataclass(frozen=True)
class Encoder:
    """Encodes samples for one run; picklable. `max_length` None means no limit.

    Plain text longer than the limit is cut into consecutive blocks of it, each predicting on into
    the next; with truncation_left only its end is kept, as of conversations.
    """

    template: Template
    max_length: int | None = None
    truncation: Truncation = "delete"
    scale: LossScale | None = None
    view: View = "text"

    def encode(self, samples: Sequence[Sample]) -> list[Encoded]:
        """Every sequence of the samples, in their order."""
        return [encoded for outcome in self.outcomes(samples) for encoded in outcome.encoded()]

    def outcomes(self, samples: Sequence[Sample]) -> Iterator[Outcome]:
        """What becomes of each sample, in their order."""
        rows = iter(samples)
        while batch := list(islice(rows, BATCH)):
            work = self.begin(batch)
            yield from self.finish(work, self.template.tokenizer.encode_batch(work.texts))

    def begin(self, samples: Sequence[Sample]) -> Work:
        """Render samples: the texts that must be tokenised for them."""
        work = Work([], [], [], [])
        for sample in samples:
            outcome = Outcome(sample.id)
            work.outcomes.append(outcome)
            if self._sees and any(part.media for m in sample.messages for part in m.parts):
                outcome.notes = Counter({SHOWN: 1})
            if self.view == "text" and sample.label is False:
                outcome.refusals.append(("rejected", UNLEARNT))
                continue
            if sample.tokenised is not None:
                self._ready(outcome, sample.tokenised)
                continue
            if sample.text is not None and self.view != "prompt":
                outcome.is_text = True
                work.plain.append((outcome, sample.prefix is not None))
                work.texts += (
                    [sample.text] if sample.prefix is None else [sample.prefix, sample.text]
                )
                continue
            try:
                if sample.tools and not self.template.writes_tools:
                    raise TemplateError("the template has no place for tools")
                variants = variants_of(sample, self.view)
                if self.view == "prompt":
                    self._ask(work, outcome, variants[0][0])
                    continue
                planned = [(self._plan(variant), label) for variant, label in variants]
            except TemplateError as error:
                outcome.refusals.append(("rejected", str(error)))
                continue
            for contexts, label in planned:
                parts = list(cut(self._cutter, contexts))
                work.talks.append((outcome, contexts, parts, label))
        work.texts += [
            t for _, _, parts, _ in work.talks for p in parts for t in (p.first, p.second)
        ]
        return work

    def _ask(self, work: Work, outcome: Outcome, question: Sample) -> None:
        text = prompt_text(self.template, question)
        if left_out(text, question, len(question.messages)):
            outcome.notes = (outcome.notes or Counter()) + Counter({LACKING: 1})
        work.texts.append(text)
        work.prompts.append(outcome)

    def finish(self, work: Work, ids: list[list[int]]) -> list[Outcome]:
        """Sequences from the ids of the texts."""
        lists = iter(ids)
        for outcome, has_prefix in work.plain:
            self._text(outcome, next(lists) if has_prefix else None, next(lists))
        for outcome in work.prompts:
            self._keep(outcome, [Tokens(next(lists), [])], None)
        for outcome, contexts, parts, label in work.talks:
            mine = list(islice(lists, 2 * len(parts)))
            if outcome.is_refused:
                continue  # the other answer of its pair is refused
            try:
                trained = assemble(self._cutter, contexts, parts, mine)
            except TemplateError as error:
                _refuse(outcome, "rejected", str(error))
                continue
            outcome.notes = (outcome.notes or Counter()) + trained.notes
            self._keep(outcome, trained.tokens, label)
        return work.outcomes

    @cached_property
    def _cutter(self) -> Cutter:
        return Cutter(self.template)

    @cached_property
    def _sees(self) -> bool:
        return bool(self.template.media)

    def _plan(self, sample: Sample) -> list[Context]:
        weigh = self.scale.weigh if self.scale else None
        contexts = plan(self.template, sample, weigh=weigh, last_only=self.view != "text")
        if not contexts:
            raise TemplateError("nothing to train: every answer has weight 0")
        return contexts

    def _ready(self, outcome: Outcome, given: Tokenised) -> None:
        """A row that is tokenised already, as it stands."""
        size, lowest, highest = self._vocabulary, min(given.ids), max(given.ids)
        if lowest < 0 or highest >= size:
            wrong = lowest if lowest < 0 else highest
            where = f"input_ids holds {wrong} at position {given.ids.index(wrong)}"
            _refuse(outcome, "rejected", f"{where}: the tokenizer has ids from 0 to {size - 1}")
            return
        self._keep(outcome, [tokens_of(given)], None)
        if outcome.tokens:
            outcome.notes = Counter({TOKENISED: 1})

    @cached_property
    def _vocabulary(self) -> int:
        return self.template.tokenizer.vocab_size

    def _text(self, outcome: Outcome, prefix: list[int] | None, ids: list[int]) -> None:
        """A plain text, trained whole, or behind a prefix that is not."""
        start, end = self._around
        before = [*start, *(prefix or ())]
        whole = [*before, *ids, *end]
        if prefix is not None:
            tokens = [Tokens(whole, [(len(before), len(whole), 1.0)], answers=1)]
        else:
            tokens = list(self._blocks(whole, max(len(start), 1)))
        self._keep(outcome, tokens, None)

    @cached_property
    def _around(self) -> tuple[list[int], list[int]]:
        """What stands before and behind a plain text: what the tokenizer puts in front, and eos."""
        tokenizer = self.template.tokenizer
        eos = tokenizer.eos_id
        return tokenizer.text_prefix(), [self.template.end.stop_id if eos is None else eos]

    def _blocks(self, ids: list[int], first: int) -> Iterator[Tokens]:
        """A text in consecutive blocks, trained from its id number `first` on. A block trains the
        first id of the next one, too, which it does not hold.
        """
        size = self.max_length
        if size is None or len(ids) <= size or self.truncation != "delete":
            yield Tokens(ids, [(first, len(ids), 1.0)])
            return
        for start in range(0, len(ids) - 1, size):  # the last id alone predicts nothing
            block = ids[start : start + size]
            follows = ids[start + size] if start + size < len(ids) else None
            begin = max(first - start, 1)
            yield Tokens(block, [(begin, len(block), 1.0)], follows=follows)

    def _keep(self, outcome: Outcome, made: Sequence[Tokens], label: bool | None) -> None:
        """The sequences that may stay, cut where that is asked for."""
        for number, tokens in enumerate(made, 1):
            part = f", context {number} of {len(made)}" if len(made) > 1 else ""
            kept = self._shorten(outcome, tokens, part)
            if kept is None:
                continue
            if kept.trained == 0 and self.view != "prompt":
                _refuse(outcome, "rejected", "no token of it carries loss")
                continue
            outcome.tokens.append(kept)
            outcome.labels.append(label)
        if self.view == "pair" and outcome.is_refused:
            outcome.tokens.clear()  # one answer without the other is no pair
            outcome.labels.clear()

    def _shorten(self, outcome: Outcome, tokens: Tokens, part: str) -> Tokens | None:
        size = self.max_length
        if size is None or len(tokens) <= size:
            return tokens
        reason = f"too long: {len(tokens)} tokens{part}, --max_length {size}"
        if self.truncation == "delete":
            _refuse(outcome, "dropped_long", reason)
            return None
        left = len(tokens) - size
        spans = [(max(a - left, 0), b - left, w) for a, b, w in tokens.spans if b > left]
        lost = sum(a <= left for a, _, _ in tokens.spans)
        what = f"; {lost} of its answers lose their beginning" if lost else "; no answer is touched"
        outcome.refusals.append(("cut", reason + what * (self.view != "prompt")))
        return Tokens(tokens.ids[left:], spans, tokens.answers)


def tokens_of(given: Tokenised) -> Tokens:
    """A sequence of the ids; every run of trained ones counts as an answer."""
    spans: list[Span] = []
    at = 0
    for weight, run in groupby(given.weights):
        at, start = at + len(list(run)), at
        if weight:
            spans.append((start, at, weight))
    answers = sum(trained for trained, _ in groupby(weight != 0 for weight in given.weights))
    return Tokens(list(given.ids), spans, answers)


def _refuse(outcome: Outcome, kind: Kind, reason: str) -> None:
    outcome.refusals.append((kind, reason))
