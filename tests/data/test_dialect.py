import re
from pathlib import Path

import pytest

from burnish.catalog.templates.spec import TemplateSpec
from burnish.data.dialect import IN_SYSTEM_TURN, OWN_TOOLS
from burnish.data.sample import Message, ToolCall
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

TURNS = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"


@pytest.mark.parametrize(
    ("jinja", "style"),
    [
        (TURNS, "react_en"),
        ("{% if tools %}{{ tools | tojson }}{% endif %}" + TURNS, OWN_TOOLS),
        ("{{ messages[0].tools | default('') | string }}" + TURNS, IN_SYSTEM_TURN),
        ("{% if tools %}tools{% endif %}" + TURNS, "react_en"),
    ],
)
def test_where_tools_have_a_place(tokenizer: Tokenizer, jinja: str, style: str) -> None:
    assert Template(tokenizer, jinja, name="x").dialect.tools_style == style


def test_a_named_template_has_a_style_of_its_own(tokenizer: Tokenizer) -> None:
    spec = TemplateSpec("x", TURNS, tools_prompt="toolbench")
    assert Template.named(spec, tokenizer).tools_style == "toolbench"


@pytest.mark.parametrize(
    ("jinja", "kinds"),
    [
        (TURNS, set()),  # it would write the list as Python does
        ("{% for m in messages %}{{ m.content | trim }}{% endfor %}", set()),
        ("{% for m in messages %}{{ m.content + '' }}{% endfor %}", set()),
        (
            "{% for m in messages %}{% for p in m.content %}"
            "{{ p.text if p.type == 'text' else '(film)' if p.type == 'video' else '' }}"
            "{% endfor %}{% endfor %}",
            {"video"},
        ),
    ],
)
def test_which_media_it_takes(tokenizer: Tokenizer, jinja: str, kinds: set[str]) -> None:
    assert Template(tokenizer, jinja, name="x").media == kinds


def test_lists_of_text_become_text(tokenizer: Tokenizer) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert Template(tokenizer, TURNS, name="x").render([{"role": "user", "content": parts}]) == (
        "[user]ab"
    )


def test_calls_with_the_name_behind_the_role(tokenizer: Tokenizer) -> None:
    jinja = "{% for m in messages %}[{{ m.role }}]{{ m.metadata }};{{ m.content }}{% endfor %}"
    call = {"function": {"name": "add", "arguments": {"a": 1}}}
    turns = [
        {"role": "assistant", "content": "Well.", "tool_calls": [call, call]},
        {"role": "tool", "content": "2"},
    ]
    assert Template(tokenizer, jinja, name="x").render(turns) == (
        '[assistant];Well.[assistant]add;{"a": 1}[assistant]add;{"a": 1}[observation];2'
    )


def test_whether_it_hears_a_system_prompt(tokenizer: Tokenizer) -> None:
    deaf = "{% for m in messages if m.role != 'system' %}{{ m.content }}{% endfor %}"
    refuses = "{{ raise_exception('no') if messages[0].role == 'system' }}" + TURNS
    heard = [Template(tokenizer, j, name="x").dialect.hears_system for j in (TURNS, deaf, refuses)]
    assert heard == [True, False, False]


@pytest.mark.shared
def test_calls_without_ids_reach_a_template_that_counts_their_letters(shared: Path) -> None:
    template = Template.own(Tokenizer.load(shared / "data/tokenizers/mistral-v0.3"))
    call = ToolCall("add", {"a": 1})
    tool = {"type": "function", "function": {"name": "add", "description": "d", "parameters": {}}}
    turns = [
        Message.of("user", "1+1?"),
        Message("assistant", (), tool_calls=(call,)),
        Message.of("tool", "2"),
    ]
    text = template.render(turns, [tool])
    (id,) = set(re.findall(r'id": "([a-z0-9]{9})"', text))
    assert text.count(id) == 2
