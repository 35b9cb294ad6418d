"""XVERSE."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "xverse",
        system="{SYSTEM}",
        prompt="Human: {QUERY}\n\nAssistant: ",
        between="{{ eos_token }}",
        end="{{ eos_token }}",
    ),
)
