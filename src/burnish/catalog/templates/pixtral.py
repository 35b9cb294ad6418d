"""Pixtral."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "pixtral",
        prefix="<s>",
        system="<s>{SYSTEM}",
        prompt="[INST]{QUERY}[/INST]",
        between="</s>",
        end="</s>",
        stop=("</s>",),
        markers=("[INST]", "[/INST]"),
        media=True,
    ),
)
