"""Llama 2, Llama 3 and what took their form: Mistral, TinyLlama."""

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
LLAMA3 = "{{ bos_token }}" + LLAMA3_TURNS

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

MISTRAL = (
    "{{ bos_token }}{% for message in messages %}" + ALTERNATE + "{% if message.role == 'user' %}"
    "{{ '[INST] ' + message.content + ' [/INST]' }}"
    "{% else %}{{ message.content + eos_token }}"
    "{% endif %}{% endfor %}"
)

ZEPHYR = (
    "{% for message in messages %}"
    "<|{{ message.role }}|>\n{{ message.content + eos_token }}{{ '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}"
)

TEMPLATES = (
    TemplateSpec("llama", LLAMA2, stop=("</s>",), markers=("<s>", "</s>"), proven=True),
    TemplateSpec("llama3", LLAMA3, stop=("<|eot_id|>",), markers=LLAMA3_MARKERS, proven=True),
    TemplateSpec("llama3_1", LLAMA3_1, stop=("<|eot_id|>",), markers=LLAMA3_MARKERS, proven=True),
    TemplateSpec("llama3_2", LLAMA3_2, stop=("<|eot_id|>",), markers=LLAMA3_MARKERS, proven=True),
    TemplateSpec("mistral", MISTRAL, stop=("</s>",), markers=("<s>", "</s>"), proven=True),
    TemplateSpec("zephyr", ZEPHYR, stop=("</s>",), markers=("</s>",), proven=True),
)
