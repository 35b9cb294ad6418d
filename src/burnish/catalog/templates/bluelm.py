"""BlueLM: roles in brackets."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "bluelm",
        prefix="{{ bos_token }}",
        system="{{ bos_token }}{SYSTEM}",
        prompt="[|Human|]:{QUERY}[|AI|]:",
        between="",
        end="{{ eos_token }}",
    ),
)
