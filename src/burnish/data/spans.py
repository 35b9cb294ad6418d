"""The `whole` rendering: a conversation tokenised at once, and which tokens the assistant wrote.

Spans come from the template's structure: the same conversation is rendered with one answer
replaced, and what stays the same
before and behind it bounds the answer. No text is searched for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from burnish.data.probe import shared_start
from burnish.data.sample import Sample
from burnish.data.template import Template, Turn, as_dict

MARK = "q7content9z"


@dataclass(frozen=True, slots=True)
class Whole:
    """A rendered conversation; `spans` are [start, end) over `ids`, one for each assistant turn."""

    text: str
    ids: list[int]
    spans: list[tuple[int, int]]


def whole(template: Template, sample: Sample) -> Whole:
    """The conversation of a sample, rendered and tokenised at once."""
    return whole_conversation(template, sample.messages, sample.tools, system=sample.system)


def whole_conversation(
    template: Template,
    messages: Sequence[Turn],
    tools: Sequence[Mapping[str, Any]] | None = None,
    *,
    system: str | None = None,
    add_generation_prompt: bool = False,
) -> Whole:
    """As `whole`, for messages. A span ends behind the first stop token that follows the answer's
    content.
    """
    turns = [as_dict(message) for message in messages]
    text = template.render(turns, tools, add_generation_prompt, system)
    encoding = template.tokenizer.encode_with_offsets(text)
    spans = []
    for i, one in enumerate(turns):
        if one["role"] != "assistant":
            continue
        start, content_end = _bounds(template, text, turns, i, tools, system, add_generation_prompt)
        spans.append(_tokens(template, text, encoding.ids, encoding.offsets, start, content_end))
    return Whole(text, encoding.ids, spans)


def _bounds(
    template: Template,
    text: str,
    turns: list[dict[str, Any]],
    i: int,
    tools: Sequence[Mapping[str, Any]] | None,
    system: str | None,
    add_generation_prompt: bool,
) -> tuple[int, int | None]:
    """The characters of answer `i`: where the model takes over, and where its content ends (None:
    nothing tells).
    """
    other = [*turns[:i], {**turns[i], "content": MARK}, *turns[i + 1 :]]
    changed = template.render(other, tools, add_generation_prompt, system)
    head, _, tail = changed.partition(MARK)
    before = template.render(turns[:i], tools, True, system) if i else ""
    start = len(before) if text.startswith(before) else shared_start(text, head)
    if turns[i].get("tool_calls") or not turns[i]["content"]:
        done = template.render(turns[: i + 1], tools, False, system)
        silent = i > 0 and done == template.render(turns[:i], tools, False, system)
        return start, start if silent else None
    end = len(text) - len(tail) if text.endswith(tail) else start
    return start, max(start, end)


def _tokens(
    template: Template,
    text: str,
    ids: list[int],
    offsets: list[tuple[int, int]],
    start: int,
    content_end: int | None,
) -> tuple[int, int]:
    """Characters to tokens, with the stop token behind the content where the template writes one.

    A marker that swallowed the white space behind it (Phi-3) belongs to the prompt.
    """
    count = len(ids)
    first = next((k for k in range(count) if offsets[k][1] > start), count)
    while first < count and offsets[first][0] < start and template.tokenizer.is_special(ids[first]):
        first += 1
    if content_end is None:
        stops = (k + 1 for k in range(first, count) if ids[k] in template.stop_ids)
        return first, next(stops, count)
    last = next((k for k in range(first, count) if offsets[k][1] > content_end), count)
    for k in range(last, count):
        if ids[k] in template.stop_ids and offsets[k][0] >= content_end:
            return first, k + 1
        if text[max(offsets[k][0], content_end) : offsets[k][1]].strip():
            break
    return first, last
