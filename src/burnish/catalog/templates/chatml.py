"""ChatML and the families that write it: <|im_start|>role, line break, content, <|im_end|>."""

from burnish.catalog.templates.spec import TemplateSpec

IM = ("<|im_start|>", "<|im_end|>")

TURNS = (
    "{% for message in messages %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def _turns(default_system: str | None = None, before: str = "") -> str:
    if default_system is None:
        return before + TURNS
    return (
        f"{before}{{% if messages[0].role != 'system' %}}"
        f"<|im_start|>system\n{default_system}<|im_end|>\n{{% endif %}}{TURNS}"
    )


QWEN = "You are a helpful assistant."
QWEN2_5 = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
SMOLLM2 = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"

# The system prompt goes first and bare; user turns already hold the start of the answer.
YI = (
    "{% if messages[0].role == 'system' %}{{ messages[0].content }}{% endif %}"
    "{% for message in messages %}"
    "{% if message.role == 'user' %}"
    "<|im_start|>user\n{{ message.content }}<|im_end|>\n<|im_start|>assistant\n"
    "{% elif message.role == 'assistant' %}{{ message.content }}<|im_end|>\n"
    "{% endif %}{% endfor %}"
)

TEMPLATES = (
    TemplateSpec("chatml", _turns(), stop=("<|im_end|>",), markers=IM, proven=True),
    TemplateSpec(
        "qwen", _turns(QWEN), stop=("<|im_end|>",), markers=IM, default_system=QWEN, proven=True
    ),
    TemplateSpec(
        "qwen2_5",
        _turns(QWEN2_5),
        stop=("<|im_end|>",),
        markers=IM,
        default_system=QWEN2_5,
        proven=True,
    ),
    TemplateSpec(
        "smollm2",
        _turns(SMOLLM2),
        stop=("<|im_end|>",),
        markers=IM,
        default_system=SMOLLM2,
        proven=True,
    ),
    TemplateSpec("yi", YI, stop=("<|im_end|>",), markers=IM, proven=True),
    TemplateSpec(
        "internlm2",
        _turns(before="{{ bos_token }}"),
        stop=("<|im_end|>",),
        markers=IM,
        proven=True,
    ),
)
