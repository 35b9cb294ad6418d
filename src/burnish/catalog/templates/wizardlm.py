"""WizardLM2 and its quantised form."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "wizardlm2",
        system="{SYSTEM}",
        prompt="USER: {QUERY} ASSISTANT:",
        between="</s>",
        end="</s>",
        stop=("</s>",),
        default_system=(
            "A chat between a curious user and an artificial intelligence assistant. The "
            "assistant gives helpful, detailed, and polite answers to the user's "
            "questions. "
        ),
    ),
    of_pieces(
        "wizardlm2-awq",
        system="{SYSTEM}",
        prompt="User:\n{QUERY}\n\nAssistant:\n",
        between="\n\n",
        end="</s>",
        stop=("</s>",),
    ),
)
