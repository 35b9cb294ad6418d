"""ChatGLM2, ChatGLM3 and GLM-4. None of them writes an end after the last answer."""

from burnish.catalog.templates.spec import TemplateSpec

CHATGLM2 = (
    "{% set count = namespace(round=0) %}"
    "{% for message in messages %}"
    "{% if message.role == 'system' %}{{ message.content + '\\n\\n' }}"
    "{% elif message.role == 'user' %}{% set count.round = count.round + 1 %}"
    "{{ '[Round ' ~ count.round ~ ']\\n\\n问：' + message.content + '\\n\\n答：' }}"
    "{% else %}{{ message.content }}{% if not loop.last %}{{ '\\n\\n' }}{% endif %}"
    "{% endif %}{% endfor %}"
)


def _roles(prefix: str, gap: str) -> str:
    """Role token, then `gap` and the content; the next role token ends the turn."""
    return (
        prefix + "{% for message in messages %}"
        "{{ '<|' + message.role + '|>" + gap + "' + message.content }}"
        "{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    )


ROLES = ("<|system|>", "<|user|>", "<|assistant|>", "<|observation|>")

TEMPLATES = (
    TemplateSpec(
        "chatglm2",
        "[gMASK]sop" + CHATGLM2,
        stop=("</s>",),
        markers=("[gMASK]", "sop"),
    ),
    TemplateSpec(
        "chatglm3",
        _roles("[gMASK]sop", "\\n "),
        stop=("<|user|>", "</s>", "<|observation|>"),
        markers=("[gMASK]", "sop", *ROLES),
        tool_role="observation",
        proven=("chatglm3",),
    ),
    TemplateSpec(
        "chatglm4",
        _roles("[gMASK]<sop>", "\\n"),
        stop=("<|user|>", "<|endoftext|>", "<|observation|>"),
        markers=("[gMASK]", "<sop>", *ROLES),
        tool_role="observation",
        proven=("glm-4",),
    ),
)
