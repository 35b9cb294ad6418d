"""Ovis 1.6: Gemma's turns with a system prompt."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "ovis1_6",
        prefix="<bos>",
        system="<bos><start_of_turn>system\n{SYSTEM}<end_of_turn>\n",
        prompt="<start_of_turn>user\n{QUERY}<end_of_turn>\n<start_of_turn>model\n",
        between="<end_of_turn>\n",
        end="<end_of_turn>",
        stop=("<end_of_turn>",),
        markers=("<bos>", "<start_of_turn>", "<end_of_turn>"),
        media=True,
    ),
)
