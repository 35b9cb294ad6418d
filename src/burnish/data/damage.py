"""What a template lost, seen in conversations of every kind: what some turns have and others lack.

Nothing is known of a template beforehand. How it opens and ends turns is read off a long plain
conversation; where a system prompt, a tool or a thought is written against that, it is damaged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from burnish.core.errors import TemplateError
from burnish.data.probe import turn
from burnish.data.scenes import AWKWARD, WORDS, Scene, scenes

if TYPE_CHECKING:
    from burnish.data.template import Template

ANSWERS = ("assistant", "call")
TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)(?:[=\s][^<>]*)?>|\[(/?)([A-Z][A-Z_]*)\]")


def damages(template: Template, leaves_out: bool = False) -> Iterator[str]:
    """Why a template is damaged, each reason with the conversation that shows it. One that
    `leaves_out` the first turns of long conversations may do so.
    """
    found = scenes(template)
    plain = next((one for one in found if one.prompt and len(one.texts) > 5 and one.is_whole), None)
    for scene in found:
        if not (leaves_out and len(scene.texts) > 3):
            yield from _texts(scene)
        yield from _tags(scene)
    if plain is None:
        return
    yield from _uneven(plain)
    yield from _unended(plain)
    yield from _switched(template)
    whole = [scene for scene in found if scene.is_whole]
    for scene in whole:
        yield from _cycle(plain, scene)
        yield from _ends(plain, scene)
        yield from _bare(plain, scene)
    yield from _calls(template, whole)


def _texts(scene: Scene) -> Iterator[str]:
    """Questions and answers that are lost, and answers that are changed or stand twice."""
    pairs = zip(scene.roles, scene.texts, scene.places, strict=True)
    for number, (role, text, place) in enumerate(pairs, 1):
        twice = scene.text.count(text) > 1
        if role == "assistant" and place < 0 and text.strip() not in scene.text:
            what = "changed" if text == AWKWARD else "lost"
            yield f"the text of turn {number}, an answer, is {what} in {scene.name}"
        elif role == "user" and place < 0:
            yield f"the text of turn {number}, a question, is lost in {scene.name}"
        elif role == "assistant" and twice:
            yield f"the text of turn {number}, an answer, stands twice in {scene.name}"


def _tags(scene: Scene) -> Iterator[str]:
    """Tags that are opened and not closed, or closed and not opened: <think>, [TOOL_RESULTS].

    Words before the first question may speak of tags, and some prompts close a thought at once.
    """
    tokenizer, jinja = scene.template.tokenizer, scene.template.jinja
    named = {token.strip("</>") for token in tokenizer.special_tokens.values() if token}
    start, depth = max(scene.text.find(WORDS[0]), 0), dict[str, int]()
    for found in TAG.finditer(scene.text):
        slash, word, square_slash, square = found.groups()
        name, ends = f"[{square}]" if square else f"<{word}>", bool(slash or square_slash)
        if word in named or (word and found.start() < start):
            continue
        depth[name] = depth.get(name, 0) + (-1 if ends else 1)
        if depth[name] < 0 and name == "<think>":
            depth[name] = 0
        if depth[name] < 0:
            yield f"{_end_of(name)} closes nothing in {scene.name}"
            return
    for name, left in depth.items():
        closes = _end_of(name) in jinja or tokenizer.id_of(_end_of(name)) is not None
        if left > 0 and closes and not scene.prompt:
            yield f"{name} is opened and not closed in {scene.name}"


def _end_of(tag: str) -> str:
    return f"{tag[0]}/{tag[1:]}"


def _stops(plain: Scene) -> set[str]:
    return {plain.template.tokenizer.token(i) or "" for i in plain.template.stop_ids}


def _unended(plain: Scene) -> Iterator[str]:
    """Questions that nothing ends, though they and answers are opened by one marker, and what ends
    answers stands before it.
    """
    asked = [border for border in plain.borders if border.role == "user"]
    every = [set(border.markers) for border in plain.inner]
    told = [set(border.markers) for border in plain.inner if border.role == "assistant"]
    stops = _stops(plain)
    ends, opens = stops.intersection(*told), set.intersection(*every) - stops
    if opens and ends and not any(ends & set(border.markers) for border in asked):
        yield f"{min(ends)} ends answers, and nothing ends questions ({asked[0].piece!r})"


def _switched(template: Template) -> Iterator[str]:
    """A prompt that opens a thought where thinking is switched off."""
    asked = [turn("user", WORDS[0])]
    try:
        plain = template.plain(asked, True)
        without = template.with_thinking(False).plain(asked, True)
    except TemplateError:
        return
    if without != plain and "<think>" in without.rpartition("</think>")[2]:
        yield f"a prompt with thinking switched off opens a thought ({without[-40:]!r})"


def _uneven(plain: Scene) -> Iterator[str]:
    """Markers that early turns have and later ones lack."""
    for role, what in (("user", "question and answer"), ("assistant", "answer and question")):
        found = [border for border in plain.borders if border.role == role]
        for number, border in enumerate(found, 1):
            if border.markers != found[0].markers and border.following:
                yield (
                    f"between {what} it writes {found[0].piece!r} in round 1 and "
                    f"{border.piece!r} in round {number}"
                )
                break


def _cycle(plain: Scene, scene: Scene) -> Iterator[str]:
    """A turn without the marker that ends turns, or without the one that opens them, where every
    turn of a plain conversation has both.
    """
    heads, ends = _heads_and_ends(plain)
    if not ends:
        return
    order, found = [*heads, *ends], _turned(plain, scene, heads, ends)
    for place, marker in enumerate(found):
        wanted = order[place % len(order)]
        if marker == wanted:
            continue
        if not scene.prompt and set(found[place:]) <= set(ends):
            return  # the end of the whole conversation, once more
        lost, met = (one or "the marker that opens a turn" for one in (wanted, marker))
        behind = f", behind {found[place - 1]}" if place and found[place - 1] else ""
        yield f"in {scene.name} it writes {met} where {lost} must stand{behind}"
        return


def _heads_and_ends(plain: Scene) -> tuple[list[str], list[str]]:
    """The markers that open every turn, "" for one of each role's own, and those that end it;
    nothing where turns differ in them.
    """
    inner, stops = [border.markers for border in plain.inner], _stops(plain)
    shared = [one for one in inner[0] if all(each.count(one) == 1 for each in inner)]
    same = all([marker for marker in each if marker in shared] == shared for each in inner)
    opening = [marker for marker in plain.borders[0].markers if marker in shared]
    if not same or not shared or shared[0] not in stops:
        return [], []
    for size in range(1, len(shared) + 1):
        heads = shared[size:]
        if opening[len(opening) - len(heads) :] == heads:
            roles = {one for each in inner for one in each} - {*shared, *stops}
            return heads or [""] * bool(roles), shared[:size] if heads or roles else []
    return [], []


def _turned(plain: Scene, scene: Scene, heads: list[str], ends: list[str]) -> list[str]:
    """The markers of a conversation that open and end turns."""
    stops, written = _stops(plain), scene.markers
    if heads == [""]:
        own = {m for border in plain.inner for m in border.markers if m not in stops}
        first = scene.borders[0]
        own |= set(first.markers[-1:] if first.following == "system" else ()) - stops
        known = [marker for marker in written if marker in ends or marker in own]
        return [marker if marker in ends else "" for marker in known]
    turns = [ends[-1] if m in stops and m not in ends else m for m in written]
    found = [marker for marker in turns if marker in (*heads, *ends)]
    twice = found[:2] == [plain.template.tokenizer.bos_token] * 2  # it begins texts, too
    return found[1:] if twice else found


def _ends(plain: Scene, scene: Scene) -> Iterator[str]:
    """An answer, or a call, that nothing ends, where plain answers are ended."""
    stops, written = _stops(plain), plain.template.end.written
    if not all(stops & set(one.markers) for one in plain.inner if one.role in ANSWERS):
        return
    for border in scene.borders:
        if border.role not in ANSWERS or (not border.following and not written):
            continue
        if not stops & set(border.markers):
            what = "a call" if border.role == "call" else "an answer"
            yield f"nothing ends {what} in {scene.name} (behind it stands {border.piece!r})"


def _bare(plain: Scene, scene: Scene) -> Iterator[str]:
    """Two texts with no marker between them, where plain turns have one."""
    if not all(border.markers for border in plain.inner):
        return
    first = scene.borders[0]
    opening = {*plain.borders[0].markers}
    apart = first.following == "system" and not {*first.markers} <= opening
    for border in scene.inner:
        both = (border.role, border.following)
        if border.markers or both[0] == both[1] or ("system" in both and not apart):
            continue
        yield f"no marker stands between {both[0]} and {both[1]} in {scene.name} ({border.piece!r})"


def _calls(template: Template, found: Sequence[Scene]) -> Iterator[str]:
    """A call without its marker, where the tokenizer has one and the template writes its kin."""
    known = [token for token in map(str, _added(template)) if "tool" in token.lower()]
    kin = [token for token in known if "call" not in token.lower() and token in template.jinja]
    marks = [token for token in known if "call" in token.lower() and "/" not in token]
    scene = next((one for one in found if "call" in one.roles), None)
    if scene is None or not kin or not marks:
        return
    if not set(marks) & set(scene.markers):
        yield f"it writes {kin[0]}, and a call without {marks[0]} ({scene.name})"


def _added(template: Template) -> list[str]:
    return [getattr(token, "content", token) for token in template.tokenizer.added_tokens()]
