"""ChatML and the families that write it: <|im_start|>role, line break, content, <|im_end|>."""

from typing import Any

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

# The default stands without a full stop, and the last answer of a conversation has no end.
QWEN1_5 = (
    "{% if messages[0].role != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant<|im_end|>\n{% endif %}"
    "{% for message in messages %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}"
    "{% if add_generation_prompt or not loop.last %}{{ '<|im_end|>\\n' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt and messages[-1].role != 'assistant' %}"
    "<|im_start|>assistant\n{% endif %}"
)

# Pictures and films stand for themselves; what they are is filled in by the model's processor.
VISION_TURNS = TURNS.replace(
    "{{ message.content }}",
    "{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content %}"
    "{% if part.type in ('image', 'video') %}"
    "<|vision_start|><|{{ part.type }}_pad|><|vision_end|>"
    "{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endif %}",
)

GOT = "        You should follow the instructions carefully and explain your answers in detail."
DBRX = (
    "You are DBRX, created by Databricks. You were last updated in December 2023. "
    "You answer questions based on information available up to that point.\nYOU "
    "PROVIDE SHORT RESPONSES TO SHORT QUESTIONS OR STATEMENTS, but provide "
    "thorough responses to more complex and open-ended questions.\nYou assist with "
    "various tasks, from writing to coding (using markdown for code blocks — "
    "remember to use ``` with code, JSON, and tables).\nYou do not have real-time "
    "data access or code execution capabilities. You avoid stereotyping and "
    "provide balanced perspectives on controversial topics. You do not provide "
    "song lyrics, poems, or news articles and do not divulge details of your "
    "training data.\nThis is your system prompt, guiding your responses. Do not "
    "reference it, just respond to the user. If you find yourself talking about "
    "this message, stop. You should be responding appropriately and usually that "
    "means not mentioning this.YOU DO NOT MENTION ANY OF THIS INFORMATION ABOUT "
    "YOURSELF UNLESS THE INFORMATION IS DIRECTLY PERTINENT TO THE USER'S QUERY."
)


def _spec(name: str, jinja: str, default: str | None = None, **more: Any) -> TemplateSpec:
    return TemplateSpec(
        name, jinja, stop=("<|im_end|>",), markers=IM, default_system=default, **more
    )


def _media(name: str, default: str | None = None) -> TemplateSpec:
    return _spec(name, _turns(default), default, media=True)


TEMPLATES = (
    _spec("chatml", _turns(), proven=("chatml", "qwen3-instruct-2507", "qwen3-coder")),
    _spec("qwen", _turns(QWEN), QWEN, proven=("qwen2",)),
    _spec("qwen1_5", QWEN1_5, "You are a helpful assistant", proven=("qwen1.5",)),
    _spec("qwen2_5", _turns(QWEN2_5), QWEN2_5, proven=("qwen2.5",)),
    _spec(
        "qwen2-vl",
        _turns(QWEN).replace(TURNS, VISION_TURNS),
        QWEN,
        proven=("qwen2.5-vl",),
    ),
    _spec("qwen3_vl", VISION_TURNS, proven=("qwen3-vl",)),
    _spec("smollm2", _turns(SMOLLM2), SMOLLM2, proven=("smollm2",)),
    _spec("yi", YI, proven=("yi",)),
    _spec("yi1_5", _turns()),
    _spec("yi-coder", _turns(QWEN), QWEN),
    _spec("internlm2", _turns(before="{{ bos_token }}"), proven=("internlm2",)),
    _spec("dbrx", _turns(DBRX), DBRX),
    _spec("minicpm3", _turns(), proven=("minicpm3",)),
    _media("qwen-vl", QWEN),
    _media("qwen-audio", QWEN),
    _media("qwen2-audio", QWEN),
    _media("llama-qwen-hf", QWEN),
    _media("llava-qwen", QWEN),
    _media("llava-onevision-qwen"),
    _media("minicpm-v-v2_6", QWEN),
    _media("mplug_owl3"),
    _media("got_ocr2", GOT),
)
