"""Emu3."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "emu3-chat",
        prefix="{{ bos_token }}",
        system="{{ bos_token }}{SYSTEM}",
        prompt=" User: {QUERY}. Assistant:",
        between="{{ eos_token }}",
        end="{{ eos_token }}",
        default_system="You are a helpful assistant.",
        media=True,
    ),
)
