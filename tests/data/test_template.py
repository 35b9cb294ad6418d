import json
import pickle
from datetime import datetime
from pathlib import Path

import pytest

from burnish.catalog.templates.spec import TemplateSpec
from burnish.config.resolve import resolve
from burnish.core.errors import BurnishError, TemplateError
from burnish.data.contexts import plan
from burnish.data.sample import Media, Message, Part, Sample, SampleId, ToolCall
from burnish.data.template import (
    TEMPLATE_FILE,
    Template,
    as_dict,
    compare,
    read_saved,
    template_for,
)
from burnish.data.tokenizer import Tokenizer

HI = [{"role": "user", "content": "hi"}]


def test_text_with_the_generation_prompt(template: Template) -> None:
    assert template.render(HI, add_generation_prompt=True) == (
        "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
    )
    assert template.prompt_ids([Message.of("user", "hi")]) == template.tokenizer.encode(
        template.render(HI, add_generation_prompt=True)
    )


def test_the_system_prompt_of_the_row_comes_before_that_of_the_run(tokenizer: Tokenizer) -> None:
    template = Template.own(tokenizer, system="run")
    assert "system\nrun" in template.render(HI)
    assert "system\nrow" in template.render(HI, system="row")
    assert "system" not in template.render(HI, system="")
    assert "run" not in template.render([{"role": "system", "content": "turn"}, *HI])


def test_no_system_prompt_is_an_empty_one_where_the_template_would_write_its_own(
    tokenizer: Tokenizer,
) -> None:
    template = Template.named("qwen", tokenizer, system="")
    assert template.render(HI) == template.render([{"role": "system", "content": ""}, *HI])
    assert "You are" not in template.render(HI)


def test_no_system_prompt_is_refused_where_the_template_writes_its_own(
    tokenizer: Tokenizer,
) -> None:
    stubborn = """{%- set own = messages[0].role == 'system' -%}
<|im_start|>system {{ messages[0].content if own and messages[0].content else 'Be good.' -}}
<|im_end|>{% for m in messages if m.role != 'system' -%}
<|im_start|>{{ m.role }}{{ m.content }}<|im_end|>{% endfor %}"""
    template = Template(tokenizer, stubborn, name="stubborn", system="")
    with pytest.raises(TemplateError, match="writes its own then: 'Be good"):
        template.render(HI)


def test_auto_takes_the_models_own(tokenizer: Tokenizer) -> None:
    assert Template.resolve("AUTO", tokenizer, "llama3").source == "own"


def test_auto_without_one_takes_that_of_the_model_type(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    tokenizer = Tokenizer.load(folder)
    assert Template.resolve("AUTO", tokenizer, "chatml").name == "chatml"
    assert Template.resolve("AUTO", tokenizer, None, command="pt").name == "default-generation"
    with pytest.raises(TemplateError, match="brings no chat template"):
        Template.resolve("AUTO", tokenizer, None)


def test_a_named_template_that_agrees_is_taken(tokenizer: Tokenizer) -> None:
    assert Template.resolve("chatml", tokenizer).source == "named"


def test_a_named_template_that_differs_shows_the_difference(tokenizer: Tokenizer) -> None:
    with pytest.raises(TemplateError) as caught:
        Template.resolve("qwen", tokenizer)
    text = str(caught.value)
    assert "differ from token" in text and "'system" in text
    assert "--template_type chatml gives the same ids" in text


def test_a_difference_may_be_allowed(tokenizer: Tokenizer) -> None:
    assert Template.resolve("qwen", tokenizer, allow_mismatch=True).name == "qwen"


def test_an_unknown_name_is_answered_with_the_nearest(tokenizer: Tokenizer) -> None:
    with pytest.raises(BurnishError, match="did you mean 'chatml'"):
        Template.resolve("chatm", tokenizer)


def test_a_saved_template_renders_the_same(template: Template, folder: Path) -> None:
    template.system = "Be brief."
    (folder / TEMPLATE_FILE).write_text(json.dumps(template.describe()))
    again = Template.from_saved(folder)
    assert again.render(HI) == template.render(HI)
    assert again.stop_ids == template.stop_ids
    assert compare(read_saved(folder / TEMPLATE_FILE), again.describe()) == ""


def test_a_named_template_keeps_its_stop_tokens(tokenizer: Tokenizer, folder: Path) -> None:
    template = Template.named("chatml", tokenizer)
    (folder / TEMPLATE_FILE).write_text(json.dumps(template.describe()))
    again = Template.from_saved(folder)
    assert (again.source, again.stop_ids) == ("named", template.stop_ids)


def test_a_date_stays_that_of_training(tokenizer: Tokenizer, folder: Path) -> None:
    jinja = "{{ strftime_now('%d %b %Y') }}" + (tokenizer.chat_template or "")
    template = Template(tokenizer, jinja, name="own", now=datetime(2024, 7, 26))
    (folder / TEMPLATE_FILE).write_text(json.dumps(template.describe()))
    assert Template.from_saved(folder).render(HI).startswith("26 Jul 2024")


def test_compare_names_what_differs(template: Template) -> None:
    saved = template.describe()
    now = {**saved, "tokenizer_fingerprint": "x", "stop_ids": [1]}
    text = compare(saved, now)
    assert "the tokenizer: " in text and "the tokens that end an answer: [258]" in text
    assert "chat template" not in text


@pytest.mark.parametrize(
    ("content", "says"), [(None, "is missing"), ("{", "is damaged"), ("{}", "holds no template")]
)
def test_a_damaged_template_file_is_named(tmp_path: Path, content: str | None, says: str) -> None:
    if content is not None:
        (tmp_path / TEMPLATE_FILE).write_text(content)
    with pytest.raises(TemplateError, match=says):
        read_saved(tmp_path / TEMPLATE_FILE)


def test_messages_carry_calls_reasoning_and_ids() -> None:
    call = ToolCall("f", {"x": 1}, id="c1")
    message = Message("assistant", (Part("t"),), tool_calls=(call,), reasoning="why")
    assert as_dict(message) == {
        "role": "assistant",
        "content": "t",
        "reasoning_content": "why",
        "tool_calls": [
            {"type": "function", "function": {"name": "f", "arguments": {"x": 1}}, "id": "c1"}
        ],
    }


TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}


def test_tools_without_a_place_in_the_template_stand_in_the_system_prompt(
    template: Template,
) -> None:
    assert template.writes_tools and template.tools_style == "react_en"
    text = template.render(HI, [TOOL], system="Be brief.")
    assert text.startswith("<|im_start|>system\nBe brief.You can call") and "[add]" in text
    assert "tools" not in template.render(HI, None, system="Be brief.")


def test_a_template_without_a_place_for_tools_or_a_system_prompt(tokenizer: Tokenizer) -> None:
    deaf = "{% for m in messages if m.role != 'system' %}{{ m.content }}<|im_end|>{% endfor %}"
    template = Template(tokenizer, deaf, name="x")
    assert not template.writes_tools
    with pytest.raises(TemplateError, match="no place for tools, and none for a system prompt"):
        template.render(HI, [TOOL])


def test_calls_and_results_as_text(template: Template) -> None:
    call = ToolCall("add", {"a": 1})
    turns = [
        Message.of("user", "1+1?"),
        Message("assistant", (Part("Let me see."),), tool_calls=(call, call)),
        Message.of("tool", "2"),
        Message.of("tool", "3"),
    ]
    text = template.render(turns, [TOOL])
    action = 'Action: add\nAction Input: {"a": 1}'
    assert f"<|im_start|>assistant\nLet me see.\n{action}\n{action}<|im_end|>" in text
    assert "<|im_start|>user\n2\n3<|im_end|>" in text


def test_a_tools_prompt_that_is_asked_for_comes_before_a_place_of_the_template(
    tokenizer: Tokenizer, folder: Path
) -> None:
    places = "{% if tools %}{{ tools | tojson }}{% endif %}" + (tokenizer.chat_template or "")
    own = Template(tokenizer, places, name="x")
    asked = Template(tokenizer, places, name="x", tools_prompt="toolbench")
    assert own.tools_style == "own" and asked.tools_style == "toolbench"
    assert "Finish->give_up_and_restart" in asked.render(HI, [TOOL])
    (folder / TEMPLATE_FILE).write_text(json.dumps(asked.describe()))
    again = Template.from_saved(folder)
    assert again.render(HI, [TOOL]) == asked.render(HI, [TOOL])
    assert "--tools_prompt" in compare(asked.describe(), own.describe())


PICTURE = Message("user", (Part(media=Media("image", "a.png")), Part("What is it?")))


def test_pictures_are_refused_where_the_template_takes_none(template: Template) -> None:
    with pytest.raises(TemplateError, match="takes no images"):
        template.render([PICTURE])


def test_pictures_reach_a_template_that_takes_lists(tokenizer: Tokenizer) -> None:
    lists = (
        "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}"
        "{% for p in m.content %}{{ '(image)' if p.type == 'image' else p.text }}{% endfor %}"
        "{% endif %}{% endfor %}"
    )
    template = Template(tokenizer, lists, name="x")
    assert template.media == {"image"}
    assert template.render([PICTURE]) == "(image)What is it?"
    film = Message("user", (Part(media=Media("video", "a.mp4")), Part("Why?")))
    with pytest.raises(TemplateError, match="takes no videos"):
        template.render([film])
    answer = Message("assistant", PICTURE.parts)
    with pytest.raises(TemplateError, match="an answer holds an image"):
        template.render([answer])


def test_a_multimodal_template_of_ours_writes_tags(tokenizer: Tokenizer) -> None:
    spec = TemplateSpec("x", tokenizer.chat_template or "", media=True)
    assert "user\n<image>What is it?" in Template.named(spec, tokenizer).render([PICTURE])


def test_a_template_travels_to_another_process(tokenizer: Tokenizer) -> None:
    template = Template.named("chatml", tokenizer, system="Be brief.", tools_prompt="react_zh")
    again = pickle.loads(pickle.dumps(template))
    assert again.prompt_ids(HI, [TOOL]) == template.prompt_ids(HI, [TOOL])
    assert again.describe() == template.describe()


def test_calls_in_the_form_that_the_template_reads(tokenizer: Tokenizer) -> None:
    """DeepSeek's templates want JSON text, and some no content beside a call."""
    texts = (
        "{% for m in messages %}{% if m.content is none %}"
        "{{ m.tool_calls[0].function.name + m.tool_calls[0].function.arguments }}"
        "{% else %}{{ m.content }}{% endif %}{% endfor %}"
    )
    silent = Message("assistant", (), tool_calls=(ToolCall("add", {"a": 1}),))
    assert Template(tokenizer, texts, name="x").render([silent]) == 'add{"a": 1}'


def test_reasoning_under_the_name_that_the_template_reads(tokenizer: Tokenizer) -> None:
    template = Template(
        tokenizer, "{% for message in messages %}{{ message.thinking }}{% endfor %}", name="x"
    )
    assert template.render([Message("assistant", (Part("a"),), reasoning="hm")]) == "hm"


def test_the_tool_template_is_used_for_tools(tokenizer: Tokenizer) -> None:
    template = Template(tokenizer, "plain", name="x", tool_jinja="{{ tools[0].function.name }}")
    assert (template.render(HI), template.render(HI, [TOOL])) == ("plain", "add")
    assert template.writes_tools


def test_tools_as_a_key_of_the_system_turn(tokenizer: Tokenizer) -> None:
    """As GLM-4 takes them."""
    jinja = (
        "{% for m in messages %}{% if m.tools is defined %}{{ m.tools[0].function.name }};"
        "{% endif %}{{ m.content }}{% endfor %}"
    )
    template = Template(tokenizer, jinja, name="x")
    assert template.render(HI, [TOOL]) == "add;hi"
    assert template.render(HI, [TOOL], system="S") == "add;Shi"
    assert template.writes_tools and template.render(HI) == "hi"


def test_the_template_of_a_run_is_what_its_flags_ask_for(tokenizer: Tokenizer) -> None:
    import importlib

    command = importlib.import_module("burnish.commands.sft").COMMAND
    asked = {"model_type": "demo", "dataset": ["d.jsonl"]}
    plain = template_for(resolve(command, asked), tokenizer, None)
    assert (plain.source, plain.system, plain.tools_prompt) == ("own", None, None)
    flags = {"system": "Be brief.", "tools_prompt": "react_zh", "template_type": "chatml"}
    told = template_for(resolve(command, {**asked, **flags}), tokenizer, None)
    assert (told.name, told.system, told.tools_prompt) == ("chatml", "Be brief.", "react_zh")
    assert "开始！" in told.render(HI, [TOOL])


def test_thinking_can_be_switched_on(tokenizer: Tokenizer) -> None:
    jinja = "{{ '' if enable_thinking else '(no)' }}" + (tokenizer.chat_template or "")
    template = Template(tokenizer, jinja, name="x", system="S")
    assert template.render(HI).startswith("(no)")
    assert template.thinking.render(HI) == template.render(HI).removeprefix("(no)")


def test_a_row_trained_to_think_is_asked_to(tokenizer: Tokenizer) -> None:
    """The template's prompt says that nothing is thought, unless its switch is on."""
    body = "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    body += "{{ m.content.split('</think>')[-1] }}<|im_end|>\n{% endfor %}"
    prompt = "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n"
    prompt += "{% if not enable_thinking %}</think>{% endif %}{% endif %}"
    template = Template(tokenizer, body + prompt, name="x")
    for answer, before, after in (
        ("4", "assistant\n<think>\n</think>", "4<|im_end|>"),
        ("<think>\nhm\n</think>4", "assistant\n<think>\n", "hm\n</think>4<|im_end|>"),
    ):
        turns = (Message.of("user", "2+2?"), Message.of("assistant", answer))
        (context,) = plan(template, Sample(SampleId("x", 1), turns))
        assert context.prompt.endswith(before) and context.answer.rstrip() == after
