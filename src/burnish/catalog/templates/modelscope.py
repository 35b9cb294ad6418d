"""ModelScope-Agent."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "modelscope-agent",
        system=" \n\n<|system|>:{SYSTEM}",
        prompt=" \n\n<|user|>:{QUERY} \n\n<|assistant|>:",
        between="",
        end=" \n\n</s>",
        stop=("</s>",),
        default_system="You are a helpful assistant.",
    ),
)
