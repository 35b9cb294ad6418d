"""Texts that are tokenised in parts give the ids of the whole."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burnish.core.errors import TemplateError
from burnish.data.assemble import Part, Trained, assemble, cut, training
from burnish.data.contexts import Context, plan
from burnish.data.cut import Cutter
from burnish.data.sample import Message, Sample, SampleId
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

NASTY = (
    " leading", "trailing ", "\n\nlines\n", "\t", "  two  ", "<|im_end|>", "<|im_start|>user\n",
    "</s>", "<s>", "[INST]", "[/INST]", "<|eot_id|>", "<|end|>", "<end_of_turn>", "\u3000", "你好",
    "😀👍🏽", "a\u0301", "\u00a0", "0123456789", "<think>\n\n</think>\n\n",
    "def f():\n    return 1", "'s don't", "ﬁ", "x", "<", "|>", "\u2581", "İ", "\r\n", "A" * 30,
)  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=6)), min_size=1, max_size=4).map("".join)  # fmt: skip  # noqa: E501
EASY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Talk = Callable[..., Sample]


def both(template: Template, sample: Sample) -> tuple[Trained, Trained]:
    """A sample cut at markers, and tokenised whole."""
    cutter, contexts = Cutter(template), plan(template, sample)
    whole = [Part(c.prompt, c.prompt + c.answer) for c in contexts]
    found = []
    for parts in (list(cut(cutter, contexts)), whole):
        texts = [text for part in parts for text in (part.first, part.second)]
        ids = template.tokenizer.encode_batch(texts)
        found.append(assemble(cutter, contexts, parts, ids))
    return found[0], found[1]


def assert_same(template: Template, texts: Sequence[str], system: str | None = None) -> None:
    roles = ("user", "assistant")
    turns = tuple(Message.of(roles[k % 2], text) for k, text in enumerate(texts))
    try:
        one, other = both(template, Sample(SampleId("x", 1), turns, system))
    except TemplateError:
        return  # the template refuses such a text, cut or not
    assert [t.ids for t in one.tokens] == [t.ids for t in other.tokens], texts
    assert [t.spans for t in one.tokens] == [t.spans for t in other.tokens], texts
    assert one.notes == other.notes


@pytest.fixture(scope="module")
def chatml(tmp_path_factory: pytest.TempPathFactory) -> Template:
    from tests.tiny import write_byte_tokenizer

    folder = tmp_path_factory.mktemp("model")
    write_byte_tokenizer(folder)
    return Template.own(Tokenizer.load(folder))


@pytest.fixture(scope="module")
def demo() -> Template:
    import burnish

    return Template.own(Tokenizer.load(Path(burnish.__file__).parent / "assets" / "demo"))


@EASY
@given(
    st.lists(TEXTS, min_size=2, max_size=6).filter(lambda t: len(t) % 2 == 0),
    st.none() | TEXTS,
)
def test_cut_and_whole_are_the_same(
    chatml: Template, demo: Template, texts: list[str], system: str | None
) -> None:
    assert_same(chatml, texts, system)
    assert_same(demo, texts, system)


REAL = ["qwen3", "qwen2.5", "llama-3.1", "gemma-2", "phi-3", "mistral-v0.3", "smollm2", "glm-4",
        "deepseek-v3", "internlm2", "llama-2", "yi"]  # fmt: skip


@pytest.fixture(scope="module", params=REAL)
def real(request: pytest.FixtureRequest, shared: Path) -> Template:
    tokenizer = Tokenizer.load(shared / "data" / "tokenizers" / request.param)
    try:
        return Template.own(tokenizer)
    except TemplateError as error:
        pytest.skip(f"{request.param} has no template of its own: {error}")


@pytest.mark.shared
@settings(parent=EASY, max_examples=25)
@given(st.lists(TEXTS, min_size=2, max_size=4).filter(lambda t: len(t) % 2 == 0))
def test_cut_and_whole_are_the_same_for_real_tokenizers(real: Template, texts: list[str]) -> None:
    assert_same(real, texts)


@pytest.mark.shared
def test_nasty_texts_one_by_one(real: Template) -> None:
    for text in NASTY:
        assert_same(real, ["Hello", text, "And then?", "Fine. " + text])
        assert_same(real, [text, "yes"])


def test_talks_are_really_cut(template: Template, talk: Talk) -> None:
    """No text is tokenised twice: the parts are as long as the talk, and a little."""
    contexts = plan(template, talk("question one", "answer", "question two", "last"))
    first, second = cut(Cutter(template), contexts)
    assert first.is_fresh and not second.is_fresh
    parts = sum(len(p.first) + len(p.second) for p in (first, second))
    assert parts <= len(contexts[-1].prompt + contexts[-1].answer)


def test_a_system_prompt_is_known_after_the_first_row(template: Template, talk: Talk) -> None:
    cutter = Cutter(template)
    row = replace(talk("q", "a"), system="You help. " * 20)
    (part,) = cut(cutter, plan(template, row))
    assert "You help" not in part.first + part.second
    assert template.tokenizer.decode(part.head).count("You help") == 20


def test_an_appended_stop_gives_way_to_the_one_that_follows(tokenizer: Tokenizer) -> None:
    """A template that ends only earlier answers: one sequence, each stop once."""
    jinja = (
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content }}"
        "{% if not loop.last or m.role == 'user' %}{{ '<|im_end|>' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
    )
    template = Template(tokenizer, jinja, name="own")
    turns = [Message.of(role, text) for role, text in
             (("user", "q"), ("assistant", "a"), ("user", "r"), ("assistant", "b"))]  # fmt: skip
    found = training(template, Sample(SampleId("x", 1), tuple(turns)))
    (tokens,) = found.tokens
    assert tokens.ids.count(258) == 4 and tokens.answers == 2
    one, other = both(template, Sample(SampleId("x", 1), tuple(turns)))
    assert one == other


def test_spans_are_those_of_the_weights(template: Template, talk: Talk) -> None:
    context = Context("<|im_start|>assistant\n", "ab<|im_end|>", 1.0, (),
                      (("a", 2.0), ("b", 0.0), ("<|im_end|>", 1.0)))  # fmt: skip
    cutter = Cutter(template)
    parts = list(cut(cutter, [context]))
    texts = [text for part in parts for text in (part.first, part.second)]
    (tokens,) = assemble(cutter, [context], parts, template.tokenizer.encode_batch(texts)).tokens
    start = len(tokens.ids) - 3
    assert tokens.spans == [(start, start + 1, 2.0), (start + 2, start + 3, 1.0)]
    assert tokens.trained == 2
