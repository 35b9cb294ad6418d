import json
from datetime import datetime
from pathlib import Path

import pytest

from burnish.core.errors import BurnishError, TemplateError
from burnish.data.sample import Message, Part, ToolCall
from burnish.data.template import TEMPLATE_FILE, Template, as_dict, compare, read_saved
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


def test_no_system_prompt_is_refused_where_the_template_writes_its_own(
    tokenizer: Tokenizer,
) -> None:
    template = Template.named("qwen", tokenizer, system="")
    with pytest.raises(TemplateError, match="then writes its own: 'You are"):
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


def test_tools_without_a_place_in_the_template(template: Template) -> None:
    assert not template.writes_tools


def test_the_tool_template_is_used_for_tools(tokenizer: Tokenizer) -> None:
    template = Template(tokenizer, "plain", name="x", tool_jinja="{{ tools | length }} tools")
    assert (template.render(HI), template.render(HI, [{}])) == ("plain", "1 tools")
    assert template.writes_tools
