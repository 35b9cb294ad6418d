"""Baichuan: two reserved tokens tell the roles apart; their names differ between versions."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "baichuan",
        system="{SYSTEM}",
        prompt="{{ token(195) }}{QUERY}{{ token(196) }}",
        between="",
        end="{{ eos_token }}",
    ),
)
