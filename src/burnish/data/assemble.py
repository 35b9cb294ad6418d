"""The `training` rendering as ids: contexts that continue one another share a sequence.

Where a template rewrites its history (thinking models) or the tokenizer merges across a border they
do not, and the conversation is unrolled into several sequences; the report counts it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from burnish.core.errors import TemplateError
from burnish.data.contexts import OTHER_PROMPT, Context, plan
from burnish.data.cut import Cutter
from burnish.data.probe import shared_start
from burnish.data.sample import IGNORE, Encoded, Sample, SampleId
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer
from burnish.data.weights import token_weights

# What the report counts, and how it says it.
REWRITTEN = "contexts apart, since the template rewrites earlier turns"
NO_END = "contexts apart, since the template writes no end behind earlier answers"
MERGED = "contexts apart, since the tokenizer merges across a border"
BORDER = "answers tokenised apart from their prompt, since both would merge"
APPENDED = "stop tokens appended, since the template writes none"
REPEATED = "tokens more, since contexts apart repeat what came before"

ANCHORS = ("\n", "|", "]", "a\n")
"""Texts put before an answer that is tokenised alone, so that a tokenizer that adds a leading space
adds it there.
"""

Span = tuple[int, int, float]
"""[start, stop) of ids to be predicted, and their loss weight."""


@dataclass(slots=True)
class Tokens:
    """A sequence of ids, and which of them are trained."""

    ids: list[int]
    spans: list[Span]
    answers: int = 0
    follows: int | None = None
    """The id behind the last one, which is trained though the next sequence holds it."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def trained(self) -> int:
        """Ids that carry loss. The first of a sequence never does: nothing predicts it."""
        within = sum(stop - max(start, 1) for start, stop, _ in self.spans)
        return within + (self.follows is not None)

    def encoded(self, sample: SampleId, label: bool | None = None) -> Encoded:
        """The sequence with its labels, shifted: position t predicts ids[t + 1]."""
        labels, weights = [IGNORE] * len(self.ids), [1.0] * len(self.ids)
        for start, stop, weight in self.spans:
            first = max(start, 1)
            labels[first - 1 : stop - 1] = self.ids[first:stop]
            weights[first - 1 : stop - 1] = [weight] * (stop - first)
        if self.follows is not None:
            labels[-1] = self.follows
        uneven = any(weight != 1.0 for _, _, weight in self.spans)
        return Encoded(sample, self.ids, labels, weights if uneven else None, label=label)


@dataclass(frozen=True, slots=True)
class Part:
    """The two texts that are tokenised for a context.

    Cut at a marker, these are what stands between the last answer (or the start of the text:
    `is_fresh`) and the marker, and the tail of the prompt behind it with the answer. Not cut
    (tail None), they are the prompt, and the prompt with the answer. `head` and `tail` are ids that
    are known already: those before `first`, and those of the tail.
    """

    first: str
    second: str
    head: Sequence[int] = ()
    tail: Sequence[int] | None = None
    is_fresh: bool = True


@dataclass(frozen=True, slots=True)
class Trained:
    """The sequences of one sample, and what happened on the way."""

    tokens: list[Tokens]
    notes: Counter[str] = field(default_factory=Counter)
    sample: SampleId = field(default_factory=lambda: SampleId("", 0))

    @property
    def sequences(self) -> list[Encoded]:
        """The sequences with their labels."""
        return [tokens.encoded(self.sample) for tokens in self.tokens]

    @property
    def answers(self) -> list[int]:
        """How many answers each of them trains."""
        return [tokens.answers for tokens in self.tokens]


def training(template: Template, sample: Sample) -> Trained:
    """A sample as it is trained. Raises TemplateError when the template refuses it."""
    cutter = Cutter(template)
    contexts = plan(template, sample)
    parts = list(cut(cutter, contexts))
    ids = template.tokenizer.encode_batch([t for part in parts for t in (part.first, part.second)])
    trained = assemble(cutter, contexts, parts, ids)
    return Trained(trained.tokens, trained.notes, sample.id)


def cut(cutter: Cutter, contexts: Sequence[Context]) -> Iterator[Part]:
    """The texts to tokenise for each context, as short as can be."""
    written = ""
    for context in contexts:
        prompt, answer = context.prompt, context.answer
        at = cutter.before(prompt)
        tail = None if at is None else cutter.known(prompt[at:])
        goes_on = (
            bool(written) and prompt.startswith(written) and cutter.begins(prompt, len(written))
        )
        if at is None or tail is None or (goes_on and at < len(written)):
            yield Part(prompt, prompt + answer)
            written = ""
            continue
        second = prompt[at:] + answer
        if goes_on:
            yield Part(prompt[len(written) : at], second, (), tail, False)
        else:
            turn = cutter.turn(prompt, at)  # before it stands what many rows share: a system prompt
            head = cutter.known(prompt[:turn])
            yield Part(prompt[0 if head is None else turn : at], second, head or (), tail)
        written = prompt + answer


def assemble(
    cutter: Cutter, contexts: Sequence[Context], parts: Sequence[Part], ids: Sequence[list[int]]
) -> Trained:
    """Sequences from contexts, their parts, and the ids of the parts' texts, two for each.

    Raises TemplateError where loss weights cannot be placed.
    """
    template = cutter.template
    notes: Counter[str] = Counter()
    made: list[Tokens] = []
    joint: list[int] = []
    text, appended = "", False
    for k, (context, part) in enumerate(zip(contexts, parts, strict=True)):
        if context.notes:
            notes.update(context.notes)
        first, second = ids[2 * k], ids[2 * k + 1]
        if part.tail is None:
            prompt, joint = first, second
        else:
            head = [*part.head, *first] if part.is_fresh else joint + first
            prompt, joint = [*head, *part.tail], head + second
        prompt, answer = _split(template.tokenizer, context, prompt, joint, notes)
        answer, ends_appended = _ended(cutter, answer)
        last = made[-1] if made else None
        if last is None or not _continues(template, last, appended, prompt):
            if last is not None:
                notes[_why_apart(text, appended, context)] += 1
                notes[REPEATED] += shared_start(last.ids, prompt)
            last, appended = Tokens([], []), False
            made.append(last)
        notes[APPENDED] += ends_appended - appended  # a next turn may bring what was appended
        last.ids = [*prompt, *answer]
        last.spans += _spans(template.tokenizer, context, part, len(prompt), answer, ends_appended)
        last.answers += 1
        text, appended = context.prompt + context.answer, ends_appended
    return Trained(made, +notes)


def _spans(
    tokenizer: Tokenizer,
    context: Context,
    part: Part,
    start: int,
    answer: list[int],
    is_appended: bool,
) -> list[Span]:
    """The trained spans of an answer that begins at `start`; pieces of weight 0 are left out."""
    if not context.pieces:
        return [(start, start + len(answer), context.weight)]
    written = answer[:-1] if is_appended else answer
    weights = token_weights(context.pieces, _offsets(tokenizer, context, part, written))
    weights[len(answer) - 1 :] = [context.weight]  # the stop token, which may be appended
    spans: list[Span] = []
    for k, weight in enumerate(weights, start):
        if spans and spans[-1][1] == k and spans[-1][2] == weight:
            spans[-1] = (spans[-1][0], k + 1, weight)
        elif weight:
            spans.append((k, k + 1, weight))
    return spans


def _offsets(
    tokenizer: Tokenizer, context: Context, part: Part, answer: list[int]
) -> list[tuple[int, int]]:
    """The characters of the answer's text that each of its ids covers."""
    for text in (part.second, *(anchor + context.answer for anchor in ("", *ANCHORS))):
        before = len(text) - len(context.answer)
        encoding = tokenizer.encode_with_offsets(text)
        start = next((k for k, (_, end) in enumerate(encoding.offsets) if end > before), 0)
        if encoding.ids[start : start + len(answer)] == answer:
            found = encoding.offsets[start : start + len(answer)]
            return [(max(a - before, 0), b - before) for a, b in found]
    raise TemplateError("loss weights have no place: the answer is tokenised apart from its text")


def encode_sequence(sample: SampleId, ids: list[int], weights: list[float]) -> Encoded:
    """Shift labels: position t predicts ids[t + 1], with the weight of that token."""
    spans = [(k, k + 1, weight) for k, weight in enumerate(weights) if weight]
    return Tokens(ids, spans).encoded(sample)


def _split(
    tokenizer: Tokenizer, context: Context, prompt: list[int], joint: list[int], notes: Counter[str]
) -> tuple[list[int], list[int]]:
    """Ids of the prompt as inference gives them, and ids of the answer."""
    if joint[: len(prompt)] == prompt:
        return prompt, joint[len(prompt) :]
    text = tokenizer.decode(joint)
    for anchor in ("", *ANCHORS):
        alone, before = tokenizer.encode(anchor + context.answer), tokenizer.encode(anchor)
        answer = alone[len(before) :]
        if alone[: len(before)] == before and tokenizer.decode([*prompt, *answer]) == text:
            notes[BORDER] += 1
            return prompt, answer
    border = shared_start(prompt, joint)
    notes[OTHER_PROMPT] += 1
    return joint[:border], joint[border:]


def _ended(cutter: Cutter, answer: list[int]) -> tuple[list[int], bool]:
    """The answer up to and with its stop token; true when the token had to be appended.

    Stop tokens are counted from the right, since an answer may write one in its text.
    """
    end, left = cutter.template.end, cutter.template.end.stops
    for k in reversed(range(len(answer) if end.written else 0)):
        left -= answer[k] in cutter.stops
        if not left:
            return answer[: k + 1], False
    return [*answer, end.stop_id], True


def _continues(template: Template, last: Tokens, appended: bool, prompt: list[int]) -> bool:
    """Whether a prompt goes on from a sequence; an appended stop gives way to the one that the
    template writes there.
    """
    length = len(last.ids)
    if prompt[:length] == last.ids:
        return True
    same = appended and len(prompt) >= length and prompt[: length - 1] == last.ids[:-1]
    if same and prompt[length - 1] in template.stop_ids:
        last.ids[-1] = prompt[length - 1]
        return True
    return False


def _why_apart(text: str, appended: bool, context: Context) -> str:
    if not context.prompt.startswith(text.rstrip()):
        return REWRITTEN
    return NO_END if appended else MERGED


def count_stops(template: Template, encoded: Encoded) -> int:
    """How many stop tokens a sequence trains."""
    stops = set(template.stop_ids)
    return sum(int(label) in stops for label in encoded.labels)
