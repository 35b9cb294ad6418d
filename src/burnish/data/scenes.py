"""Conversations of every kind as a template writes them, cut into what it writes around the texts.

What a template lost shows here: a header or an end that some turns have and others have not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from burnish.core.errors import TemplateError
from burnish.data.probe import WEATHER, turn
from burnish.data.probes import called, result

if TYPE_CHECKING:
    from burnish.data.template import Template

TURNS = 9
WORDS = tuple(f"q7{chr(97 + k)}text{chr(97 + k)}x3" for k in range(TURNS))
"""Texts that no template writes itself, none of which holds another."""
TOLD, CALL, RESULT, THOUGHT = "q7toldx3", WEATHER["function"]["name"], "q7resultx3", "q7thoughtx3"
AWKWARD = f"..Q q7oddx3 <&\"'>\t{{x}} a\nb\n\nc é 😀 ' {'word ' * 1000}END."
"""With what a filter or a cut would change."""
BLANK = re.compile(r"[\s▁]*")


@dataclass(frozen=True, slots=True)
class Border:
    """What stands between two texts; a role is "" before the first text and behind the last."""

    role: str
    following: str
    piece: str
    markers: list[str]
    """The marker tokens in it, in their order."""


@dataclass(frozen=True)
class Scene:
    """One conversation, rendered."""

    name: str
    template: Template
    roles: tuple[str, ...]
    texts: tuple[str, ...]
    """What stands for each turn: its content, or the name of the tool that it calls."""
    prompt: bool
    text: str

    @cached_property
    def places(self) -> list[int]:
        """Where each turn's text stands, a system prompt anywhere, the others in their order; -1
        where it does not.
        """
        found, at = [], 0
        for role, one in zip(self.roles, self.texts, strict=True):
            place = self.text.find(one, 0 if role == "system" else at)
            found.append(place)
            at = place + len(one) if place >= 0 and role != "system" else at
        return found

    @property
    def is_whole(self) -> bool:
        """Whether the texts of all turns are written."""
        return -1 not in self.places

    @cached_property
    def borders(self) -> list[Border]:
        """What the template writes around the texts, which must all be there, in its order."""
        turns = sorted(zip(self.places, self.roles, self.texts, strict=True))
        roles = ["", *(role for _, role, _ in turns), ""]
        ends = [0, *(at + len(one) for at, _, one in turns)]
        starts = [*(at for at, _, _ in turns), len(self.text)]
        pieces = [self.text[a:b] for a, b in zip(ends, starts, strict=True)]
        return [
            Border(role, following, piece, markers_in(self.template, piece))
            for role, following, piece in zip(roles, roles[1:], pieces, strict=False)
        ]

    @property
    def inner(self) -> list[Border]:
        """Those between two turns."""
        return [border for border in self.borders if border.role and border.following]

    @property
    def markers(self) -> list[str]:
        """All marker tokens that the template writes, in their order."""
        return [marker for border in self.borders for marker in border.markers]


def markers_in(template: Template, text: str) -> list[str]:
    """The marker tokens in a text, in their order; white space is none."""
    tokenizer = template.tokenizer
    names = (tokenizer.token(i) for i in tokenizer.encode(text) if tokenizer.is_special(i))
    return [name for name in names if name and not BLANK.fullmatch(name)]


def scenes(template: Template) -> list[Scene]:
    """All conversations that the template writes; those that it refuses are left out."""
    found = (_scene(template, *one) for one in _conversations(template))
    return [one for one in found if one is not None]


Turns = Sequence[dict[str, Any]]


def _conversations(template: Template) -> Iterator[tuple[str, Turns, bool, bool]]:
    """(name, turns, whether the answer is to begin, whether there are tools)."""
    talk = [turn("assistant" if k % 2 else "user", word) for k, word in enumerate(WORDS)]
    told = turn("system", TOLD)
    odd = [talk[0], turn("assistant", AWKWARD), talk[2]]
    thought = {**talk[1], "reasoning_content": THOUGHT}
    spoken = turn("assistant", f"<think>\n{THOUGHT}\n</think>\n\n{WORDS[1]}")
    yield f"a conversation of {TURNS} turns", talk, True, False
    yield "a finished conversation", talk[:4], False, False
    yield "a system prompt", [told, *talk[:5]], True, False
    yield "a finished conversation with a system prompt", [told, *talk[:4]], False, False
    yield "an awkward answer", odd, True, False
    yield "an awkward last answer", odd[:2], False, False
    yield "a thought", [talk[0], thought], False, False
    yield (
        "thoughts in two answers",
        [talk[0], thought, talk[2], {**thought, **talk[3]}],
        False,
        False,
    )
    yield "a thought in the text of an answer", [talk[0], spoken], False, False
    yield "a thought in the text of an earlier answer", [talk[0], spoken, *talk[2:4]], False, False
    if template.tools_style not in ("own", "system turn"):
        return
    asked = [talk[0], called(), result(RESULT)]
    yield "a tool's result", asked, True, True
    yield "a call", asked[:2], False, True
    yield "a call and its answer", [*asked, talk[3], talk[4]], True, True
    yield "a call with a system prompt", [told, *asked, talk[3], talk[4]], True, True
    yield "a second round that calls", [*talk[:2], *asked, talk[3]], False, True
    yield "tools and no call", talk[:4], False, True


def _scene(template: Template, name: str, turns: Turns, prompt: bool, tools: bool) -> Scene | None:
    given = [WEATHER] if tools else None
    system = None if template.system is None or turns[0]["role"] == "system" else ""
    try:
        text = template.render(turns, given, prompt, system)
    except TemplateError:
        return None
    texts = [CALL if one.get("tool_calls") else str(one["content"]) for one in turns]
    texts = [one if THOUGHT not in one else WORDS[1] for one in texts]
    roles = tuple("call" if one.get("tool_calls") else str(one["role"]) for one in turns)
    return Scene(name, template, roles, tuple(texts), prompt, text)
