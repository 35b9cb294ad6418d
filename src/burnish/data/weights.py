"""Loss weights inside an answer, by the rules of --loss_scale_config_path.

A rule of the question comes first and weighs the whole answer; then keys that stand in the answer,
each with the text behind it; then regular expressions, in the text before the first key.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from regex import Match, Pattern
from regex import compile as compiled

from burnish.core.errors import TemplateError
from burnish.data.weight_rules import Literal, Ruled, read_rules

PATIENCE = 5.0
"""Seconds that one search may take: some expressions need longer than a life on a long answer."""

Piece = tuple[str, float]
"""A piece of an answer and its loss weight."""


@dataclass(frozen=True)
class LossScale:
    """Rules of loss weights. Equal rules are equal, and `repr` tells them apart (for a cache)."""

    query: tuple[Ruled, ...] = ()
    """A text in the question, and the weight of the whole answer then."""
    literal: tuple[Literal, ...] = ()
    """A key in the answer, its weight, and the weight of what follows it."""
    regex: tuple[Ruled, ...] = ()
    """A regular expression, and the weight of what it matches."""

    @classmethod
    def load(cls, name_or_path: str | Path) -> "LossScale":
        """The rules called so, or those of a JSON file.

        Raises DataError that names the file and the key.
        """
        return cls(*read_rules(str(name_or_path)))

    def weigh(self, query: str, answer: str) -> list[Piece]:
        """The answer in pieces, in order and without a gap; neighbours differ in weight.

        Raises TemplateError where a regular expression takes too long on this answer.
        """
        for key, weight in self.query:
            if key in query:
                return _joined([(answer, weight)])
        return _joined(self._by_keys(answer))

    def _by_keys(self, answer: str) -> Iterator[Piece]:
        found = list(self._keys.finditer(answer)) if self.literal else []
        yield from self._by_patterns(answer[: found[0].start()] if found else answer)
        ends = [match.start() for match in found[1:]] + [len(answer)] * bool(found)
        weights = {key: (own, tail) for key, own, tail in self.literal}
        for match, end in zip(found, ends, strict=True):
            own, tail = weights[match.group()]
            yield match.group(), own
            yield answer[match.end() : end], tail

    def _by_patterns(self, text: str) -> Iterator[Piece]:
        """Leftmost match first, none overlapping; the earlier rule where two begin together."""
        done = 0
        ahead = [_next_match(pattern, text, 0) for pattern, _ in self._patterns]
        while any(ahead):
            first = min((m.start(), k) for k, m in enumerate(ahead) if m)[1]
            match, weight = ahead[first], self._patterns[first][1]
            assert match is not None
            yield text[done : match.start()], 1.0
            yield match.group(), weight
            done = match.end()
            ahead = [
                _next_match(pattern, text, done) if m and m.start() < done else m
                for m, (pattern, _) in zip(ahead, self._patterns, strict=True)
            ]
        yield text[done:], 1.0

    @cached_property
    def _keys(self) -> re.Pattern[str]:
        """Any key; the longest where several begin at one place."""
        keys = sorted((key for key, _, _ in self.literal), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, keys)))

    @cached_property
    def _patterns(self) -> list[tuple[Pattern[str], float]]:
        return [(compiled(pattern), weight) for pattern, weight in self.regex]


def token_weights(pieces: Sequence[Piece], offsets: Iterable[tuple[int, int]]) -> list[float]:
    """The weight of each token: that of the piece in which its first character stands that is no
    blank, since many tokens begin with the blank before a word, and a key is a word.

    `offsets` count characters from the start of the pieces; a token that begins before or behind
    them weighs 1 (a stop token).
    """
    text = "".join(piece for piece, _ in pieces)
    starts = list(accumulate((len(piece) for piece, _ in pieces), initial=0))
    weights: list[float] = []
    for start, end in offsets:
        covered = text[max(start, 0) : end]
        first = start + len(covered) - len(covered.lstrip()) if covered.strip() else start
        place = bisect_right(starts, first) - 1
        weights.append(pieces[place][1] if 0 <= place < len(pieces) else 1.0)
    return weights


def _next_match(pattern: Pattern[str], text: str, start: int) -> Match[str] | None:
    """The next match that is not empty."""
    try:
        found = pattern.finditer(text, start, timeout=PATIENCE)
        return next((m for m in found if m.group()), None)
    except TimeoutError:
        raise TemplateError(
            f"the loss rule {pattern.pattern!r} takes more than {PATIENCE:.0f} seconds on an "
            f"answer of {len(text)} characters; write it without repeats in repeats"
        ) from None


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Without empty pieces, and with neighbours of equal weight in one."""
    joined: list[Piece] = []
    for text, weight in pieces:
        if joined and joined[-1][1] == weight:
            joined[-1] = (joined[-1][0] + text, weight)
        elif text:
            joined.append((text, weight))
    return joined
