"""What a row is read into, before its order, files and purpose are checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from burnish.data.cells import BadRow, Row, kind_of, literal, needed
from burnish.data.roles import ANY, Speakers, messages_of
from burnish.data.sample import Message, Part, Tokenised

Purpose = Literal["train", "prompt", "pair", "label"]
"""What a row must have: an answer; a question; a better and a worse answer; an answer and whether
it is a good one.
"""
PREFIX = "text before"
"""The column in which our conversions put a text that is read and not trained."""


@dataclass(slots=True)
class Draft:
    """What a row holds, before order, media and purpose are checked."""

    messages: list[Message]
    rejected: Message | None = None
    text: str | None = None
    prefix: str | None = None
    tools: Any = None
    """Functions that do not stand in the column tools."""
    tokenised: Tokenised | None = None


@dataclass(frozen=True, slots=True)
class How:
    """What is asked of the rows, and how their turns are named."""

    purpose: Purpose = "train"
    speakers: Speakers = ANY
    separator: str = "\n"
    """What stands between an instruction and its input."""

    @property
    def may_ask(self) -> bool:
        """Whether a row may end in a question."""
        return self.purpose == "prompt"


def turn_of(role: str, text: str) -> Message:
    return Message(role, (Part(text),))


def answer_of(row: Row, column: str, how: How) -> list[Message]:
    """The answer's turn; nothing where a question is enough and there is no answer."""
    if how.may_ask and row.get(column) in (None, ""):
        return []
    return [turn_of("assistant", needed(row, column))]


def history(given: Any, roles: Any, how: How) -> list[Message]:
    """Earlier rounds as pairs or as turns, also as a literal in a CSV cell. Raises BadRow."""
    given, roles = literal(given, "history"), literal(roles, "history_roles")
    given = [] if given in (None, "") else given
    if not isinstance(given, (list, tuple)):
        raise BadRow(f"history is {kind_of(given)}, not a list of [question, answer]")
    if given and all(isinstance(each, Mapping) for each in given):
        if roles not in (None, "", [], ()):
            raise BadRow("history_roles stands beside a history whose turns name their roles")
        return messages_of(given, how.speakers)
    roles = _roles_of(given, roles)
    turns: list[Any] = []
    for k, pair in enumerate(given):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise BadRow("history holds something else than [question, answer]")
        if not all(isinstance(text, str) for text in pair):
            raise BadRow(f"history holds something else than text in round {k + 1}")
        turns += [{"role": r, "content": c} for r, c in zip(roles[k], pair, strict=True)]
    return messages_of(turns, how.speakers)


def _roles_of(rounds: Sequence[Any], given: Any) -> Sequence[Any]:
    """The two roles of every round; user and assistant where none are given. Raises BadRow."""
    if given in (None, ""):
        return [("user", "assistant")] * len(rounds)
    if not isinstance(given, (list, tuple)):
        raise BadRow(f"history_roles is {kind_of(given)}, not a list of [role, role]")
    if not all(isinstance(each, (list, tuple)) and len(each) == 2 for each in given):
        raise BadRow("history_roles holds something else than [role, role]")
    if len(given) != len(rounds):
        raise BadRow(f"history_roles names {len(given)} rounds, and history has {len(rounds)}")
    return given
