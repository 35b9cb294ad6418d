"""SUS-Chat."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "sus",
        system="{SYSTEM}",
        prompt="### Human: {QUERY}\n\n### Assistant: ",
        between="<|endoftext|>",
        end="<|endoftext|>",
        stop=("<|endoftext|>",),
    ),
)
