"""CogVLM and CogAgent: question and answer in words."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "cogagent-chat",
        prefix="<s>",
        prompt=" [INST] {QUERY} [/INST] ",
        between="",
        end="</s>",
        stop=("</s>",),
        media=True,
    ),
    of_pieces(
        "cogagent-instruct",
        prefix="<s>",
        prompt="<EOI>Question: {QUERY} Answer:",
        between=None,
        end="</s>",
        stop=("</s>",),
        media=True,
    ),
    of_pieces(
        "cogvlm",
        prefix="{{ bos_token }}",
        prompt="Question: {QUERY} Answer:",
        between="\n",
        end="{{ eos_token }}",
        media=True,
    ),
    of_pieces(
        "cogvlm2-video",
        prefix="{{ bos_token }}",
        prompt="Question: {QUERY} Answer:",
        between="\n",
        end="{{ eos_token }}",
        media=True,
    ),
)
