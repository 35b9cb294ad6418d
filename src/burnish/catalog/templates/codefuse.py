"""CodeFuse, on Qwen and on CodeLlama."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "codefuse",
        system="<s>system\n{SYSTEM}\n",
        prompt="<s>human\n{QUERY}\n<s>bot\n",
        between="{{ eos_token }}\n",
        end="{{ eos_token }}",
    ),
    of_pieces(
        "codefuse-codellama",
        system="{SYSTEM}",
        prompt="<|role_start|>human<|role_end|>{QUERY}<|role_start|>bot<|role_end|>",
        between="",
        end="{{ eos_token }}",
    ),
)
