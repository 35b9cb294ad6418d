"""TeleChat, both generations."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "telechat",
        prompt="<_user>{QUERY}<_bot>",
        between="<_end>",
        end="<_end>",
        stop=("<_end>",),
        markers=("<_user>", "<_bot>", "<_end>"),
    ),
    of_pieces(
        "telechat2",
        prefix="<_start>",
        prompt="{{ token(4) }}{QUERY}{{ token(5) }}",
        between="<_end>",
        end="<_end>",
        stop=("<_end>",),
        markers=("<_end>",),
    ),
)
