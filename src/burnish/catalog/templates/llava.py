"""LLaVA on Vicuna, Mistral, Llama, Qwen and Yi."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "llava1_5",
        prefix="<s>",
        prompt="USER: {QUERY}\nASSISTANT:",
        between="</s>",
        end="</s>",
        stop=("</s>",),
        media=True,
    ),
    of_pieces(
        "llava-vicuna",
        prefix="<s>",
        system="<s>{SYSTEM} ",
        prompt="USER: {QUERY} ASSISTANT:",
        between="</s>",
        end="</s>",
        stop=("</s>",),
        default_system=(
            "A chat between a curious human and an artificial intelligence assistant. The "
            "assistant gives helpful, detailed, and polite answers to the human's "
            "questions."
        ),
        media=True,
    ),
    of_pieces(
        "llava-mistral",
        prefix="<s>[INST] ",
        system="<s>[INST] <<SYS>>\n{SYSTEM}\n<</SYS>>\n\n",
        prompt="{QUERY} [/INST]",
        between="</s>[INST] ",
        end="</s>",
        stop=("</s>",),
        media=True,
    ),
    of_pieces(
        "llava-next-video",
        prefix="<s> ",
        system="<s>{SYSTEM} ",
        prompt="USER: {QUERY} ASSISTANT:",
        between=" ",
        end="</s>",
        stop=("</s>",),
        media=True,
    ),
    of_pieces(
        "llava-next-video-yi",
        prefix=" ",
        system="{SYSTEM} ",
        prompt="USER: {QUERY} ASSISTANT:",
        between=" ",
        end="<|im_end|>",
        stop=("<|im_end|>",),
        media=True,
    ),
    of_pieces(
        "llava-yi",
        system="<|im_start|>system\n{SYSTEM}<|im_end|>",
        prompt="<|im_start|>user\n{QUERY}<|im_end|><|im_start|>assistant\n",
        between="<|im_end|>",
        end="<|im_end|>",
        stop=("<|im_end|>",),
        markers=("<|im_start|>", "<|im_end|>"),
        media=True,
    ),
)
