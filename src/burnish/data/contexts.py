"""The `training` rendering: each answer behind the very ids that inference gives, up to its stop.

Contexts that continue one another share a sequence. Where a template rewrites its history (thinking
models) or the tokenizer merges across a border they do not, and the conversation is unrolled into
several sequences; the report counts it.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from burnish.core.errors import TemplateError
from burnish.data.probe import shared_start
from burnish.data.sample import IGNORE, Encoded, Message, Sample, SampleId
from burnish.data.template import Template, as_dict
from burnish.data.tokenizer import Tokenizer

# What the report counts, and how it says it.
REWRITTEN = "contexts apart, since the template rewrites earlier turns"
NO_END = "contexts apart, since the template writes no end behind earlier answers"
MERGED = "contexts apart, since the tokenizer merges across a border"
BORDER = "answers tokenised apart from their prompt, since both would merge"
OTHER_PROMPT = "answers whose prompt differs from the generation prompt"
KEPT = "answers trained as written, since the template would shorten them"
NO_REASONING = "answers whose reasoning the template does not write"
SPOKEN = "turns whose text holds a stop token, which is read as one"
APPENDED = "stop tokens appended, since the template writes none"

OPENING = 64
"""Characters of a prompt in which an answer may already be opened (<think>)."""
NOT_LETTERS = re.compile(r"[\W_]+")
ANCHORS = ("\n", "|", "]", "a\n")
"""Texts put before an answer that is tokenised alone, so that a tokenizer that adds a leading space
adds it there.
"""


@dataclass(frozen=True, slots=True)
class Context:
    """One answer to train: the text before it, and what the model is to write."""

    prompt: str
    answer: str
    weight: float
    notes: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, str]:
        """What must be tokenised for it."""
        return self.prompt, self.prompt + self.answer


@dataclass(slots=True)
class _Sequence:
    """A sequence that grows: ids, and for each the loss weight of predicting it (0: none)."""

    ids: list[int]
    weights: list[float]
    text: str
    appended: bool = False
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Trained:
    """The sequences of one sample, how many answers each trains, and what happened on the way."""

    sequences: list[Encoded]
    answers: list[int]
    notes: Counter[str] = field(default_factory=Counter)


def plan(template: Template, sample: Sample) -> list[Context]:
    """The contexts of a sample. Raises TemplateError when the template refuses it."""
    turns = [as_dict(message) for message in sample.messages]
    contexts = [
        _context(template, sample, turns, i, message)
        for i, message in enumerate(sample.messages)
        if message.role == "assistant" and message.weight != 0
    ]
    if contexts:
        _refuse_left_out(contexts[-1].prompt, sample)
    return contexts


def training(template: Template, sample: Sample) -> Trained:
    """A sample as it is trained."""
    contexts = plan(template, sample)
    ids = template.tokenizer.encode_batch([text for c in contexts for text in c.texts])
    return assemble(template, sample.id, contexts, ids)


def assemble(
    template: Template, sample: SampleId, contexts: Sequence[Context], ids: Sequence[list[int]]
) -> Trained:
    """Sequences from contexts and the ids of their texts, two lists for each context."""
    notes: Counter[str] = Counter()
    sequences: list[_Sequence] = []
    for k, context in enumerate(contexts):
        notes.update(context.notes)
        prompt, answer = _split(template.tokenizer, context, ids[2 * k], ids[2 * k + 1], notes)
        answer, appended = _ended(template, answer)
        last = sequences[-1] if sequences else None
        if last is None or not _continues(template, last, prompt):
            if last is not None:
                notes[_why_apart(last, context)] += 1
            last = _Sequence([], [], "")
            sequences.append(last)
        notes[APPENDED] -= (
            last.appended
        )  # the template writes it after all, as the start of the next turn
        last.weights += [0.0] * (len(prompt) - len(last.ids)) + [context.weight] * len(answer)
        last.ids = [*prompt, *answer]
        notes[APPENDED] += appended
        last.answers += 1
        last.text, last.appended = context.prompt + context.answer, appended
    encoded = [encode_sequence(sample, s.ids, s.weights) for s in sequences]
    return Trained(encoded, [s.answers for s in sequences], +notes)


def encode_sequence(sample: SampleId, ids: list[int], weights: list[float]) -> Encoded:
    """Shift labels: position t predicts ids[t + 1], with the weight of that token."""
    labels = [
        token if weight else IGNORE for token, weight in zip(ids[1:], weights[1:], strict=True)
    ]
    uneven = any(weight not in (0.0, 1.0) for weight in weights)
    shifted = [*(weight or 1.0 for weight in weights[1:]), 1.0] if uneven else None
    return Encoded(sample, ids, [*labels, IGNORE], shifted)


def _refuse_left_out(prompt: str, sample: Sample) -> None:
    """What the last prompt must hold: the row's system prompt, every question and tool result."""
    if sample.system and not _written(sample.system, prompt):
        raise TemplateError("the template leaves the row's system prompt out")
    last = max(i for i, m in enumerate(sample.messages) if m.role == "assistant" and m.weight != 0)
    for number, message in enumerate(sample.messages[:last], 1):
        if message.role != "assistant" and not _written(message.text, prompt):
            raise TemplateError(f"the template leaves out turn {number} ({message.role})")


def _written(text: str, prompt: str) -> bool:
    """Whether a text stands in the prompt, trimmed, quoted or escaped as templates do."""
    if text in prompt:
        return True
    quoted = json.dumps(text, ensure_ascii=False)
    letters = NOT_LETTERS.sub("", prompt)
    return any(NOT_LETTERS.sub("", form) in letters for form in (text, quoted))


def _context(
    template: Template, sample: Sample, turns: list[dict[str, Any]], i: int, message: Message
) -> Context:
    prompt = template.render(turns[:i], sample.tools, True, sample.system)
    done = template.render(turns[: i + 1], sample.tools, False, sample.system)
    notes = []
    if done.startswith(prompt):
        answer = done[len(prompt) :]
    else:
        prompt, answer, note = _apart(template, sample, turns[: i + 1], prompt, done)
        notes += [note] * bool(note)
    if message.tool_calls:
        _refuse_lost_calls(answer, message, i + 1)
    elif not _holds(answer, message.text, prompt):
        answer = message.text + template.end.after
        notes.append(KEPT)
    if message.reasoning and not _holds(answer, message.reasoning, prompt):
        notes.append(NO_REASONING)
    if not template.end.written:
        answer = answer.removesuffix(template.end.after)
    if not answer:
        raise TemplateError("the template writes nothing for an answer")
    notes += [SPOKEN] * _stops_spoken(template, sample.messages, i)
    weight = 1.0 if message.weight is None else message.weight
    return Context(prompt, answer, weight, tuple(notes))


def _apart(
    template: Template, sample: Sample, turns: list[dict[str, Any]], prompt: str, done: str
) -> tuple[str, str, str]:
    """Prompt, answer and note where the finished text does not begin with the prompt."""
    border = shared_start(done, prompt)
    opening, raw = prompt[border:], turns[-1]["content"] or ""
    if opening.strip() and raw.startswith(opening.rstrip()):
        # The generation prompt opens what the person wrote (<think>): the model goes on from there.
        return prompt, raw[len(opening.rstrip()) :].lstrip("\n") + template.end.after, ""
    history = template.render(turns[:-1], sample.tools, False, sample.system)
    if border >= len(history):
        return done[:border], done[border:], OTHER_PROMPT
    # The template writes earlier turns otherwise once they are answered (Mistral's system prompt
    # goes with the last question): the prompt stays that of inference, the answer is what stands
    # in the finished text behind the words that the prompt ends with.
    start = _behind(done, prompt, raw)
    return prompt, done[start:], ""


def _behind(done: str, prompt: str, content: str) -> int:
    """Where in `done` the answer begins: behind the longest text that the prompt ends with too."""
    latest = done.rfind(content.strip()) if content.strip() else len(done)
    places = range(max(latest, 0), max(latest - OPENING, -1), -1)
    return max(places, key=lambda k: _shared_end(done[:k], prompt))


def _shared_end(one: str, other: str) -> int:
    """How many characters two texts have in common at their ends."""
    return shared_start(one[: -OPENING - 1 : -1], other[: -OPENING - 1 : -1])


def _refuse_lost_calls(answer: str, message: Message, number: int) -> None:
    """A call that the template does not write would be trained as an empty answer."""
    written = squeeze(answer)
    for call in message.tool_calls:
        if squeeze(call.name) not in written:
            raise TemplateError(f"the template does not write the tool call of turn {number}")
    if squeeze(message.text) not in written:
        raise TemplateError(f"the template writes no text beside the tool call of turn {number}")


def _stops_spoken(template: Template, messages: Sequence[Message], i: int) -> int:
    """How many turns from the last answer up to this one hold a stop token in their text."""
    stops = [text for id in template.stop_ids if (text := template.tokenizer.token(id))]
    before = max((k for k in range(i) if messages[k].role == "assistant"), default=-1)
    return sum(any(stop in m.text for stop in stops) for m in messages[before + 1 : i + 1])


def squeeze(text: str) -> str:
    """A text without its white space: templates trim, and some tokens swallow spaces."""
    return "".join(text.split())


def _holds(answer: str, content: str, prompt: str) -> bool:
    """Whether only white space of the content was lost; its start may stand in the prompt."""
    wanted, written = squeeze(content), squeeze(answer)
    before = squeeze(prompt[-OPENING:])
    opened = (
        k for k in range(min(len(wanted), len(before)), -1, -1) if before.endswith(wanted[:k])
    )
    return wanted in written or wanted[next(opened) :] in written


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


def _ended(template: Template, answer: list[int]) -> tuple[list[int], bool]:
    """The answer up to and with its stop token; true when the token had to be appended.

    Stop tokens are counted from the right, since an answer may write one in its text.
    """
    end = template.end
    stops = [k for k, token in enumerate(answer) if token in template.stop_ids]
    if end.written and len(stops) >= end.stops:
        return answer[: stops[-end.stops] + 1], False
    return [*answer, end.stop_id], True


def _continues(template: Template, last: _Sequence, prompt: list[int]) -> bool:
    """Whether a prompt goes on from a sequence; an appended stop gives way to the one that the
    template writes there.
    """
    length = len(last.ids)
    if prompt[:length] == last.ids:
        return True
    same = last.appended and len(prompt) >= length and prompt[: length - 1] == last.ids[:-1]
    if same and prompt[length - 1] in template.stop_ids:
        last.ids[-1] = prompt[length - 1]
        return True
    return False


def _why_apart(last: _Sequence, context: Context) -> str:
    if not context.prompt.startswith(last.text.rstrip()):
        return REWRITTEN
    return NO_END if last.appended else MERGED


def count_stops(template: Template, encoded: Encoded) -> int:
    """How many stop tokens a sequence trains."""
    stops: Mapping[int, None] = dict.fromkeys(template.stop_ids)
    return sum(label in stops for label in encoded.labels)
