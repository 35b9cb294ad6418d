"""Skywork."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "skywork",
        prefix="<s>",
        system="<s>{SYSTEM}",
        prompt="</s><s>[USER]{QUERY}[SEP][BOT]",
        between=None,
        end="[SEP]</s>",
        stop=("</s>",),
    ),
)
