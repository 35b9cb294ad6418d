from collections.abc import Callable
from pathlib import Path

import pytest

from burnish.catalog.templates.spec import TemplateSpec
from burnish.core.errors import TemplateError
from burnish.data.proof import nearest_right, prove, verify
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

OWN = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"


def named(tokenizer: Tokenizer, jinja: str, **options: object) -> Template:
    return Template.named(TemplateSpec("made", jinja, **options), tokenizer)  # type: ignore[arg-type]


def test_a_sound_template_is_proven(template: Template) -> None:
    prove(template)
    verify(template, template)


@pytest.mark.parametrize(
    ("jinja", "options", "says"),
    [
        (OWN, {"markers": ("<|turn|>",)}, r"'<\|turn\|>' \(8 tokens\)"),
        (OWN, {"stop": ("</s>",)}, r"'</s>' \(4 tokens\)"),
        ("{{ messages[-1].content }}", {}, "does not write a question|cannot write|in their order"),
        ("{% for m in messages %}\n{{ m.content }}\n{% endfor %}", {}, "who speaks"),
        ("{{ raise_exception('never') }}", {}, "never"),
    ],
)
def test_what_is_refused(
    tokenizer: Tokenizer, jinja: str, options: dict[str, object], says: str
) -> None:
    with pytest.raises(TemplateError, match=says):
        prove(named(tokenizer, jinja, **options))


def test_a_run_whose_system_prompt_cannot_be_written_is_refused(tokenizer: Tokenizer) -> None:
    deaf = (
        "{% for m in messages if m.role != 'system' %}"
        "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    )
    with pytest.raises(TemplateError, match="leaves the system prompt out"):
        prove(Template(tokenizer, deaf, name="own", system="Be brief."))
    refuses = "{% if messages[0].role == 'system' %}{{ raise_exception('none') }}{% endif %}" + OWN
    with pytest.raises(TemplateError, match="takes no system prompt"):
        prove(Template(tokenizer, refuses, name="own", system="Be brief."))


def test_a_model_without_any_end_is_refused(folder: Path) -> None:
    import json

    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "eos_token": None}))
    endless = "{% for m in messages %}{{ m.role }}: {{ m.content }} {% endfor %}"
    with pytest.raises(TemplateError, match="teach the model to stop"):
        prove(Template(Tokenizer.load(folder), endless, name="own"))


def test_with_no_system_prompt_only_told_conversations_are_compared(tokenizer: Tokenizer) -> None:
    """`--template_type chatml --system ''` is how a Qwen is trained without its default."""
    own = Template.named("qwen", tokenizer)
    with pytest.raises(TemplateError):
        verify(Template.named("chatml", tokenizer), own)
    verify(Template.named("chatml", tokenizer, system=""), own)


def test_one_that_refuses_what_the_other_writes_differs(tokenizer: Tokenizer) -> None:
    refuses = "{% if messages[0].role == 'system' %}{{ raise_exception('none') }}{% endif %}" + OWN
    refuses += "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    own = Template(tokenizer, refuses, name="own")
    with pytest.raises(TemplateError, match="it refuses this conversation"):
        verify(Template.named("chatml", tokenizer), own)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("qwen2.5", "qwen2_5"),
        ("llama-2", "llama"),
        ("chatglm3", "chatglm3"),
        ("yi", "yi"),
        ("gemma-2", "gemma"),
        ("qwen3", None),
    ],
)
def test_the_nearest_right_template(
    load: Callable[[str], Tokenizer], name: str, right: str | None
) -> None:
    own = Template.own(load(name))
    assert nearest_right(own, own) == right
