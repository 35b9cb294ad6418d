"""Orion."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "orion",
        prefix="<s>",
        system="<s>{SYSTEM}",
        prompt="Human: {QUERY}\n\nAssistant: </s>",
        between="</s>",
        end="</s>",
        stop=("</s>",),
    ),
)
