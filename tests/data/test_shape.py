"""Damaged copies of models' own templates are refused; every sound one passes."""

from pathlib import Path

import pytest
from tests.kept_templates import INDEX, template

from burnish.core.errors import TemplateError
from burnish.data.proof import prove
from burnish.data.shape import check_shape
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer


@pytest.mark.shared
@pytest.mark.parametrize("name", INDEX)
def test_every_sound_template_passes(name: str) -> None:
    prove(template(name))
    assert check_shape(template(name)) == []


DAMAGES = [
    ("chatml", "no end behind any turn", "'<|im_end|>' + ", "'' + "),
    (
        "chatml",
        "no end behind answers",
        "message['content'] + '<|im_end|>'",
        "message['content'] + ('<|im_end|>' if message.role != 'assistant' else '')",
    ),
    ("chatml", "misspelt end", "'<|im_end|>'", "'<|im_end>'"),
    ("chatml", "misspelt end b", "<|im_end|>", "<im_end|>"),
    ("chatml", "no role", "message['role'] + '\n'", "'' + '\n'"),
    ("chatml", "no header", "'<|im_start|>' + message['role'] + '\n' + message", "message"),
    (
        "chatml",
        "no answer header",
        "'<|im_start|>' + message['role'] + '\n' + message",
        "('<|im_start|>user\n' if message.role == 'user' else '') + message",
    ),
    (
        "chatml",
        "no question header",
        "'<|im_start|>' + message['role'] + '\n' + message",
        "('<|im_start|>assistant\n' if message.role == 'assistant' else '') + message",
    ),
    (
        "chatml",
        "no prompt",
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
        "",
    ),
    ("chatml", "prompt of the user", "'<|im_start|>assistant", "'<|im_start|>user"),
    ("chatml", "prompt half", "'<|im_start|>assistant\n'", "'<|im_start|>'"),
    (
        "chatml",
        "no content of answers",
        "message['content'] + '<|",
        "('' if message.role=='assistant' else message['content']) + '<|",
    ),
    (
        "chatml",
        "no content of questions",
        "message['content'] + '<|",
        "('' if message.role=='user' else message['content']) + '<|",
    ),
    ("chatml", "only last", "for message in messages", "for message in messages[-1:]"),
    ("chatml", "first lost", "for message in messages", "for message in messages[1:]"),
    ("chatml", "reversed", "for message in messages", "for message in messages[::-1]"),
    ("chatml", "cut content", "message['content'] +", "message['content'][:200] +"),
    ("chatml", "escaped", "message['content'] +", "(message['content'] | e) +"),
    ("chatml", "upper", "message['content'] +", "(message['content'] | upper) +"),
    ("chatml", "only a line", "message['content'] +", "message['content'].split('\n')[0] +"),
    (
        "chatml",
        "roles swapped",
        "message['role']",
        "('user' if message.role=='assistant' else 'assistant')",
    ),
    (
        "qwen2.5",
        "no end behind answers",
        (
            'message.role == "user") or (message.role == "system" and not loop.firs'
            't) or (message.role == "assistant" and not message.tool_calls) %}\n    '
            "    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im"
            "_end|>'"
        ),
        (
            'message.role == "user") or (message.role == "system" and not loop.firs'
            't) or (message.role == "assistant" and not message.tool_calls) %}\n    '
            "    {{- '<|im_start|>' + message.role + '\\n' + message.content + ('<|i"
            "m_end|>' if message.role == 'user' else '')"
        ),
    ),
    (
        "qwen3",
        "no end behind answers",
        "        {{- '<|im_end|>\\n' }}\n    {%- elif message.role == \"tool\"",
        '    {%- elif message.role == "tool"',
    ),
    (
        "qwen3",
        "no prompt",
        "    {{- '<|im_start|>assistant\\n' }}\n    {%- if enable",
        "    {%- if enable",
    ),
    (
        "qwen3",
        "answers lost in history",
        "{{- '<|im_start|>' + message.role + '\\n' + content }}",
        "{{- '<|im_start|>' + message.role + '\\n' }}",
    ),
    (
        "llama-2",
        "no end",
        "' '  + content.strip() + ' ' + eos_token",
        "' '  + content.strip() + ' '",
    ),
    (
        "llama-2",
        "no question header",
        "bos_token + '[INST] ' + content.strip() + ' [/INST]'",
        "content.strip()",
    ),
    ("llama-2", "no [/INST]", "' [/INST]'", "''"),
    ("llama-2", "no [INST]", "bos_token + '[INST] ' + content", "content"),
    ("llama-3", "no end", "'<|eot_id|>'", "''"),
    ("llama-3", "no prompt", "'<|start_header_id|>assistant<|end_header_id|>\n\n'", "''"),
    (
        "llama-3.1",
        "no prompt",
        "{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}\n{%- endif %}",
        "{%- endif %}",
    ),
    (
        "llama-3.1",
        "no end",
        "message['content'] | trim + '<|eot_id|>'",
        "message['content'] | trim",
    ),
    ("mistral-v0.1", "no end", "+ eos_token + ' '", ""),
    ("mistral-v0.2", "no end", "+ eos_token", ""),
    ("mistral-v0.3", "no end", "|trim + eos_token", "|trim"),
    ("mistral-v0.3", "no [INST]", '"[INST] " +', ""),
    ("gemma-2", "no end", "+ '<end_of_turn>\n'", "+ '\n'"),
    ("gemma-2", "no prompt", "{{'<start_of_turn>model\n'}}", ""),
    ("gemma-2", "roles lost", "{% set role = 'model' %}", "{% set role = 'user' %}"),
    (
        "phi-3",
        "no end behind answers",
        "{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}",
        "{{'<|assistant|>\n' + message['content'] + '\n'}}",
    ),
    ("phi-3", "no ends", "<|end|>", ""),
    ("phi-3", "no prompt", "{{ '<|assistant|>\n' }}", ""),
    ("phi-3", "no answer header", "{{'<|assistant|>\n' + message", "{{message"),
    ("yi", "no end", "content + '<|im_end|>' + '", "content + '"),
    ("yi", "no answer header", "<|im_end|>\\n<|im_start|>assistant\\n'", "<|im_end|>\\n'"),
    ("glm-4", "no prompt", "{% if add_generation_prompt %}<|assistant|>{% endif %}", ""),
    ("chatglm3", "no prompt", "{% if add_generation_prompt %}<|assistant|>{% endif %}", ""),
    ("chatglm3", "no role tokens", "{% else %}<|{{ message['role'] }}|>\n ", "{% else %}\n "),
    (
        "deepseek-v3",
        "no end",
        "+ message['content'] + '<｜end▁of▁sentence｜>'",
        "+ message['content']",
    ),
    (
        "deepseek-v3",
        "no prompt",
        "{% if add_generation_prompt and not ns.is_tool %}{{'<｜Assistant｜>'}}{% endif %}",
        "",
    ),
    (
        "deepseek-v3",
        "no answer header",
        "{{'<｜Assistant｜>' + message['content'] +",
        "{{'' + message['content'] +",
    ),
    ("internlm2", "no end", "'<|im_end|>'", "''"),
    (
        "smollm2",
        "no end behind answers",
        "message['content'] + '<|im_end|>'",
        "message['content'] + ('' if message.role == 'assistant' else '<|im_end|>')",
    ),
    (
        "tinyllama",
        "no end behind answers",
        "{{ '<|assistant|>\n'  + message['content'] + eos_token }}",
        "{{ '<|assistant|>\n'  + message['content'] }}",
    ),
    ("tinyllama", "no ends", " + eos_token", ""),
    ("tinyllama", "no prompt", "{{ '<|assistant|>' }}", ""),
    (
        "tinyllama",
        "no answer header",
        "{{ '<|assistant|>\n'  + message['content']",
        "{{ message['content']",
    ),
    ("internlm2-first", "no end", "'<|im_end|>'", "''"),
    ("deepseek-r1", "no end", "+ content + '<｜end▁of▁sentence｜>'", "+ content"),
    ("mistral-v0.2", "no [/INST]", "' [/INST]'", "''"),
    ("mistral-v0.2-system", "no end", "+ eos_token", ""),
    (
        "llama-3.2",
        "no answer end",
        "message['content'] | trim + '<|eot_id|>'",
        "message['content'] | trim",
    ),
    ("qwen1.5", "no end", "'<|im_end|>'", "''"),
    (
        "minimind",
        "no end",
        "        {{- '<|im_end|>\\n' }}\n    {%- elif message.role == \"tool\"",
        '    {%- elif message.role == "tool"',
    ),
    (
        "qwen3.5",
        "no end",
        "        {{- '<|im_end|>\\n' }}\n    {%- elif message.role == \"tool\"",
        '    {%- elif message.role == "tool"',
    ),
]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "lost", "old", "new"), DAMAGES, ids=[f"{d[0]}: {d[1]}" for d in DAMAGES]
)
def test_a_damaged_template_is_refused(name: str, lost: str, old: str, new: str) -> None:
    def change(jinja: str) -> str:
        assert old in jinja
        return jinja.replace(old, new)

    with pytest.raises(TemplateError):
        prove(template(name, change))


def test_what_is_said_of_a_lost_end(tokenizer_of_bytes: Tokenizer) -> None:
    jinja = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}\n{% endfor %}"
    jinja += "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    damaged = Template(tokenizer_of_bytes, jinja, name="own")
    with pytest.raises(TemplateError, match="is damaged: nothing ends an answer before the next"):
        check_shape(damaged)
    prove(damaged, allow_mismatch=True)


@pytest.fixture
def tokenizer_of_bytes(folder: Path) -> Tokenizer:
    return Tokenizer.load(folder)
