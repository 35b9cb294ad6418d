"""What flows to the model: a row as a person wrote it, and a sequence as it is trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Ids = Sequence[int] | np.ndarray[Any, np.dtype[np.int32]]
"""Ids as a list, or as they lie in a store."""
Weights = Sequence[float] | np.ndarray[Any, np.dtype[np.float32]] | None

IGNORE = -100
"""The label of a position that carries no loss."""

ROLES = ("system", "user", "assistant", "tool")


@dataclass(frozen=True, slots=True)
class Media:
    """A reference to an image, audio or video file."""

    kind: Literal["image", "audio", "video"]
    path: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a turn: text, or a reference to a file."""

    text: str = ""
    media: Media | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the assistant asks for."""

    name: str
    arguments: Mapping[str, Any] | str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: str
    parts: tuple[Part, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str | None = None
    weight: float | None = None
    """None: the objective's rule; 0: no loss."""
    tool_call_id: str | None = None
    name: str | None = None

    @classmethod
    def of(cls, role: str, text: str, *, weight: float | None = None) -> "Message":
        """A turn of plain text."""
        return cls(role, (Part(text),), weight=weight)

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True, order=True)
class SampleId:
    """Where a sample comes from; what ledgers, errors and rejects speak of."""

    source: str
    row: int
    """Counted from 1; the line number where the file has lines."""

    def __str__(self) -> str:
        return f"{self.source}:{self.row}"


@dataclass(frozen=True, slots=True)
class Tokenised:
    """What a row holds that is tokenised already."""

    ids: tuple[int, ...]
    weights: tuple[float, ...]
    """The loss weight of predicting each id; 0: it is only read."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a person wrote; token ids only where the row holds nothing else."""

    id: SampleId
    messages: tuple[Message, ...]
    system: str | None = None
    """None: the template's default; "": none, and the template must be shown to obey."""
    rejected: Message | None = None
    """The worse last answer (pairs)."""
    label: bool | None = None
    """Desirable or not (kto)."""
    tools: tuple[Mapping[str, Any], ...] = ()
    text: str | None = None
    """Plain text, trained whole; `messages` is empty then."""
    prefix: str | None = None
    """Text before `text` that is not trained (a prompt without a chat template)."""
    tokenised: Tokenised | None = None
    """Ids in place of text, trained as they stand; `messages` is empty then."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One sequence to train, on the host; several may come of one sample."""

    sample: SampleId
    input_ids: Ids
    labels: Ids
    """labels[t] is the id to predict AT t (already shifted); IGNORE where no loss is taken."""
    weights: Weights = None
    """Loss weight per position; None: all 1."""
    media: tuple[Media, ...] = field(default=())
    label: bool | None = None
    """The better (true) or worse (false) answer of a pair; the label of kto."""

    def __len__(self) -> int:
        return len(self.input_ids)

    @property
    def trained_tokens(self) -> int:
        """Positions that carry loss."""
        return sum(label != IGNORE for label in self.labels)
