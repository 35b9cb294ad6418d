"""CodeGeeX4 and GLM-4V: GLM-4's roles."""

from burnish.catalog.templates.pieces import of_pieces

TEMPLATES = (
    of_pieces(
        "codegeex4",
        prefix="{{ auto_bos }}",
        system="{{ auto_bos }}<|system|>\n{SYSTEM}",
        prompt="<|user|>\n{QUERY}<|assistant|>\n",
        between="",
        end="<|endoftext|>",
        stop=("<|endoftext|>", "<|user|>", "<|observation|>"),
        markers=("<|system|>", "<|user|>", "<|assistant|>"),
        default_system="你是一位智能编程助手，你叫CodeGeeX。你会为用户回答关于编程、代码、计算机方面的任何问题，并提供格式规范、可以执行、准确安全的代码，并在必要时提供详细的解释。",
    ),
    of_pieces(
        "glm4v",
        prefix="{{ auto_bos }}",
        system="{{ auto_bos }}<|system|>\n{SYSTEM}",
        prompt="<|user|>\n{QUERY}<|assistant|>",
        between="",
        end="<|endoftext|>",
        stop=("<|endoftext|>",),
        markers=("<|system|>", "<|user|>", "<|assistant|>"),
        media=True,
    ),
)
