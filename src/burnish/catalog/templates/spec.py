"""What is known about a chat template that burnish brings, and what must hold for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TemplateSpec:
    """A named chat template: for models that bring none of their own, or when asked for.

    Two things in `jinja` are filled in for the tokenizer at hand: `{{ auto_bos }}`, what it puts
    before a text, and `{{ token(195) }}`, the token of an id whose name differs between models.
    """

    name: str
    jinja: str
    stop: tuple[str, ...] = ()
    """Tokens that end an answer, the one to train first; empty: the tokenizer's eos."""
    markers: tuple[str, ...] = ()
    """Texts that must each be one token of the tokenizer."""
    default_system: str | None = None
    """The system prompt that the template writes when none is given."""
    generation: bool = False
    """Plain text without roles."""
    media: bool = False
    """Of a multimodal model: <image>, <video> and <audio> stand in the text for the media."""
    tool_role: str = "user"
    """The role under which a tool's result is written where tools are told as text."""
    tools_prompt: str = "react_en"
    """How tools are told where nothing is asked for and the template has no place for them."""
    proven: tuple[str, ...] = ()
    """The models' own templates whose texts and ids it was compared with; empty: unproven."""
    unavailable: str = ""
    """Why it cannot be used, where that is so."""
