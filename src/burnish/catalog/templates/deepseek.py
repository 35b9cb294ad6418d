"""DeepSeek: the chat models of the first two generations, and V3's role tokens."""

import json

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

# An answer of the past is shown without what was thought before it.
R1 = V3.replace(
    "'<｜Assistant｜>' + message.content",
    "'<｜Assistant｜>' + message.content.split('</think>')[-1]",
)

# The distilled models are asked, unless told otherwise, with a thought that is already over.
R1_DISTILLED = R1.replace(
    "<｜Assistant｜>{% endif %}", "{{ '<｜Assistant｜><think>\\n</think>' }}{% endif %}"
)

CODER_SYSTEM = (
    "You are an AI programming assistant, utilizing the Deepseek Coder model, developed by "
    "Deepseek Company, and you only answer questions related to computer science. For politically "
    "sensitive questions, security and privacy issues, and other non-computer science questions, "
    "you will refuse to answer\n"
)
CODER = (
    "{{ bos_token }}{% if 'system' not in messages | map(attribute='role') %}"
    "{{ SYSTEM }}{% endif %}"
    "{% for message in messages %}"
    "{% if message.role == 'user' %}{{ '### Instruction:\\n' + message.content + '\\n' }}"
    "{% elif message.role == 'assistant' %}"
    "{{ '### Response:\\n' + message.content + '\\n<|EOT|>\\n' }}"
    "{% else %}{{ message.content }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '### Response:\\n' }}{% endif %}"
).replace("SYSTEM", json.dumps(CODER_SYSTEM))

TEMPLATES = (
    TemplateSpec("deepseek", DEEPSEEK, proven=("deepseek-llm",)),
    TemplateSpec("deepseek2", DEEPSEEK, proven=("deepseek-llm",)),
    TemplateSpec("deepseek2_5", V3, stop=(EOS,), markers=(EOS, *V3_ROLES)),
    TemplateSpec("deepseek3", V3, stop=(EOS,), markers=(EOS, *V3_ROLES), proven=("deepseek-v3",)),
    TemplateSpec("deepseek_r1", R1, stop=(EOS,), markers=(EOS, *V3_ROLES), proven=("deepseek-r1",)),
    TemplateSpec(
        "deepseek_r1_distill",
        R1_DISTILLED,
        stop=(EOS,),
        markers=(EOS, *V3_ROLES),
        proven=("deepseek-r1-distill-qwen",),
    ),
    TemplateSpec(
        "deepseek-coder",
        CODER,
        stop=("<|EOT|>",),
        markers=("<|EOT|>",),
        default_system=CODER_SYSTEM,
        proven=("deepseek-coder",),
    ),
)
