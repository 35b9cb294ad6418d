"""InternVL, on InternLM2 and on Phi-3: turns without line breaks between them."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "internvl",
        prefix="{{ auto_bos }}",
        system="{{ auto_bos }}<|im_start|>system\n{SYSTEM}<|im_end|>",
        prompt="<|im_start|>user\n{QUERY}<|im_end|><|im_start|>assistant\n",
        between="<|im_end|>",
        end="<|im_end|>",
        stop=("<|im_end|>",),
        markers=("<|im_start|>", "<|im_end|>"),
        default_system="You are an AI assistant whose name is InternLM (书生·浦语).",
        media=True,
    ),
    of_pieces(
        "internvl2",
        prefix="{{ auto_bos }}",
        system="{{ auto_bos }}<|im_start|>system\n{SYSTEM}<|im_end|>",
        prompt="<|im_start|>user\n{QUERY}<|im_end|><|im_start|>assistant\n",
        between="<|im_end|>",
        end="<|im_end|>",
        stop=("<|im_end|>",),
        markers=("<|im_start|>", "<|im_end|>"),
        default_system=(
            "你是由上海人工智能实验室联合商汤科技开发的书生多模态大模型，"
            "英文名叫InternVL, 是一个有用无害的人工智能助手。"
        ),
        media=True,
    ),
    of_pieces(
        "internvl-phi3",
        prefix="{{ auto_bos }}",
        system="{{ auto_bos }}<|system|>\n{SYSTEM}<|end|>",
        prompt="<|user|>\n{QUERY}<|end|><|assistant|>\n",
        between="<|end|>",
        end="<|end|>",
        stop=("<|end|>",),
        markers=("<|system|>", "<|user|>", "<|assistant|>", "<|end|>"),
        media=True,
    ),
    of_pieces(
        "internvl2-phi3",
        prefix="{{ auto_bos }}",
        system="{{ auto_bos }}<|system|>\n{SYSTEM}<|end|>",
        prompt="<|user|>\n{QUERY}<|end|><|assistant|>\n",
        between="<|end|>",
        end="<|end|>",
        stop=("<|end|>",),
        markers=("<|system|>", "<|user|>", "<|assistant|>", "<|end|>"),
        media=True,
    ),
)
