"""Idefics3."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "idefics3",
        prefix="<|begin_of_text|>",
        system="System:{SYSTEM}<end_of_utterance>\n",
        prompt="User:{QUERY}<end_of_utterance>\nAssistant:",
        between="<end_of_utterance>\n",
        end="<end_of_utterance>",
        stop=("<end_of_utterance>",),
        markers=("<|begin_of_text|>", "<end_of_utterance>"),
        media=True,
    ),
)
