"""mPLUG-Owl2."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "mplug-owl2",
        system="{SYSTEM}",
        prompt="USER: {QUERY}ASSISTANT:",
        between="</s>",
        end="{{ eos_token }}",
        media=True,
    ),
)
