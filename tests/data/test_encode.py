# ruff: noqa: E501  (a case of a table stays on one line)
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from burnish.data.encode import Encoder, Outcome
from burnish.data.rejects import Reject
from burnish.data.sample import IGNORE, Message, Sample, SampleId
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

Talk = Callable[..., Sample]


def encoder(template: Template, size: int | None = None, truncation: str = "delete") -> Encoder:
    return Encoder(template, size, truncation)  # type: ignore[arg-type]


def refused(outcomes: Iterable[Outcome]) -> list[Reject]:
    return [entry for outcome in outcomes for entry in outcome.rejects()]


def text(content: str, row: int = 1) -> Sample:
    return Sample(SampleId("t.txt", row), (), text=content)


def test_an_outcome_for_each_sample(template: Template, talk: Talk) -> None:
    made = encoder(template, 120)
    rows = [talk("q", "one", "r", "two"), talk("q" * 120, "x", row=2), text("plain", 3)]
    whole, long, plain = made.outcomes(rows)
    assert [(len(o.tokens), len(o.refusals), o.is_text) for o in (whole, long, plain)] == [
        (1, 0, False), (0, 1, False), (1, 0, True)
    ]  # fmt: skip
    assert whole.tokens[0].answers == 2
    assert whole.tokens[0].trained == len("one") + len("two") + 2
    (encoded,) = whole.encoded()
    assert encoded.trained_tokens == whole.tokens[0].trained


def test_many_samples_are_tokenised_in_batches(template: Template, talk: Talk) -> None:
    rows = [talk("q", str(k), row=k) for k in range(600)]
    assert [e.sample.row for e in encoder(template).encode(rows)] == list(range(600))


def test_order_is_kept_and_repeats_are_repeated(template: Template, talk: Talk) -> None:
    first, second = talk("q", "1"), text("2", row=2)
    found = encoder(template).encode([second, first, second])
    assert [e.sample.row for e in found] == [2, 1, 2]


def test_too_long_is_dropped_and_listed(template: Template, talk: Talk) -> None:
    made = encoder(template, 40)
    rows = [talk("q" * 40, "a"), talk("q", "a", row=2)]
    assert made.encode(rows)[0].sample.row == 2
    (entry,) = refused(made.outcomes(rows))
    assert (entry.kind, entry.row) == ("dropped_long", 1)
    assert entry.reason == "too long: 61 tokens, --max_length 40"


def test_truncation_left_keeps_the_end(template: Template, talk: Talk) -> None:
    whole = encoder(template).encode([talk("q" * 40, "abc")])[0]
    made = encoder(template, 10, "truncation_left")
    (outcome,) = made.outcomes([talk("q" * 40, "abc")])
    (cut,) = outcome.encoded()
    assert (cut.input_ids, cut.labels) == (whole.input_ids[-10:], whole.labels[-10:])
    assert [kind for kind, _ in outcome.refusals] == ["cut"] and not outcome.is_refused


def test_plain_text_is_trained_whole(template: Template) -> None:
    (encoded,) = encoder(template).encode([text("ab")])
    a, b = template.tokenizer.encode("ab")
    assert encoded.input_ids == [a, b, 258]
    assert encoded.labels == [b, 258, IGNORE]


@pytest.mark.parametrize("length", [9, 10, 11, 20, 21])
def test_long_texts_are_cut_into_blocks_and_nothing_is_lost(
    template: Template, length: int
) -> None:
    (outcome,) = encoder(template, 10).outcomes([text("x" * (length - 1))])
    blocks = list(outcome.encoded())
    ids = [token for block in blocks for token in block.input_ids]
    labels = [label for block in blocks for label in block.labels]
    whole = [*template.tokenizer.encode("x" * (length - 1)), 258]
    assert all(len(block) <= 10 and block.trained_tokens for block in blocks)
    assert [label for label in labels if label != IGNORE] == whole[1:]
    assert ids[: length - 1] == whole[: length - 1]
    assert not outcome.refusals


def test_truncation_left_of_a_text_keeps_its_end(template: Template) -> None:
    made = encoder(template, 3, "truncation_left")
    (outcome,) = made.outcomes([text("abcdef")])
    (encoded,) = outcome.encoded()
    assert template.tokenizer.decode(encoded.input_ids) == "ef<|im_end|>"
    assert [kind for kind, _ in outcome.refusals] == ["cut"]


def test_a_prefix_is_not_trained(template: Template) -> None:
    (encoded,) = encoder(template).encode([replace(text("ab"), prefix="pre")])
    assert template.tokenizer.decode(encoded.input_ids) == "preab<|im_end|>"
    assert encoded.labels[:2] == [IGNORE] * 2 and encoded.trained_tokens == 3


def pair(talk: Talk, better: str, worse: str) -> Sample:
    return replace(talk("q", better), rejected=Message.of("assistant", worse))


def test_a_pair_gives_the_better_and_the_worse_answer(template: Template, talk: Talk) -> None:
    made = replace(encoder(template), view="pair")
    found = made.encode([pair(talk, "yes", "no")])
    assert [e.label for e in found] == [True, False]
    assert [e.trained_tokens for e in found] == [4, 3]
    (outcome,) = made.outcomes([talk("q", "yes")])
    assert outcome.refusals == [("rejected", "it has no worse answer")]


@pytest.mark.parametrize("words", [("yes", "no" * 40), ("no" * 40, "yes")])
def test_half_a_pair_is_none(template: Template, talk: Talk, words: tuple[str, str]) -> None:
    made = replace(encoder(template, 60), view="pair")
    (outcome,) = made.outcomes([pair(talk, *words)])
    assert not outcome.tokens and not outcome.labels
    assert [kind for kind, _ in outcome.refusals] == ["dropped_long"]


def test_a_pair_that_is_cut_stays_a_pair(template: Template, talk: Talk) -> None:
    made = replace(encoder(template, 60, "truncation_left"), view="pair")
    (outcome,) = made.outcomes([pair(talk, "no" * 40, "yes")])
    assert [(len(t), label) for t, label in zip(outcome.tokens, outcome.labels, strict=True)] == [
        (60, True), (len(encoder(template).encode([talk("q", "yes")])[0]), False)
    ]  # fmt: skip


def test_labels_go_with_their_answer(template: Template, talk: Talk) -> None:
    made = replace(encoder(template), view="label")
    rows = [replace(talk("q", "a", "r", "b"), label=label) for label in (True, False)]
    found = made.encode(rows)
    assert [(e.label, e.trained_tokens) for e in found] == [(True, 2), (False, 2)]


def test_rows_that_cannot_be_trained_say_why(tokenizer: Tokenizer, talk: Talk) -> None:
    jinja = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    template = Template(tokenizer, jinja + (tokenizer.chat_template or ""), name="own")
    sample = talk("q", "a")
    muted = replace(sample.messages[1], weight=0)
    made = encoder(template)
    rows = [
        replace(sample, id=SampleId("x", 1), label=False),
        replace(sample, id=SampleId("x", 2), tools=({"type": "function"},)),
        replace(sample, id=SampleId("x", 3), system="S"),
        replace(sample, id=SampleId("x", 4), messages=(sample.messages[0], muted)),
    ]
    assert made.encode(rows) == []
    reasons = [entry.reason for entry in refused(made.outcomes(rows))]
    assert [any(word in reason for reason in reasons) for word in
            ("label is false", "no place for tools", "no system", "weight 0")] == [True] * 4  # fmt: skip


def test_what_the_tokenizer_puts_in_front_of_a_text_is_not_trained(template: Template) -> None:
    """ChatGLM writes two tokens, [gMASK] and sop."""
    made = encoder(template)
    made.__dict__["_around"] = ([256, 257], [258])
    (encoded,) = made.encode([text("ab")])
    a, b = template.tokenizer.encode("ab")
    assert list(encoded.input_ids) == [256, 257, a, b, 258]
    assert list(encoded.labels) == [IGNORE, a, b, 258, IGNORE]


def test_plain_text_without_roles_has_no_place_for_a_history(
    tokenizer: Tokenizer, talk: Talk
) -> None:
    made = encoder(Template.named("default-generation", tokenizer))
    rows = [talk("q", "a"), talk("q", "a", "r", "b"), replace(talk("q", "a"), system="s")]
    outcomes = list(made.outcomes(rows))
    assert [bool(o.tokens) for o in outcomes] == [True, False, False]
    assert "earlier turns" in outcomes[1].refusals[0][1]
    assert "a system prompt" in outcomes[2].refusals[0][1]
