import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import tokenizers

from burnish.catalog.find import find_template, template_names
from burnish.catalog.templates.spec import TemplateSpec
from burnish.core.errors import TemplateError
from burnish.data.probe import turn
from burnish.data.proof import differs_rarely, nearest_right, prove, verify
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
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    with pytest.raises(TemplateError, match="leaves the system prompt out"):
        prove(Template(tokenizer, deaf, name="own", system="Be brief."))
    refuses = "{% if messages[0].role == 'system' %}{{ raise_exception('none') }}{% endif %}" + OWN
    refuses += "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
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
        ("qwen3", "qwen3"),
    ],
)
def test_the_nearest_right_template(
    load: Callable[[str], Tokenizer], name: str, right: str | None
) -> None:
    own = Template.own(load(name))
    assert nearest_right(own, own) == right


QWEN_END = "<|im_end|>\n{% endfor %}"
CONTENT, SAID = "{{ message.content }}", "{{ said }}"
LATER = "message.content.split('</think>')[-1].lstrip('\\n')"
RARELY_SEEN = [
    # (named, tokenizer, what it changes, old, new): what a few plain questions do not show
    ("qwen3", "qwen3", "the last question", "{% set asked.last = loop.index0 %}", ""),
    ("qwen3", "qwen3", "a tool's words", "startswith('<tool_response>')", "startswith('<tool>')"),
    ("qwen3", "qwen3", "the key of thoughts", "message.reasoning_content is", "message.r is"),
    ("qwen3", "qwen3", "which part is said", LATER, LATER.replace("[-1]", "[0]")),
    ("qwen3", "qwen3", "lines before what is said", LATER, LATER.removesuffix(".lstrip('\\n')")),
    ("qwen3", "qwen3", "the opened thought", ".split('<think>')[-1].lstrip('\\n') %}", "%}"),
    ("qwen3", "qwen3", "the end of thoughts", "'</think>' in message", "'</thinking>' in message"),
    ("qwen3", "qwen3", "thoughts in history", "loop.index0 > asked.last and (", "true and ("),
    ("qwen3", "qwen3", "no thought in answers", "(loop.last or thought)", "loop.last"),
    ("qwen3", "qwen3", "line breaks of thoughts", "thought.strip('\\n')", "thought"),
    ("qwen3", "qwen3", "line breaks of answers", "said.lstrip('\\n')", "said"),
    ("qwen3", "qwen3", "long questions", CONTENT, "{{ message.content | truncate(200) }}"),
    ("qwen3", "qwen3", "escaped questions", CONTENT, "{{ message.content | e }}"),
    ("qwen3", "qwen3", "questions that are cut", CONTENT, "{{ message.content[:500] }}"),
    ("qwen3", "qwen3", "tabs in answers", SAID, "{{ said | replace('\t', '    ') }}"),
    ("qwen3", "qwen3", "escaped answers", SAID, "{{ said | replace('<', '&lt;') }}"),
    ("qwen3", "qwen3", "answers that are cut", SAID, "{{ said[:100] }}"),
    ("qwen3", "qwen3", "full stops", SAID, "{{ said.rstrip('.') }}"),
    (
        "qwen3",
        "qwen3",
        "ends of late turns",
        "{{ '<|im_end|>\\n' }}",
        "{{ '<|im_end|>\\n' if loop.index < 6 }}",
    ),
    ("qwen2_5", "qwen2.5", "escaped texts", CONTENT, "{{ message.content | e }}"),
    ("qwen2_5", "qwen2.5", "texts that are cut", CONTENT, "{{ message.content[:100] }}"),
    (
        "qwen2_5",
        "qwen2.5",
        "late ends",
        QWEN_END,
        "{% if loop.index < 6 %}<|im_end|>{% endif %}\n{% endfor %}",
    ),
    (
        "qwen2_5",
        "qwen2.5",
        "the system prompt of long talks",
        "messages[0].role != 'system'",
        "messages[0].role != 'system' and messages|length < 4",
    ),
    (
        "qwen2_5",
        "qwen2.5",
        "returns",
        CONTENT,
        "{{ message.content | replace('\\r', '') }}",
    ),
    (
        "llama3_1",
        "llama-3.1",
        "white space of the system prompt",
        "{{ messages[0].content | trim }}",
        "{{ messages[0].content }}",
    ),
    ("mistral3", "mistral-v0.3", "late ends", "{{ eos_token }}", "{{ eos_token if loop.index<6 }}"),
    ("mistral3", "mistral-v0.3", "the system prompt's place", "and loop.last", "and loop.first"),
    (
        "mistral3",
        "mistral-v0.3",
        "two questions",
        "{{ raise_exception('turns must go user,",
        "{{ ('",
    ),
]
NOTHING_CHANGED = [
    ("qwen2_5", "qwen2.5", CONTENT, "{% if message.content %}{{ message.content }}{% endif %}"),
    ("qwen3", "qwen3", "message.content.split('</think>')[0].rstrip('\\n')",
     "message.content.split('</think>')[0]"),
]  # fmt: skip
PLANTED = [
    *RARELY_SEEN,
    # (named, tokenizer that brings its own template, what is planted, old, new)
    ("qwen2_5", "qwen2.5", "a missing bracket", "<|im_start|>{{", "<|im_start|{{"),
    ("qwen2_5", "qwen2.5", "an extra line break", "}}<|im_end|>", "}}\n<|im_end|>"),
    (
        "qwen2_5",
        "qwen2.5",
        "a lost end",
        "{{ message.content }}<|im_end|>",
        "{{ message.content }}",
    ),
    ("qwen2_5", "qwen2.5", "another system prompt", "Alibaba Cloud", "AlibabaCloud"),
    ("qwen2_5", "qwen2.5", "a lost line break", "<|im_end|>\n{% endfor", "<|im_end|>{% endfor"),
    ("qwen2_5", "qwen2.5", "a space before content", "\n{{ message", "\n {{ message"),
    ("qwen2_5", "qwen2.5", "trimmed content", "message.content }}", "message.content | trim }}"),
    ("llama", "llama-2", "a lost bos", "bos_token + '[INST] '", "'[INST] '"),
    ("llama", "llama-2", "a lost eos", "+ ' ' + eos_token", "+ ' '"),
    ("llama", "llama-2", "a missing space", "' [/INST]'", "'[/INST]'"),
    ("llama", "llama-2", "a missing bracket", "<</SYS>>", "<</SYS>"),
    (
        "llama",
        "llama-2",
        "swapped roles",
        "message.role == 'user' %}{% set",
        "message.role != 'user' %}{% set",
    ),
    ("llama3", "llama-3.1", "one line break fewer", "<|end_header_id|>\n\n", "<|end_header_id|>\n"),
    (
        "llama3_1",
        "llama-3.1",
        "swapped roles",
        "{{ message.role }}",
        "{{ {'user': 'assistant', 'assistant': 'user'}.get(message.role, message.role) }}",
    ),
    ("llama3_1", "llama-3.1", "a lost bos", "{{ bos_token }}", ""),
    ("llama3_1", "llama-3.1", "another date", "26 Jul 2024", "27 Jul 2024"),
    ("gemma", "gemma-2", "a wrong role", "'model'", "'assistant'"),
    ("gemma", "gemma-2", "content as it is", "message.content | trim", "message.content"),
    (
        "gemma",
        "gemma-2",
        "a lost generation prompt",
        "{% if add_generation_prompt %}",
        "{% if false %}",
    ),
    (
        "yi",
        "yi",
        "a lost line break",
        "<|im_end|>\n<|im_start|>assistant",
        "<|im_end|><|im_start|>assistant",
    ),
    ("chatglm3", "chatglm3", "a lost space", "\\n '", "\\n'"),
    ("chatglm4", "glm-4", "a lost prefix", "[gMASK]<sop>", "<sop>"),
    (
        "deepseek3",
        "deepseek-v3",
        "a lost end",
        "{{ '<｜Assistant｜>' + message.content }}<｜end▁of▁sentence｜>",
        "{{ '<｜Assistant｜>' + message.content }}",
    ),
    (
        "phi3",
        "phi-3",
        "a lost system turn",
        "{% for message in messages %}",
        "{% for message in messages if message.role != 'system' %}",
    ),
    (
        "smollm2",
        "smollm2",
        "history lost",
        "for message in messages",
        "for message in messages[-1:]",
    ),
]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "folder_name", "planted", "old", "new"),
    PLANTED,
    ids=[f"{p[0]}: {p[2]}" for p in PLANTED],
)
def test_a_planted_mistake_in_a_named_template_is_refused(
    load: Callable[[str], Tokenizer],
    name: str,
    folder_name: str,
    planted: str,
    old: str,
    new: str,
) -> None:
    """At start, since the tokenizer brings the right one; the sound one is taken."""
    model, spec = load(folder_name), find_template(name)
    own = Template.own(model)
    if name != "llama3":  # the kept tokenizer brings the template of 3.1
        verify(Template.named(spec, model), own)
    assert old in spec.jinja
    mistaken = Template.named(replace(spec, jinja=spec.jinja.replace(old, new)), model)
    with pytest.raises(TemplateError):
        prove(mistaken)
        verify(mistaken, own)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "folder_name", "old", "new"), NOTHING_CHANGED)
def test_a_change_that_changes_no_text_is_taken(
    load: Callable[[str], Tokenizer], name: str, folder_name: str, old: str, new: str
) -> None:
    model, spec = load(folder_name), find_template(name)
    assert old in spec.jinja
    changed = Template.named(replace(spec, jinja=spec.jinja.replace(old, new)), model)
    verify(changed, Template.own(model))


def test_a_rare_difference_is_told_and_taken(
    tokenizer: Tokenizer, caplog: pytest.LogCaptureFixture
) -> None:
    drops = OWN.replace("{% for m in messages %}", "{% for m in messages if m.content %}")
    prompt = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    tokenizer.chat_templates["default"] = drops + prompt
    own = Template.own(tokenizer)
    chosen = Template.named("chatml", tokenizer)
    verify(chosen, own)
    assert differs_rarely(chosen, own) == ["an empty system prompt"]
    assert differs_rarely(own, own) == []


@pytest.mark.parametrize("name", [n for n in template_names() if not find_template(n).unavailable])
def test_every_named_template_is_sound_on_a_tokenizer_that_fits(folder: Path, name: str) -> None:
    spec = find_template(name)
    written = re.sub(r"\{\{ token\((\d+)\) \}\}", r"<token \1>", spec.jinja)
    written = written.replace("<token 8308>", "###")  # Yi's, which yi-vl names as its stop, too
    ids = re.findall(r"<token \d+>", written)
    eos = next((token for token in spec.stop if token == "</s>"), "<eos>")
    backend = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokens = [*spec.markers, *spec.stop, *ids, "<bos>", eos]
    backend.add_special_tokens([tokenizers.AddedToken(t, special=True) for t in tokens])
    model = Tokenizer(backend, config={"bos_token": "<bos>", "eos_token": eos})
    template = Template.named(replace(spec, jinja=written), model)
    prove(template)
    if spec.generation:
        return
    assert template.default_system == (spec.default_system or "").strip()
    asked = [turn("user", "What is 2+2?")]
    answered = template.render([*asked, turn("assistant", "It is 4.")])
    prompt = template.render(asked, None, True).removesuffix("<think>\n</think>")  # R1, distilled
    assert answered.startswith(prompt.removesuffix("<think>\n").rstrip())
    wanted = spec.stop[0] if spec.stop else eos
    assert model.token(template.stop_ids[0]) == wanted


def test_a_template_known_by_name_only_says_why(tokenizer: Tokenizer) -> None:
    with pytest.raises(TemplateError, match="is not available: its prompt is made in code"):
        Template.named("internlm-xcomposer2", tokenizer)
