"""Mistral: no header before an answer, the system prompt with a question."""

from burnish.catalog.templates.llama import ALTERNATE
from burnish.catalog.templates.spec import TemplateSpec

MISTRAL = (
    "{{ bos_token }}{% for message in messages %}" + ALTERNATE + "{% if message.role == 'user' %}"
    "{{ '[INST] ' + message.content + ' [/INST]' }}"
    "{% else %}{{ message.content + eos_token }}"
    "{% endif %}{% endfor %}"
)

# From Nemo on the system prompt goes with the last question, once it is to be answered.
LAST = (
    "{% set told = messages[0].role == 'system' %}"
    "{{ bos_token }}{% for message in (messages[1:] if told else messages) %}"
    + ALTERNATE
    + "{% if message.role == 'user' %}"
    "{{ '[INST]@GAP@' }}"
    "{% if told and loop.last %}{{ messages[0].content + '\\n\\n' }}{% endif %}"
    "{{ message.content + '[/INST]' }}"
    "{% else %}@ANSWER@{{ eos_token }}"
    "{% endif %}{% endfor %}"
)
NEMO = LAST.replace("@GAP@", "").replace("@ANSWER@", "{{ message.content }}")
V3 = LAST.replace("@GAP@", " ").replace("@ANSWER@", "{{ ' ' + message.content | trim }}")

ENDS = ("<s>", "</s>")
TEMPLATES = (
    TemplateSpec("mistral", MISTRAL, stop=("</s>",), markers=ENDS, proven=("mistral-v0.2",)),
    TemplateSpec("mistral3", V3, stop=("</s>",), markers=ENDS, proven=("mistral-v0.3",)),
    TemplateSpec("mistral-nemo", NEMO, stop=("</s>",), markers=ENDS, proven=("mistral-nemo",)),
)
