"""DeepSeek: the chat models of the first two generations, and V3's role tokens."""

from burnish.catalog.templates.spec import TemplateSpec

EOS = "<｜end▁of▁sentence｜>"
V3_ROLES = ("<｜User｜>", "<｜Assistant｜>")

DEEPSEEK = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message.role == 'user' %}{{ 'User: ' + message.content + '\\n\\n' }}"
    "{% elif message.role == 'assistant' %}{{ 'Assistant: ' + message.content + eos_token }}"
    "{% else %}{{ message.content + '\\n\\n' }}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)

# All system turns stand in front, one blank line between them.
V3 = (
    "{{ bos_token }}"
    "{% set told = messages | selectattr('role', 'equalto', 'system') %}"
    "{{ told | map(attribute='content') | join('\\n\\n') }}"
    "{% for message in messages %}"
    "{% if message.role == 'user' %}{{ '<｜User｜>' + message.content }}"
    "{% elif message.role == 'assistant' %}{{ '<｜Assistant｜>' + message.content }}" + EOS + ""
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<｜Assistant｜>{% endif %}"
)

TEMPLATES = (
    TemplateSpec("deepseek", DEEPSEEK),
    TemplateSpec("deepseek3", V3, stop=(EOS,), markers=(EOS, *V3_ROLES), proven=True),
)
