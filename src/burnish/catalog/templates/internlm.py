"""InternLM's first generation, and XComposer, whose prompts are made in code."""

from burnish.catalog.templates.pieces import no_template, of_pieces

IN_CODE = (
    "its prompt is made in code that comes with the model, and nothing at hand tells what it "
    "writes. Use the chat template that the model brings, or write one with --custom_register_path."
)

TEMPLATES = (
    of_pieces(
        "internlm",
        prefix="<s>",
        system="<s><|System|>:{SYSTEM}\n",
        prompt="<|User|>:{QUERY}\n<|Bot|>:",
        between="<eoa>\n",
        end="<eoa>",
        stop=("<eoa>",),
        default_system=(
            "You are an AI assistant whose name is InternLM (书生·浦语).\n- InternLM "
            "(书生·浦语) is a conversational language model that is developed by Shanghai "
            "AI Laboratory (上海人工智能实验室). It is designed to be helpful, honest, and "
            "harmless.\n- InternLM (书生·浦语) can understand and communicate fluently in "
            "the language chosen by the user such as English and 中文."
        ),
    ),
    no_template("internlm-xcomposer2", IN_CODE),
    no_template("internlm-xcomposer2-4khd", IN_CODE),
    no_template("internlm-xcomposer2_5", IN_CODE),
)
