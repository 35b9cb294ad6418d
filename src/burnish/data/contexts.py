"""The `training` rendering as text: for each answer the prompt that inference gives the model, and
what the model is to write behind it.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from burnish.core.errors import TemplateError
from burnish.data.probe import shared_start
from burnish.data.sample import Message, Sample
from burnish.data.spans import MARK
from burnish.data.template import THINKING_SWITCHES, Template, as_dict

# What the report counts, and how it says it.
OTHER_PROMPT = "answers whose prompt differs from the generation prompt"
BEHIND_PROMPT = (
    "answers behind a generation prompt that the template leaves out where it writes answers"
)
UNTHOUGHT = (
    "answers without a thought, trained with </think> first since the generation prompt opens one"
)
KEPT = "answers trained as written, since the template would shorten them"
NO_REASONING = "answers whose reasoning the template does not write"
THINKING = (
    "answers whose prompt has thinking switched on, which the template leaves off: switch it on "
    "where the model is asked, too ({}=true among the chat template's variables), which burnish "
    "infer does not"
)
OTHER_TOOLS = (
    "answers whose prompt tells the tools in other words than the model's own template does: leave "
    "--template_type out to train on those"
)
SPOKEN = "turns whose text holds a stop token, which is read as one"

OPENING = 64
"""Characters of a prompt in which an answer may already be opened (<think>)."""
NO_THOUGHT = re.compile(r"<think>\s*</think>\s*$")
OPEN_THOUGHT = re.compile(r"<think>\s*$")
THOUGHT_END = "</think>"
NOT_LETTERS = re.compile(r"[\W_]+")

Weigh = Callable[[str, str], list[tuple[str, float]]]
"""(the question, the answer) -> the answer in pieces, each with its loss weight."""


@dataclass(frozen=True, slots=True)
class Context:
    """One answer to train: the text before it, and what the model is to write."""

    prompt: str
    answer: str
    weight: float
    notes: tuple[str, ...] = ()
    pieces: tuple[tuple[str, float], ...] = ()
    """The answer in pieces with a loss weight each; none: `weight` all over."""


def plan(
    template: Template, sample: Sample, *, weigh: Weigh | None = None, last_only: bool = False
) -> list[Context]:
    """The contexts of a sample: of every answer with a weight, or `last_only`.

    Raises TemplateError when the template refuses it.
    """
    turns = [as_dict(message) for message in sample.messages]
    asked = [i for i, m in enumerate(sample.messages) if m.role == "assistant" and m.weight != 0]
    if last_only:
        asked = asked[-1:]
    if not asked:
        return []
    if template.is_generation and (lost := unspoken(sample)):
        raise TemplateError(lost)
    contexts = [_context(template, sample, turns, i, sample.messages[i]) for i in asked]
    if lost := left_out(contexts[-1].prompt, sample, asked[-1]):
        raise TemplateError(lost)
    if weigh is not None:
        messages = sample.messages
        pairs = zip(contexts, asked, strict=True)
        contexts = [_weighted(template, context, messages, i, weigh) for context, i in pairs]
    return contexts


def unspoken(sample: Sample) -> str:
    """What a template for plain text has no place for in a sample; "" where it has."""
    what = "the template writes plain text without roles, so it has no place for "
    if sample.tools:
        return what + "tools"
    if sample.system:
        return what + "a system prompt"
    return what + "earlier turns" if len(sample.messages) > 2 else ""


def _weighted(
    template: Template, context: Context, messages: Sequence[Message], i: int, weigh: Weigh
) -> Context:
    """The context with the loss weights of its answer's pieces: of all that the template writes for
    it, calls and reasoning too. What ends the answer keeps the weight of the whole.
    """
    query, base = messages[i - 1].text if i else "", context.weight
    written = context.answer.removesuffix(template.end.after)
    pieces = [(piece, weight * base) for piece, weight in weigh(query, written)]
    if all(weight == base for _, weight in pieces):
        return context
    whole = (*pieces, (context.answer[len(written) :], base))
    return Context(context.prompt, context.answer, base, context.notes, whole)


def left_out(prompt: str, sample: Sample, last: int) -> str:
    """What the prompt of turn `last` lacks: the row's system prompt, a question or tool result; ""
    where it holds all.
    """
    if sample.system and not _written(sample.system, prompt):
        return "the template leaves the row's system prompt out"
    for number, message in enumerate(sample.messages[:last], 1):
        if message.role == "assistant":
            continue
        if not all(_written(part.text, prompt) for part in message.parts):
            return f"the template leaves out turn {number} ({message.role})"
    return ""


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
    if not done.startswith(prompt) and (message.reasoning or "</think>" in message.text):
        prompt, note = _thinking(template, sample, turns[: i + 1], prompt, done)
        notes += [note] * bool(note)
    if done.startswith(prompt):
        answer = done[len(prompt) :]
    else:
        prompt, answer, note = _apart(template, sample, turns[: i + 1], prompt, done)
        notes += [note] * bool(note)
    if message.tool_calls:
        answer = _with_thought(answer, message.text, prompt, notes)
        _refuse_lost_calls(answer, message, i + 1, prompt)
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
    notes += [OTHER_TOOLS] * (_uses_tools(sample) and template.leaves_own_tools)
    weight = 1.0 if message.weight is None else message.weight
    return Context(prompt, answer, weight, tuple(notes))


def _uses_tools(sample: Sample) -> bool:
    return bool(sample.tools) or any(m.tool_calls or m.role == "tool" for m in sample.messages)


def _thinking(
    template: Template, sample: Sample, turns: list[dict[str, Any]], prompt: str, done: str
) -> tuple[str, str]:
    """The prompt with the template's switch for thinking on, where that opens this answer."""
    asked = template.thinking.render(turns[:-1], sample.tools, True, sample.system)
    opening = asked[shared_start(done, asked) :].strip()
    opened = done.startswith(asked) or (opening and turns[-1]["content"].startswith(opening))
    if asked == prompt or not opened:
        return prompt, ""
    known = set(re.findall(r"\w+", template.jinja))
    switches = [name for name in THINKING_SWITCHES if name in known]
    return asked, THINKING.format(" or ".join(switches))


def _apart(
    template: Template, sample: Sample, turns: list[dict[str, Any]], prompt: str, done: str
) -> tuple[str, str, str]:
    """Prompt, answer and note where the finished text does not begin with the prompt."""
    if (unthought := NO_THOUGHT.search(prompt)) and done.startswith(prompt[: unthought.start()]):
        return prompt, done[unthought.start() :], ""  # the prompt says that nothing is thought
    border = shared_start(done, prompt)
    opening, raw = prompt[border:], turns[-1]["content"] or ""
    if opening.strip() and raw.startswith(opening.rstrip()) and not turns[-1].get("tool_calls"):
        # The generation prompt opens what the person wrote (<think>): the model goes on from there.
        return prompt, raw[len(opening.rstrip()) :].lstrip("\n") + template.end.after, ""
    opened = OPEN_THOUGHT.search(prompt)
    if opened and done.startswith(header := prompt[: opened.start()]):
        thought, note = _closed_thought(raw, turns[-1].get("reasoning_content") or "")
        said = done[len(header) :].lstrip("\n")
        return prompt, said if THOUGHT_END in said else thought + said, note
    history = template.render(turns[:-1], sample.tools, False, sample.system)
    if border >= len(history):
        start = _said_from(template, sample, turns, done)
        return prompt, done[border if start is None else start :], BEHIND_PROMPT
    # The template writes earlier turns otherwise once they are answered (Mistral's system prompt
    # goes with the last question): the prompt stays that of inference, the answer is what stands
    # in the finished text behind the words that the prompt ends with.
    start = _behind(done, prompt, raw)
    return prompt, done[start:], ""


def _closed_thought(raw: str, reasoning: str) -> tuple[str, str]:
    """What the model is to write of a thought that the prompt opens, and the note: what the row
    has of it, or just its end.
    """
    if THOUGHT_END in raw:
        thought = raw[: raw.rindex(THOUGHT_END)].removeprefix("<think>").lstrip("\n")
        return f"{thought}{THOUGHT_END}\n\n", ""
    if reasoning.strip():
        return "{}\n{}\n\n".format(reasoning.strip("\n"), THOUGHT_END), ""
    return f"{THOUGHT_END}\n\n", UNTHOUGHT


def _said_from(
    template: Template, sample: Sample, turns: list[dict[str, Any]], done: str
) -> int | None:
    """Where in the finished text the content of the last answer begins; None where that shows not,
    since another content is written otherwise.
    """
    marked = [*turns[:-1], {**turns[-1], "content": MARK}]
    at = template.render(marked, sample.tools, False, sample.system).rfind(MARK)
    return at if at >= 0 and done[at:].lstrip().startswith(str(turns[-1]["content"])[:1]) else None


def _behind(done: str, prompt: str, content: str) -> int:
    """Where in `done` the answer begins: behind the longest text that the prompt ends with too."""
    latest = done.rfind(content.strip()) if content.strip() else len(done)
    places = range(max(latest, 0), max(latest - OPENING, -1), -1)
    return max(places, key=lambda k: _shared_end(done[:k], prompt))


def _shared_end(one: str, other: str) -> int:
    """How many characters two texts have in common at their ends."""
    return shared_start(one[: -OPENING - 1 : -1], other[: -OPENING - 1 : -1])


def _with_thought(answer: str, text: str, prompt: str, notes: list[str]) -> str:
    """A call with the thought before it, which templates cut off that write no thoughts."""
    _, end, said = text.rpartition(THOUGHT_END)
    whole = text[: len(text) - len(said.lstrip("\n"))]
    rest = answer.lstrip("\n")
    if not end or _holds(answer, text, prompt) or not rest.startswith(said.strip()[:1]):
        return answer
    notes.append(KEPT)
    return whole + rest


def _refuse_lost_calls(answer: str, message: Message, number: int, prompt: str) -> None:
    """A call that the template does not write would be trained as an empty answer."""
    written = squeeze(answer)
    for call in message.tool_calls:
        if squeeze(call.name) not in written:
            raise TemplateError(f"the template does not write the tool call of turn {number}")
    if not _holds(answer, message.text, prompt):
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
    if content in answer:
        return True
    wanted, written = squeeze(content), squeeze(answer)
    before = squeeze(prompt[-OPENING:])
    opened = (
        k for k in range(min(len(wanted), len(before)), -1, -1) if before.endswith(wanted[:k])
    )
    return wanted in written or wanted[next(opened) :] in written
