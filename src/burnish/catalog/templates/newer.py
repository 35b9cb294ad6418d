"""Later families with a form of their own: OpenChat, Falcon 2, Granite 3."""

from burnish.catalog.templates.spec import TemplateSpec

OPENCHAT = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ 'GPT4 Correct ' + message.role.title() + ': ' + message.content }}<|end_of_turn|>"
    "{% endfor %}{% if add_generation_prompt %}GPT4 Correct Assistant:{% endif %}"
)

# Nothing but a line break ends a turn.
FALCON = (
    "{% for message in messages %}"
    "{% if message.role == 'user' %}{{ 'User: \\n' + message.content + '\\n' }}"
    "{% elif message.role == 'system' %}{{ 'System: ' + message.content + '\\n' }}"
    "{% else %}{{ 'Falcon:\\n' + message.content + '\\n' }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Falcon:\\n' }}{% endif %}"
)

GRANITE = (
    "{% for message in messages %}"
    "<|start_of_role|>{{ message.role }}<|end_of_role|>"
    "{{ message.content }}<|end_of_text|>{{ '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|start_of_role|>assistant<|end_of_role|>{% endif %}"
)

TEMPLATES = (
    TemplateSpec(
        "openchat",
        OPENCHAT,
        stop=("<|end_of_turn|>",),
        markers=("<|end_of_turn|>",),
        proven=("openchat",),
    ),
    TemplateSpec("falcon", FALCON, proven=("falcon",)),
    TemplateSpec(
        "granite3",
        GRANITE,
        stop=("<|end_of_text|>",),
        markers=("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),
        proven=("granite-3",),
    ),
)
