"""Where a rendered conversation may be cut so that its parts, tokenised one by one, give the ids of
the whole: before a marker. So no text is tokenised twice.

A tokenizer looks for its added tokens first and treats the text between two of them by itself. An
added token that takes no white space from its left, and that no other added token can begin to
overlap, is therefore a border that nothing crosses. That it is one is tried out, too.
"""

import re
from collections.abc import Sequence
from functools import cached_property

from burnish.core.errors import TemplateError
from burnish.data.probe import AGAIN, ANSWER, LAST, USER, turn
from burnish.data.template import Template

TRIAL = (" two  spaces", "\n\nlines\n", "a", "\t", "你好 é 😀", "1234567", "")
"""Texts that tokenizers treat differently at the start and at the end of a text."""

LONGEST_KNOWN, MOST_KNOWN = 4000, 500
"""Characters of a text whose ids are kept, and how many such texts."""


class Cutter:
    """Cuts texts of one template before its markers. Without a usable marker it never cuts."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.stops = frozenset(template.stop_ids)
        self._known: dict[str, list[int]] = {}

    @cached_property
    def markers(self) -> tuple[str, ...]:
        """The markers that the template writes and that may be cut before, longest first."""
        turns = [turn("user", USER), turn("assistant", ANSWER), turn("user", AGAIN)]
        try:
            text = self.template.plain([*turns, turn("assistant", LAST), turns[0]], True)
        except TemplateError:
            return ()
        added = self.template.tokenizer.added_tokens()
        apart = [
            token.content
            for token in added
            if token.content in text
            and not (token.lstrip or token.single_word or token.normalized)
            and not any(overlaps(other.content, token.content) for other in added)
        ]
        apart.sort(key=len, reverse=True)
        return tuple(apart) if self._holds(apart) else ()

    @cached_property
    def _beginning(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self.markers)) or r"(?!)")

    def before(self, text: str) -> int | None:
        """The place of the last marker of a text."""
        found = max((text.rfind(marker) for marker in self.markers), default=-1)
        return None if found < 0 else found

    def begins(self, text: str, at: int) -> bool:
        """Whether a marker stands at a place, or the text ends there."""
        return at == len(text) or self._beginning.match(text, at) is not None

    def turn(self, text: str, at: int) -> int:
        """Where the turn begins that stands before the one at `at`: at the same marker."""
        marker = next(marker for marker in self.markers if text.startswith(marker, at))
        return max(text.rfind(marker, 0, at), 0)

    def known(self, text: str) -> list[int] | None:
        """Ids of a text that many rows share: the end of a prompt, a system prompt. None for one
        that is too long, or when there are too many others.
        """
        found = self._known.get(text)
        if found is None and len(text) <= LONGEST_KNOWN and len(self._known) < MOST_KNOWN:
            found = self._known[text] = self.template.tokenizer.encode(text)
        return found

    def _holds(self, markers: Sequence[str]) -> bool:
        """Whether cutting before these markers changes no id of any trial text."""
        encode = self.template.tokenizer.encode
        for marker in markers:
            for left in TRIAL:
                for right in TRIAL:
                    if encode(left + marker + right) != encode(left) + encode(marker + right):
                        return False
        return True


def overlaps(other: str, marker: str) -> bool:
    """Whether `other` could begin before `marker` in a text and reach into it."""
    return any(
        marker.startswith(other[k:]) or other[k:].startswith(marker) for k in range(1, len(other))
    )
