"""LongWriter on Llama 3.1."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "longwriter-llama3",
        prefix="[INST]",
        system="[INST]<<SYS>>\n{SYSTEM}\n<</SYS>>\n\n",
        prompt="{QUERY}[/INST]",
        between="[INST]",
        end="<|end_of_text|>",
        stop=("<|end_of_text|>",),
    ),
)
