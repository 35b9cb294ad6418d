"""What an engine is asked and what it answers: the seam between a model and who talks to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from burnish.data.sample import Message

FinishReason = Literal["stop", "length", "interrupted", "refused"]
"""stop: the model ended the answer · length: out of new tokens · interrupted: a person stopped it ·
refused: nothing was generated, `note` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next token is chosen; None means what the model's own generation_config says."""

    max_new_tokens: int = 2048
    do_sample: bool | None = None
    temperature: float | None = None
    """0 means greedy, whatever `do_sample` says."""
    top_k: int | None = None
    top_p: float | None = None
    repetition_penalty: float | None = None
    num_beams: int = 1
    seed: int | None = None
    """Restarts the random numbers for this request; None goes on where the last one stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A conversation to be answered, or the ids of a prompt that is rendered already."""

    messages: tuple[Message, ...] = ()
    prompt_ids: tuple[int, ...] | None = None
    """Taken as they are instead of `messages`."""
    tools: tuple[Mapping[str, Any], ...] = ()
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    text: str
    """Without special tokens."""
    ids: tuple[int, ...]
    """As generated, the stop token included."""
    finish_reason: FinishReason
    prompt_tokens: int
    completion_tokens: int
    note: str = ""
    """Why there is no answer, or what was done to the prompt; empty when all went as asked."""


class Stream(Protocol):
    """An answer while it is made: iterate for its text; `reply` is there once it has ended."""

    @property
    def reply(self) -> Reply | None:
        """The whole answer; None until the last piece was taken."""

    def __iter__(self) -> Iterator[str]: ...

    def __next__(self) -> str: ...

    def stop(self) -> None:
        """Ends the answer after the token being made; may be called from another thread."""


class Engine(Protocol):
    """Whatever turns requests into replies."""

    def generate(self, requests: Sequence[Request]) -> list[Reply]:
        """One reply for each request, in the order of the requests."""

    def stream(self, request: Request) -> Stream:
        """The same answer as `generate` gives, piece by piece."""
