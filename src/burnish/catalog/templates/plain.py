"""Templates without markers of their own, for models that were never taught a chat form."""

from burnish.catalog.templates.spec import TemplateSpec

SYSTEM = "You are a helpful assistant."

# A blank line ends an answer inside a conversation, eos the last one.
DEFAULT = (
    "{{ auto_bos }}"
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

AUTO = "{{ auto_bos }}" + CONTINUE


def _pictures(name: str) -> TemplateSpec:
    return TemplateSpec(name, AUTO, generation=True, media=True)


TEMPLATES = (
    TemplateSpec("default", DEFAULT, default_system=SYSTEM),
    TemplateSpec("default-generation", AUTO, generation=True),
    TemplateSpec("default-generation-bos", "{{ bos_token }}" + CONTINUE, generation=True),
    TemplateSpec("chatglm-generation", AUTO, generation=True),
    _pictures("qwen-audio-generation"),
    _pictures("qwen-vl-generation"),
    _pictures("qwen2-audio-generation"),
    _pictures("qwen2-vl-generation"),
    _pictures("llama3_2-vision-generation"),
)
