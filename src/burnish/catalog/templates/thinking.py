"""Models that think before they answer: Qwen3, Qwen3.5, GLM-4.5, MiniMind, gpt-oss.

What was thought is shown for the answers behind the last question only, but for MiniMind.
"""

from burnish.catalog.templates.chatml import IM
from burnish.catalog.templates.spec import TemplateSpec

# Where the last question stands; a tool's result that is written as a question is none.
LAST_QUESTION = (
    "{% set asked = namespace(last=-1) %}"
    "{% for message in messages %}"
    "{% if message.role == 'user' and not (message.content.startswith('<tool_response>')"
    " and message.content.endswith('</tool_response>')) %}"
    "{% set asked.last = loop.index0 %}{% endif %}{% endfor %}"
    "{% if asked.last < 0 %}{% set asked.last = messages | length - 1 %}{% endif %}"
)

# `thought` and `said` of a turn, from a field of its own or from the text.
SPLIT = (
    "{% set said, thought = message.content, '' %}"
    "{% if message.reasoning_content is string %}{% set thought = message.reasoning_content %}"
    "{% elif '</think>' in message.content %}"
    "{% set said = message.content.split('</think>')[-1].lstrip('\\n') %}"
    "{% set thought = message.content.split('</think>')[0].rstrip('\\n')"
    ".split('<think>')[-1].lstrip('\\n') %}"
    "{% endif %}"
)
OPENED = "{{ '<|im_start|>assistant\\n' }}"
THOUGHT = "{{ '<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' + said.lstrip('\\n') }}"


def _chatml(answer: str, opening: str = "", trim: str = "") -> str:
    """ChatML turns; `answer` writes what stands behind the header of an answer."""
    return (
        LAST_QUESTION + "{% for message in messages %}"
        "{% if message.role == 'assistant' %}" + SPLIT + OPENED + answer + "{% else %}"
        "<|im_start|>{{ message.role + '\\n' }}{{ message.content" + trim + " }}{% endif %}"
        "{{ '<|im_end|>\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}" + OPENED + opening + "{% endif %}"
    )


QWEN3 = _chatml(
    "{% if loop.index0 > asked.last and (loop.last or thought) %}" + THOUGHT + "{% else %}"
    "{{ said }}{% endif %}"
)
QWEN3_5 = _chatml(
    "{% set said, thought = said | trim, thought | trim %}"
    "{% if loop.index0 > asked.last %}"
    "{{ '<think>\\n' + thought + '\\n</think>\\n\\n' }}{% endif %}{{ said }}",
    opening="{{ '<think>\\n' }}",
    trim=" | trim",
)
MINIMIND = _chatml(THOUGHT, opening="{{ '<think>\\n\\n</think>\\n\\n' }}")

GLM4_5 = (
    LAST_QUESTION + "[gMASK]<sop>{% for message in messages %}"
    "{% if message.role == 'assistant' %}" + SPLIT + "<|assistant|>"
    "{{ '\\n<think>' }}"
    "{% if loop.index0 > asked.last %}{{ thought.strip() }}{% endif %}</think>"
    "{% if said.strip() %}{{ '\\n' + said.strip() }}{% endif %}"
    "{% elif message.role == 'tool' %}<|observation|>"
    "{{ '\\n<tool_response>\\n' + message.content + '\\n</tool_response>' }}"
    "{% else %}<|{{ message.role }}|>{{ '\\n' + message.content }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

# Each message names its author, and an answer its channel.
GPT_OSS = (
    "<|start|>system<|message|>"
    "{{ 'You are ChatGPT, a large language model trained by OpenAI.\\n' }}"
    "{{ 'Knowledge cutoff: 2024-06\\nCurrent date: ' + strftime_now('%Y-%m-%d') + '\\n\\n' }}"
    "{{ 'Reasoning: medium\\n\\n# Valid channels: analysis, commentary, final. ' }}"
    "Channel must be included for every message.<|end|>"
    "{% for message in messages %}"
    "{% if message.role == 'system' %}<|start|>developer<|message|>"
    "{{ '# Instructions\\n\\n' + message.content + '\\n\\n' }}<|end|>"
    "{% elif message.role == 'user' %}<|start|>user<|message|>{{ message.content }}<|end|>"
    "{% else %}{% set last = loop.last and not add_generation_prompt %}"
    "{% if last and message.thinking %}<|start|>assistant<|channel|>analysis<|message|>"
    "{{ message.thinking }}<|end|>{% endif %}"
    "<|start|>assistant<|channel|>final<|message|>{{ message.content }}"
    "{{ '<|return|>' if last else '<|end|>' }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|start|>assistant{% endif %}"
)


def _qwen(name: str, jinja: str, *proven: str) -> TemplateSpec:
    return TemplateSpec(name, jinja, stop=("<|im_end|>",), markers=IM, proven=proven)


TEMPLATES = (
    _qwen("qwen3", QWEN3, "qwen3"),
    _qwen("qwen3_5", QWEN3_5, "qwen3.5"),
    _qwen("minimind", MINIMIND, "minimind"),
    TemplateSpec(
        "glm4_5",
        GLM4_5,
        stop=("<|user|>", "<|endoftext|>", "<|observation|>"),
        markers=("[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"),
        tool_role="tool",
        proven=("glm-4.5", "glm-4.6"),
    ),
    TemplateSpec(
        "gpt_oss",
        GPT_OSS,
        stop=("<|return|>",),
        markers=("<|start|>", "<|message|>", "<|channel|>", "<|end|>", "<|return|>"),
        proven=("gpt-oss",),
    ),
)
