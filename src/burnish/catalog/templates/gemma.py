"""Gemma: the assistant is called model, and a system turn is refused."""

from burnish.catalog.templates.llama import ALTERNATE
from burnish.catalog.templates.spec import TemplateSpec

GEMMA = (
    "{{ bos_token }}{% for message in messages %}" + ALTERNATE + "<start_of_turn>"
    "{{ 'model' if message.role == 'assistant' else message.role }}{{ '\\n' }}"
    "{{ message.content | trim }}<end_of_turn>{{ '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
)

TEMPLATES = (
    TemplateSpec(
        "gemma",
        GEMMA,
        stop=("<end_of_turn>",),
        markers=("<bos>", "<start_of_turn>", "<end_of_turn>"),
        proven=True,
    ),
)
