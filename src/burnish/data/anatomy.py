"""Whose token is it: for every token of a sequence the turn that it comes from, what it reads as,
and its loss weight.

Turns are found by the template's structure: the prompt is rendered again with one content replaced,
and what stays the same before and behind it bounds the content. No text is searched for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from burnish.core.errors import TemplateError
from burnish.data.contexts import Context, plan
from burnish.data.probe import shared_start, turn
from burnish.data.sample import IGNORE, Encoded, Sample
from burnish.data.spans import MARK
from burnish.data.template import Template, as_dict
from burnish.data.tokenizer import Encoding
from burnish.data.views import View, prompt_text, variants_of

Kind = Literal[
    "template", "system", "tools", "user", "assistant", "tool", "text", "tokenised", "unknown"
]
"""template: markers and what else the template writes; tools: the list of tools that may be called;
tool: what a tool answered; text: plain text; tokenised: ids that the row itself
holds; unknown: the ids follow no rendering we know.
"""
KINDS: tuple[Kind, ...] = (
    "template", "system", "tools", "user", "assistant", "tool", "text", "tokenised", "unknown",
)  # fmt: skip
LONGEST = 4
"""Bytes of a character, so tokens that may share one."""
GOES_ON = "‥"
"""Stands for a token that only goes on with the character of the one before."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One token of a sequence."""

    id: int
    text: str
    kind: Kind
    weight: float
    """Of the loss where the token is predicted; 0: it is only read."""
    is_special: bool = False


Turns = list[dict[str, Any]]
Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A sequence with the kind of each of its tokens."""

    ids: list[int]
    weights: list[float]
    kinds: list[Kind]
    text: str = ""
    offsets: Spans | None = None
    """The characters of `text` that each token covers; None where they are not known."""


def dissect(
    template: Template, sample: Sample, encoded: Sequence[Encoded], view: View = "text"
) -> list[Anatomy]:
    """Whose tokens they are, for each sequence of a sample; `encoded` holds them in their order."""
    if sample.tokenised is not None:
        return [_unaligned(template, sequence, "tokenised") for sequence in encoded]
    if sample.text is not None:
        return [_unaligned(template, sequence, "text") for sequence in encoded]
    variants = variants_of(sample, view)
    if len(variants) == 1:
        return _in_turn(template, variants[0][0], encoded, view)
    both = zip(variants, encoded, strict=True)
    return [_in_turn(template, one, [sequence], view)[0] for (one, _), sequence in both]


def _in_turn(
    template: Template, sample: Sample, encoded: Sequence[Encoded], view: View
) -> list[Anatomy]:
    """Of one conversation."""
    contexts = _contexts(template, sample, view)
    found, start = [], 0
    for k, sequence in enumerate(encoded):
        left = len(encoded) - k - 1
        place, anatomy = _fitting(template, sample, contexts, sequence, start, left)
        start = place + 1
        found.append(anatomy)
    return found


def cells_of(template: Template, anatomy: Anatomy) -> list[Cell]:
    """The tokens for people to read."""
    is_special, name = template.tokenizer.is_special, template.tokenizer.token
    read = _read_along(anatomy) if anatomy.offsets is not None else _read_alone(template, anatomy)
    cells = []
    for id, text, kind, weight in zip(
        anatomy.ids, read, anatomy.kinds, anatomy.weights, strict=True
    ):
        special = is_special(id)
        marker = name(id) if special else None
        if marker and (not text or text.strip() == marker):  # without what it swallowed
            text = marker
        cells.append(Cell(id, text or GOES_ON, kind, weight, special))
    return cells


def weights_of(sequence: Encoded) -> list[float]:
    """The loss weight of each token: labels are shifted, so it stands one position before."""
    trained = np.asarray(sequence.labels[:-1]) != IGNORE
    if sequence.weights is None:
        return [0.0, *trained.astype(float).tolist()]
    weights = np.asarray(sequence.weights[: len(trained)], float)
    return [0.0, *np.where(trained[: len(weights)], weights, 0.0).tolist()]


def _contexts(template: Template, sample: Sample, view: View) -> list[tuple[int, Context]]:
    """(number of the answer among the messages, its context) of every answer that is trained; of a
    prompt that of the answer which is to come.
    """
    if view == "prompt":
        return [(len(sample.messages), Context(prompt_text(template, sample), "", 0.0))]
    places = [i for i, m in enumerate(sample.messages) if m.role == "assistant" and m.weight != 0]
    contexts = plan(template, sample, last_only=view != "text")
    return list(zip(places[-len(contexts) :], contexts, strict=True))


def _fitting(
    template: Template,
    sample: Sample,
    contexts: Sequence[tuple[int, Context]],
    sequence: Encoded,
    start: int,
    left: int,
) -> tuple[int, Anatomy]:
    """The context that a sequence ends with, and its anatomy. The last that may be is tried first,
    since contexts that go on from one another share a sequence.
    """
    ids = np.asarray(sequence.input_ids).tolist()
    for place in range(len(contexts) - left - 1, start - 1, -1):
        i, context = contexts[place]
        text, offsets = _align(template, context, ids)
        if offsets is not None:
            owners = owners_of(template, sample, i, context)
            kinds = _kinds(template, ids, offsets, owners)
            return place, Anatomy(ids, weights_of(sequence), kinds, text, offsets)
    return start, _unaligned(template, sequence, "unknown")


def _align(template: Template, context: Context, ids: list[int]) -> tuple[str, Spans | None]:
    """The context's text, and the characters of each id; None where the ids are another's.

    What is not tokenised together with the rest has an empty range behind it.
    """
    text, tokenizer = context.prompt + context.answer, template.tokenizer
    joint = tokenizer.encode_with_offsets(text)
    shift = _shift(joint.ids, ids)
    if shift is not None:
        known = joint.offsets[shift : shift + len(ids)]
        return text, known + [(len(text), len(text))] * (len(ids) - len(known))
    prompt = tokenizer.encode_with_offsets(context.prompt)
    if ids[: len(prompt.ids)] == prompt.ids:
        return text, _apart(template, text, prompt, ids)
    return text, None


def _apart(template: Template, text: str, prompt: Encoding, ids: list[int]) -> Spans:
    """Offsets where the answer was tokenised by itself: its tokens are read one by one."""
    offsets, at = list(prompt.offsets), max((end for _, end in prompt.offsets), default=0)
    decode, rest = template.tokenizer.decode, ids[len(prompt.ids) :]
    for k in range(len(rest)):
        end = min(at + len(decode(rest[: k + 1])) - len(decode(rest[:k])), len(text))
        offsets.append((at, max(at, end)))
        at = max(at, end)
    return offsets


def _shift(joint: list[int], ids: list[int]) -> int | None:
    """Where the ids of a sequence begin in those of its text: 0, or later when its start was cut.

    Its last id may be a stop token that the template does not write.
    """
    size = len(ids)
    starts: list[int] = [0, *range(len(joint) - size + 1, 0, -1)]
    for inner in (ids, ids[:-1]):
        for start in starts:
            if inner and joint[start : start + len(inner)] == inner:
                return start
    return None


def owners_of(template: Template, sample: Sample, i: int, context: Context) -> list[Kind]:
    """The kind of every character of a context's text; answer `i` is the one it trains."""
    prompt, text = context.prompt, context.prompt + context.answer
    owners: list[Kind] = ["template"] * len(text)
    turns: Turns = [as_dict(message) for message in sample.messages[:i]]
    system = sample.system if sample.system is not None else template.system
    if system and not (turns and turns[0]["role"] == "system"):
        turns = [turn("system", system), *turns]
    for start, end, kind in _regions(template, sample, turns, prompt):
        owners[start:end] = [kind] * (end - start)
    after = template.end.after
    end = len(text) - len(after) if after and text.endswith(after) else len(text)
    owners[len(prompt) : end] = ["assistant"] * max(end - len(prompt), 0)
    return owners


def _regions(
    template: Template, sample: Sample, turns: Turns, prompt: str
) -> Iterator[tuple[int, int, Kind]]:
    """(start, end, kind) of what stands in a prompt; a later region covers an earlier one."""
    tools = sample.tools

    def render(changed: Turns, ask: bool = True, tools: Any = tools) -> str:
        return template.render(changed, tools, ask, sample.system)

    text: str = render(turns)
    same = len(text) if text == prompt else shared_start(text, prompt)
    found: list[tuple[int, int, Kind]] = []
    if tools:
        found += _tools(text, turns, render)
    if template.default_system and not (turns and turns[0]["role"] == "system"):
        found += _between(text, lambda: render([turn("system", MARK), *turns]), "system")
    for j, one in enumerate(turns):
        kind: Kind = one["role"] if one["role"] in KINDS else "unknown"
        other = [*turns[:j], {**one, "content": MARK}, *turns[j + 1 :]]
        places = _between(text, lambda other=other: render(other), kind)
        if kind == "assistant":
            places = _whole_answer(template, text, turns, j, render, places)
        found += places
    return ((start, min(end, same), kind) for start, end, kind in found if start < same)


def _between(text: str, change: Any, kind: Kind) -> list[tuple[int, int, Kind]]:
    """What a mark took the place of: between the same start and the same end."""
    try:
        head, mark, tail = change().partition(MARK)
    except TemplateError:
        return []
    fits = mark and text.startswith(head) and text.endswith(tail)
    end = len(text) - len(tail)
    return [(len(head), end, kind)] if fits and end > len(head) else []


def _tools(text: str, turns: Turns, render: Any) -> list[tuple[int, int, Kind]]:
    """What the list of tools adds to a text; before the first question where it stands there, since
    later turns may read otherwise without tools.
    """
    first = next((k for k, one in enumerate(turns, 1) if one["role"] == "user"), len(turns))
    for some in (turns[:first], turns):
        try:
            told, bare = render(some), render(some, tools=None)
        except TemplateError:
            continue
        start = shared_start(told, bare)
        end = len(told) - shared_start(told[start:][::-1], bare[start:][::-1])
        while (
            0 < start < end and told[start - 1] == told[end - 1]
        ):  # the markers before are its own
            start, end = start - 1, end - 1
        if start < end and text[:end] == told[:end]:
            return [(start, end, "tools")]
    return []


def _whole_answer(
    template: Template,
    text: str,
    turns: Turns,
    j: int,
    render: Any,
    places: list[tuple[int, int, Kind]],
) -> list[tuple[int, int, Kind]]:
    """An earlier answer from where the model took over, with its reasoning and its calls."""
    try:
        before, done = render(turns[:j]), render(turns[: j + 1], False)
    except TemplateError:
        return places
    start = len(before) if text.startswith(before) else None
    if start is None:
        return places
    if turns[j].get("tool_calls") and text.startswith(done.rstrip()):
        after = template.end.after
        return [(start, len(done) - len(after) * done.endswith(after), "assistant")]
    return [(min(start, place[0]), place[1], "assistant") for place in places]


def _kinds(
    template: Template, ids: Sequence[int], offsets: Spans, owners: Sequence[Kind]
) -> list[Kind]:
    """Of a token on a border, the turn's: a marker may swallow the white space behind it, a word
    the space before it.
    """
    kinds = []
    for id, (start, end) in zip(ids, offsets, strict=True):
        kind: Kind = owners[start] if start < end else "template"
        if kind != "template" or start == end:
            kinds.append(kind)
            continue
        kinds.append(kind if template.tokenizer.is_special(id) else owners[end - 1])
    return kinds


def _unaligned(template: Template, sequence: Encoded, kind: Kind) -> Anatomy:
    """All of one kind but the markers: plain text, or ids that follow no rendering we know."""
    ids, is_special = [int(id) for id in sequence.input_ids], template.tokenizer.is_special
    kinds: list[Kind] = ["template" if is_special(id) else kind for id in ids]
    return Anatomy(ids, weights_of(sequence), kinds)


def _read_along(anatomy: Anatomy) -> Iterator[str]:
    """The characters of each token that no token before it has shown."""
    shown = 0
    for start, end in anatomy.offsets or ():
        yield anatomy.text[max(start, shown) : end]
        shown = max(shown, end)


def _read_alone(template: Template, anatomy: Anatomy) -> Iterator[str]:
    """Each token as it reads; those that share a character read as one, at the first of them."""
    waiting: list[int] = []
    for place, id in enumerate(anatomy.ids, 1):
        waiting.append(id)
        text = template.tokenizer.decode(waiting)
        is_part = text.endswith("\ufffd") and len(waiting) < LONGEST
        if is_part and place < len(anatomy.ids):
            continue
        yield text
        yield from ("" for _ in waiting[1:])
        waiting = []
