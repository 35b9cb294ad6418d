"""Llama 2, Llama 3 and what took their form: TinyLlama, LLaVA on Llama 3."""

from typing import Any

from burnish.catalog.templates.spec import TemplateSpec

ALTERNATE = (
    "{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('turns must go user, assistant, user, assistant, ...') }}"
    "{% endif %}"
)

# The system prompt stands inside the first user turn; every turn is stripped.
LLAMA2 = (
    "{% set told = messages[0].role == 'system' %}"
    "{% for message in (messages[1:] if told else messages) %}"
    + ALTERNATE
    + "{% if message.role == 'user' %}"
    "{% set asked = '<<SYS>>\\n' + messages[0].content + '\\n<</SYS>>\\n\\n' + message.content"
    " if told and loop.first else message.content %}"
    "{{ bos_token + '[INST] ' + asked.strip() + ' [/INST]' }}"
    "{% else %}{{ ' ' + message.content.strip() + ' ' + eos_token }}"
    "{% endif %}{% endfor %}"
)

LLAMA3_MARKERS = ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
LLAMA3_TURNS = (
    "{% for message in messages %}"
    "<|start_header_id|>{{ message.role }}<|end_header_id|>\n\n"
    "{{ message.content | trim }}<|eot_id|>"
    "{% endfor %}"
    "{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)
SYSTEM_HEADER = "<|start_header_id|>system<|end_header_id|>\\n\\n"

# 3.1 and later open with a system turn that holds dates, whether or not one is given.
DATED = (
    "{{ bos_token }}{% set told = messages[0].role == 'system' %}"
    "{{ '<|start_header_id|>system<|end_header_id|>\\n\\n' }}"
    "{{ 'Cutting Knowledge Date: December 2023\\nToday Date: ' }}"
    "@TODAY@{{ '\\n\\n' }}{% if told %}{{ messages[0].content | trim }}{% endif %}<|eot_id|>"
    "{% set messages = messages[1:] if told else messages %}" + LLAMA3_TURNS
)
LLAMA3_1 = DATED.replace("@TODAY@", "{{ date_string | default('26 Jul 2024') }}")
LLAMA3_2 = DATED.replace(
    "@TODAY@", "{{ date_string if date_string is defined else strftime_now('%d %b %Y') }}"
)

ZEPHYR = (
    "{% for message in messages %}"
    "<|{{ message.role }}|>\n{{ message.content + eos_token }}{{ '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}"
)

VISION = (
    "You are a helpful language and vision assistant. You are able to understand the visual "
    "content that the user provides, and assist the user with a variety of tasks using natural "
    "language."
)
OMNI = (
    "You are a helpful language and speech assistant. You are able to understand the speech "
    "content that the user provides, and assist the user with a variety of tasks using natural "
    "language."
)
REFLECTION = (
    "You are a world-class AI system, capable of complex reasoning and reflection. "
    "Reason through the query inside <thinking> tags, and then provide your final "
    "response inside <output> tags. If you detect that you made a mistake in your "
    "reasoning at any point, correct yourself inside <reflection> tags."
)


def _llama3(name: str, default: str | None = None, **more: Any) -> TemplateSpec:
    asked = "{% if messages[0].role != 'system' %}"
    opened = f"{asked}{{{{ '{SYSTEM_HEADER}' }}}}{default}<|eot_id|>{{% endif %}}"
    jinja = "{{ bos_token }}" + (opened if default else "") + LLAMA3_TURNS
    return _spec(name, jinja, default_system=default, **more)


def _spec(name: str, jinja: str, **more: Any) -> TemplateSpec:
    return TemplateSpec(
        name,
        jinja,
        stop=("<|eot_id|>",),
        markers=LLAMA3_MARKERS,
        tool_role="tool",
        tools_prompt="toolbench",
        **more,
    )


TEMPLATES = (
    TemplateSpec("llama", LLAMA2, stop=("</s>",), markers=("<s>", "</s>"), proven=("llama-2",)),
    _llama3("llama3", proven=("llama-3",)),
    _spec("llama3_1", LLAMA3_1, proven=("llama-3.1",)),
    _spec("llama3_2", LLAMA3_2, proven=("llama-3.2",)),
    _llama3("llama3_2-vision", media=True),
    _llama3("llama3_1-omni", OMNI, media=True),
    _llama3("llama3-llava-next", VISION, media=True),
    _llama3("llama-llava-next-hf", media=True),
    _llama3("llava-llama-instruct", media=True),
    _llama3("llava-next-llama3", media=True),
    _llama3("minicpm-v-v2_5", media=True),
    _llama3("reflection", REFLECTION),
    TemplateSpec("zephyr", ZEPHYR, stop=("</s>",), markers=("</s>",), proven=("tinyllama",)),
)
