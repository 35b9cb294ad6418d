"""MiniCPM and its first vision models."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "minicpm",
        prefix="<s>",
        system="<s>{SYSTEM}",
        prompt="<用户>{QUERY}<AI>",
        between="",
        end="</s>",
        stop=("</s>",),
    ),
    of_pieces(
        "minicpm-v",
        prefix="<s>",
        system="<s>{SYSTEM}",
        prompt="<用户>{QUERY}<AI>",
        between="",
        end="</s>",
        stop=("</s>",),
        media=True,
    ),
)
