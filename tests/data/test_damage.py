"""What a plain conversation does not show of a damaged template: system prompts, tools, thoughts,
late turns, awkward texts.
"""

from pathlib import Path

import pytest
from tests.kept_templates import INDEX, jinja_of, template

from burnish.core.errors import TemplateError
from burnish.data.damage import damages
from burnish.data.proof import prove
from burnish.data.shape import check_shape
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

CONTENT = "message['content']"
WIDE = "<|start_header_id|>"
LOST = [
    # (kept template, what is searched, what takes its place, which occurrence; None: all)
    *(("qwen2.5", "<|im_end|>\\n", "\\n", k) for k in range(5)),
    *(("qwen2.5", "<|im_start|>", "", k) for k in range(7)),
    ("qwen2.5", "<tool_call>", "<toolcall>", None),
    ("qwen2.5", "</tool_call>", "", None),
    ("qwen2.5", "<tool_response>", "", None),
    *(("qwen3", "<|im_end|>", "", k) for k in range(5)),
    *(("qwen3", "<|im_start|>", "", k) for k in range(7)),
    *(("qwen3", "</think>\\n\\n", "\\n\\n", k) for k in range(2)),
    ("qwen3.5", "<|im_end|>", "", 0),
    ("qwen3-coder", "</tool_response>", "", None),
    ("minimind", "<tool_call>", "<toolcall>", None),
    ("llama-3.1", "<|start_header_id|>system<|end_header_id|>\\n\\n", "system\\n\\n", None),
    ("llama-3.1", '{{- "<|eot_id|>" }}', "", 0),
    *(("llama-3.1", "<|eot_id|>", "", k) for k in (1, 2, 3)),
    ("llama-3.1", "<|start_header_id|>ipython", "ipython", None),
    ("llama-3.1", "system<|end_header_id|>", "system", None),
    ("mistral-v0.3", "[AVAILABLE_TOOLS]", "", None),
    ("mistral-v0.3", "[TOOL_CALLS]", "", None),
    ("mistral-v0.3", "[/TOOL_RESULTS]", "", None),
    ("mistral-v0.3", "eos_token", "''", 0),
    ("mistral-v0.3", "eos_token", "''", 1),
    ("smollm2", CONTENT, f"{CONTENT}|replace('\n\n', '\n')", None),
    ("smollm2", CONTENT, f"{CONTENT}[:2000]", None),
    ("smollm2", CONTENT, f"{CONTENT}.strip('.')", None),
    ("smollm2", CONTENT, f"{CONTENT}|replace('Q', 'q')", None),
    ("smollm2", CONTENT, f"{CONTENT}|replace('</think>', '')", None),
    ("smollm2", CONTENT, f"({CONTENT} if loop.index < 6 else '')", None),
    ("smollm2", CONTENT, f"({CONTENT} if messages[0].role != 'system' else '')", None),
    ("smollm2", CONTENT, f"({CONTENT} if messages|length != 2 else '')", None),
    ("smollm2", CONTENT, f"{CONTENT} + {CONTENT}", None),
    ("smollm2", CONTENT, f"({CONTENT} * 2 if message.role == 'assistant' else {CONTENT})", None),
    ("smollm2", "'<|im_end|>'", "('<|im_end|>' if loop.index < 6 else '')", None),
    (
        "smollm2",
        "'<|im_start|>' + message['role']",
        "('<|im_start|>' if loop.index < 6 else '') + message['role']",
        None,
    ),
    ("phi-3", "{{'<|system|>\n' + message['content'] + '<|end|>\n'}}",
     "{{'<|system|>\n' + message['content'] + '\n'}}", None),
    ("glm-4.5", "<|observation|>", "", None),
]  # fmt: skip


def mutated(name: str, old: str, new: str, place: int | None) -> Template:
    parts = jinja_of(name).split(old)
    assert len(parts) > (place or 0) + 1, f"{old!r} is not in {name}"
    if place is None:
        return template(name, lambda jinja: jinja.replace(old, new))
    text = old.join(parts[: place + 1]) + new + old.join(parts[place + 1 :])
    return template(name, lambda _: text)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "old", "new", "place"), LOST)
def test_a_loss_is_refused(name: str, old: str, new: str, place: int | None) -> None:
    with pytest.raises(TemplateError):
        prove(mutated(name, old, new, place))


@pytest.mark.shared
@pytest.mark.parametrize("name", INDEX)
def test_sound_templates_show_no_damage(name: str) -> None:
    assert list(damages(template(name))) == []


TURN = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
PROMPT = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
PLAIN = TURN + PROMPT
SAID = "{{ m.content }}"
ODD = {
    "trims": (PLAIN.replace("m.content }}", "m.content | trim }}"), ""),
    "forgets thoughts": (
        PLAIN.replace(
            SAID,
            "{{ m.content.split('</think>')[-1].lstrip() if m.role == 'assistant' and not "
            "loop.last else m.content }}",
        ),
        "",
    ),
    "tells the date": (
        "<|im_start|>system\nIt is {{ strftime_now('%d %b %Y') }}<|im_end|>\n" + PLAIN,
        "",
    ),
    "asks for an answer": (PLAIN.replace("assistant\n{%", "assistant\nANSWER: {%"), "ANSWER:"),
    "numbers the turns": (
        TURN.replace("m.role }}", "m.role }} {{ loop.index }}/{{ messages|length }}")
        + PROMPT.replace("assistant", "assistant {{ messages|length + 1 }}/9"),
        "",
    ),
    "keeps the last turns": (PLAIN.replace("in messages", "in messages[-3:]"), "first turns"),
    "reminds in the last question": (
        PLAIN.replace(
            SAID,
            SAID + "{% if loop.last and m.role == 'user' %}\n(Be brief.){% endif %}",
        ),
        "",
    ),
    "refuses system prompts": (
        "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}" + PLAIN,
        "",
    ),
    "opens a thought": (PLAIN.replace("assistant\n{%", "assistant\n<think>\n{%"), ""),
    "writes an empty thought": (
        PLAIN.replace(
            SAID,
            "{% if m.role == 'assistant' and '</think>' not in m.content %}<think>\n\n</think>\n\n"
            "{% endif %}" + SAID,
        ),
        "",
    ),
    "puts calls in place of the text": (
        "{% if tools %}<|im_start|>system\n{{ tools | tojson }}<|im_end|>\n{% endif %}"
        + PLAIN.replace(
            SAID,
            "{% for t in m.tool_calls or [] %}{{ t.function.name }}({{ t.function.arguments | "
            "tojson }}){% else %}{{ m.content }}{% endfor %}",
        ),
        "",
    ),
    "ends questions in words": (
        "{% for m in messages %}{% if m.role == 'assistant' %}{{ m.content }}<|im_end|>"
        "{% else %}<|im_start|>{{ m.role }} {{ m.content }}\n\nassistant {% endif %}{% endfor %}",
        "",
    ),
    "ends twice": (PLAIN.replace("<|im_end|>", "<|im_end|><|endoftext|>"), ""),
    "closes a thought in the prompt": (
        TURN.replace(SAID, "{% if m.role == 'assistant' %}</think>{% endif %}" + SAID)
        + PROMPT.replace("assistant\n", "assistant\n</think>"),
        "",
    ),
    "speaks of tags": ("<|im_start|>system\nCall before </tool> ends.<|im_end|>\n" + PLAIN, ""),
    "strays behind the prompt": (PLAIN + "''", "''"),
}


@pytest.mark.parametrize(("jinja", "told"), ODD.values(), ids=list(ODD))
def test_a_template_that_is_odd_and_whole_is_taken(folder: Path, jinja: str, told: str) -> None:
    odd = check_shape(Template(Tokenizer.load(folder), jinja, name="own"))
    assert bool(odd) == bool(told) and all(told in one for one in odd)


def test_what_is_said(folder: Path) -> None:
    tokenizer = Tokenizer.load(folder)
    unclosed = PLAIN.replace("<|im_end|>", "{% if m.role != 'system' %}<|im_end|>{% endif %}")
    (reason, *_) = damages(Template(tokenizer, unclosed, name="own"))
    assert reason == (
        "in a system prompt it writes <|im_start|> where <|im_end|> must stand, behind <|im_start|>"
    )
    opened = PLAIN.replace(
        "assistant\n{%",
        "assistant\n{{ '' if enable_thinking is not defined or "
        "enable_thinking else '<think>\n' }}{%",
    )
    assert [one[:32] for one in damages(Template(tokenizer, opened, name="own"))] == [
        "a prompt with thinking switched "
    ]
    unended = PLAIN.replace("<|im_end|>", "{% if m.role != 'user' %}<|im_end|>{% endif %}")
    (reason, *_) = damages(Template(tokenizer, unended, name="own"))
    assert reason.startswith("<|im_end|> ends answers, and nothing ends questions")
