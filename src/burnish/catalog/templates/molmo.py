"""Molmo."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "molmo",
        prompt=" User: {QUERY} Assistant:",
        between="<|endoftext|>",
        end="<|endoftext|>",
        stop=("<|endoftext|>",),
        media=True,
    ),
)
