"""What is known about a chat template that burnish brings, and what must hold for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TemplateSpec:
    """A named chat template: for models that bring none of their own, or when asked for."""

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
    proven: bool = False
    """Its token ids were compared with those of the model's own template."""
