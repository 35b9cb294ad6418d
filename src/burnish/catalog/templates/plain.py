"""Templates without markers of their own, for models that were never taught a chat form."""

from burnish.catalog.templates.spec import TemplateSpec

SYSTEM = "You are a helpful assistant."

# A blank line ends an answer inside a conversation, eos the last one.
DEFAULT = (
    "{% if messages[0].role != 'system' %}" + SYSTEM + "\n\n{% endif %}"
    "{% for message in messages %}"
    "{% if message.role == 'system' %}"
    "{% if message.content %}{{ message.content + '\\n\\n' }}{% endif %}"
    "{% elif message.role == 'assistant' %}{{ message.content }}"
    "{% if loop.last and not add_generation_prompt %}{{ eos_token }}"
    "{% else %}{{ '\\n\\n' }}{% endif %}"
    "{% else %}### Human:\n{{ message.content }}\n\n### Assistant:\n"
    "{% endif %}{% endfor %}"
)

CONTINUE = (
    "{% for message in messages %}"
    "{{ message.content }}{% if message.role == 'assistant' %}{{ eos_token }}{% endif %}"
    "{% endfor %}"
)

TEMPLATES = (
    TemplateSpec("default", DEFAULT, default_system=SYSTEM),
    TemplateSpec("default-generation", CONTINUE, generation=True),
    TemplateSpec("default-generation-bos", "{{ bos_token }}" + CONTINUE, generation=True),
)
