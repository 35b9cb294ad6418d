"""Samples to sequences: tokenised in batches, cut or dropped by --max_length, with an account of
all of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from burnish.core.errors import TemplateError
from burnish.data.contexts import Context, Trained, assemble, count_stops, encode_sequence, plan
from burnish.data.rejects import Rejects
from burnish.data.sample import IGNORE, Encoded, Sample, SampleId
from burnish.data.template import Template

BATCH = 256
"""Samples tokenised at once."""

Truncation = Literal["delete", "truncation_left"]
Piece = tuple[Encoded, int]
"""A sequence, and how many answers it trains."""


@dataclass(slots=True)
class Account:
    """What became of the samples."""

    samples: int = 0
    sequences: int = 0
    tokens: int = 0
    trained: int = 0
    answers: int = 0
    stops: int = 0
    texts: int = 0
    blocks: int = 0
    notes: dict[str, int] = field(default_factory=dict)

    def note(self, more: Mapping[str, int]) -> None:
        """Add what was counted elsewhere."""
        for what, count in more.items():
            self.notes[what] = self.notes.get(what, 0) + count

    def lines(self) -> list[str]:
        """The account for people."""
        if not self.sequences:
            return ["no sequence to train"]
        share = 100 * self.trained / max(self.tokens, 1)
        lines = [
            f"{self.samples} samples -> {self.sequences} sequences, {self.tokens} tokens, "
            f"{share:.1f}% trained"
        ]
        if self.answers:
            lines.append(f"stop tokens trained: {self.stops}, of {self.answers} answers")
        if self.blocks > self.texts:
            lines.append(
                f"{self.texts} texts cut into {self.blocks} blocks; nothing of them is lost"
            )
        notes = sorted(self.notes.items(), key=lambda note: -note[1])
        return [*lines, *(f"{count} {what}" for what, count in notes)]


@dataclass(frozen=True, slots=True)
class Encoder:
    """Encodes samples for one run. `max_length` None means no limit.

    Plain text longer than the limit is cut into consecutive blocks of it, each predicting on
    into the next; with
    truncation_left only its end is kept, as of conversations.
    """

    template: Template
    max_length: int | None
    truncation: Truncation
    rejects: Rejects
    account: Account = field(default_factory=Account)

    def encode(self, samples: Sequence[Sample]) -> list[Encoded]:
        """Every sequence of the samples, in their order; a repeated sample is encoded once."""
        done: dict[SampleId, list[Piece]] = {}
        for batch in _batches(samples):
            done.update(self._talks([sample for sample in batch if sample.text is None]))
            done.update(self._texts([sample for sample in batch if sample.text is not None]))
        pieces = [piece for sample in samples for piece in done.get(sample.id, ())]
        account = self.account
        account.samples += sum(bool(done.get(sample.id)) for sample in samples)
        account.sequences += len(pieces)
        for encoded, answers in pieces:
            account.tokens += len(encoded)
            account.trained += encoded.trained_tokens
            account.answers += answers
            account.stops += count_stops(self.template, encoded) if answers else 0
        return [encoded for encoded, _ in pieces]

    def _talks(self, samples: Sequence[Sample]) -> Iterator[tuple[SampleId, list[Piece]]]:
        plans = [(s.id, contexts) for s in samples if (contexts := self._plan(s)) is not None]
        texts = [text for _, contexts in plans for context in contexts for text in context.texts]
        ids = iter(self.template.tokenizer.encode_batch(texts))
        for where, contexts in plans:
            lists = list(islice(ids, 2 * len(contexts)))
            trained = assemble(self.template, where, contexts, lists)
            self.account.note(trained.notes)
            yield where, self._fit(where, trained)

    def _texts(self, samples: Sequence[Sample]) -> Iterator[tuple[SampleId, list[Piece]]]:
        for sample, ids in zip(samples, self.template.text_batch(samples), strict=True):
            encoded = encode_sequence(sample.id, ids, [0.0] + [1.0] * (len(ids) - 1))
            blocks = self._blocks(encoded)
            self.account.texts += 1
            self.account.blocks += len(blocks)
            yield sample.id, self._fit(sample.id, Trained(blocks, [0] * len(blocks)))

    def _plan(self, sample: Sample) -> list[Context] | None:
        """The contexts of a sample, or None when it is refused."""
        where = sample.id
        if sample.label is False:
            self.rejects.add(
                where.source, where.row, "label is false, so its answer is not to be learnt"
            )
            return None
        if sample.tools and not self.template.writes_tools:
            self.rejects.add(where.source, where.row, "the template has no place for tools")
            return None
        try:
            contexts = plan(self.template, sample)
        except TemplateError as error:
            self.rejects.add(where.source, where.row, str(error))
            return None
        if not contexts:
            self.rejects.add(where.source, where.row, "nothing to train: every answer has weight 0")
            return None
        return contexts

    def _blocks(self, encoded: Encoded) -> list[Encoded]:
        size = self.max_length
        if size is None or len(encoded) <= size or self.truncation != "delete":
            return [encoded]
        starts = range(0, len(encoded) - 1, size)  # the last token alone predicts nothing
        return [
            Encoded(encoded.sample, encoded.input_ids[a : a + size], encoded.labels[a : a + size])
            for a in starts
        ]

    def _fit(self, where: SampleId, trained: Trained) -> list[Piece]:
        """The sequences that may stay, cut where that is asked for."""
        kept: list[Piece] = []
        pairs = zip(trained.sequences, trained.answers, strict=True)
        for number, (encoded, answers) in enumerate(pairs, 1):
            fitting = self._shorten(where, encoded, number, len(trained.sequences))
            if fitting is None:
                continue
            if fitting.trained_tokens == 0:
                self.rejects.add(where.source, where.row, "no token of it carries loss")
                continue
            kept.append((fitting, answers))
        return kept

    def _shorten(self, where: SampleId, encoded: Encoded, number: int, of: int) -> Encoded | None:
        size = self.max_length
        if size is None or len(encoded) <= size:
            return encoded
        part = f", context {number} of {of}" if of > 1 else ""
        reason = f"too long: {len(encoded)} tokens{part}, --max_length {size}"
        if self.truncation == "delete":
            self.rejects.add(where.source, where.row, reason, "dropped_long")
            return None
        self.rejects.add(where.source, where.row, reason, "cut")
        weights = encoded.weights[-size:] if encoded.weights else None
        return Encoded(encoded.sample, encoded.input_ids[-size:], encoded.labels[-size:], weights)


def _batches(samples: Sequence[Sample]) -> Iterator[list[Sample]]:
    rows = iter({sample.id: sample for sample in samples}.values())
    while batch := list(islice(rows, BATCH)):
        yield batch


def all_masked(sequences: Sequence[Encoded]) -> bool:
    """Whether no token of any sequence carries loss."""
    return all(label == IGNORE for encoded in sequences for label in encoded.labels)
