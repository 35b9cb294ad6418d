"""Atom: Human and Assistant between sentence tokens."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "atom",
        system="{SYSTEM}",
        prompt="<s>Human: {QUERY}\n</s><s>Assistant: ",
        between="</s>",
        end="</s>",
        stop=("</s>",),
    ),
)
