"""Ziya."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "ziya",
        prefix="{{ bos_token }}",
        system="{{ bos_token }}{SYSTEM}",
        prompt="<human>:{QUERY}\n<bot>:",
        between="\n",
        end="{{ eos_token }}",
    ),
)
