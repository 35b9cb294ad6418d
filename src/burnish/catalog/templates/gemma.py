"""Gemma: the assistant is called model; the first two generations refuse a system turn."""

from burnish.catalog.templates.llama import ALTERNATE
from burnish.catalog.templates.spec import TemplateSpec

GEMMA = (
    "{{ bos_token }}{% for message in messages %}" + ALTERNATE + "<start_of_turn>"
    "{{ 'model' if message.role == 'assistant' else message.role }}{{ '\\n' }}"
    "{{ message.content | trim }}<end_of_turn>{{ '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
)

# The third generation puts the system prompt before the first question, and takes pictures.
GEMMA3 = (
    "{% set told = messages[0].role == 'system' %}"
    "{{ bos_token }}{% for message in (messages[1:] if told else messages) %}"
    + ALTERNATE
    + "<start_of_turn>"
    "{{ 'model' if message.role == 'assistant' else message.role }}{{ '\\n' }}"
    "{% if told and loop.first %}{{ messages[0].content + '\\n\\n' }}{% endif %}"
    "{% if message.content is string %}{{ message.content | trim }}{% else %}"
    "{% for part in message.content %}"
    "{% if part.type == 'image' %}<start_of_image>{% else %}{{ part.text | trim }}{% endif %}"
    "{% endfor %}{% endif %}"
    "<end_of_turn>{{ '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
)
MARKERS = ("<bos>", "<start_of_turn>", "<end_of_turn>")
PALIGEMMA = (
    "{% for message in messages %}{{ message.content }}"
    "{% if message.role == 'assistant' %}<eos>{% else %}{{ '\\n' }}{% endif %}{% endfor %}"
)


def _spec(name: str, jinja: str, *proven: str) -> TemplateSpec:
    return TemplateSpec(name, jinja, stop=("<end_of_turn>",), markers=MARKERS, proven=proven)


TEMPLATES = (
    _spec("gemma", GEMMA, "gemma-2"),
    _spec("gemma3_text", GEMMA3, "gemma-3"),
    _spec("gemma3_vision", GEMMA3, "gemma-3"),
    TemplateSpec("paligemma", PALIGEMMA, stop=("<eos>",), generation=True, media=True),
)
