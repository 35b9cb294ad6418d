"""NuminaMath."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "numina-math",
        prefix="{{ bos_token }}",
        system="{{ bos_token }}{SYSTEM}",
        prompt="### Problem: {QUERY}\n### Solution: ",
        between="\n",
        end="{{ eos_token }}",
    ),
)
