"""Florence-2: one question, one answer."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "florence",
        prefix="<s>",
        prompt="{QUERY}</s>",
        between=None,
        end="</s>",
        stop=("</s>",),
        media=True,
    ),
)
