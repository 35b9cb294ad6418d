# ruff: noqa: E501  (a case of a table stays on one line)
from collections.abc import Callable
from dataclasses import replace

import pytest

from burnish.data.encode import Encoder
from burnish.data.rejects import Rejects
from burnish.data.sample import IGNORE, Sample, SampleId
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

Talk = Callable[..., Sample]


def encoder(template: Template, size: int | None = None, truncation: str = "delete") -> Encoder:
    return Encoder(template, size, truncation, Rejects())  # type: ignore[arg-type]


def text(content: str, row: int = 1) -> Sample:
    return Sample(SampleId("t.txt", row), (), text=content)


def test_the_account_counts_what_is_kept(template: Template, talk: Talk) -> None:
    made = encoder(template)
    found = made.encode([talk("q", "one", "r", "two"), talk("q", "x", row=2)])
    account = made.account
    assert (account.samples, account.sequences, account.answers, account.stops) == (2, 2, 3, 3)
    assert account.tokens == sum(map(len, found))
    assert account.trained == len("one") + len("two") + len("x") + 3
    assert "stop tokens trained: 3, of 3 answers" in account.lines()


def test_order_is_kept_and_repeats_are_repeated(template: Template, talk: Talk) -> None:
    first, second = talk("q", "1"), text("2", row=2)
    found = encoder(template).encode([second, first, second])
    assert [e.sample.row for e in found] == [2, 1, 2]


def test_too_long_is_dropped_and_listed(template: Template, talk: Talk) -> None:
    made = encoder(template, 40)
    assert made.encode([talk("q" * 40, "a"), talk("q", "a", row=2)])[0].sample.row == 2
    (entry,) = made.rejects.rows
    assert (entry.kind, entry.row) == ("dropped_long", 1)
    assert entry.reason == "too long: 61 tokens, --max_length 40"


def test_truncation_left_keeps_the_end(template: Template, talk: Talk) -> None:
    whole = encoder(template).encode([talk("q" * 40, "abc")])[0]
    made = encoder(template, 10, "truncation_left")
    (cut,) = made.encode([talk("q" * 40, "abc")])
    assert (cut.input_ids, cut.labels) == (whole.input_ids[-10:], whole.labels[-10:])
    assert made.rejects.count("cut") == 1


def test_plain_text_is_trained_whole(template: Template) -> None:
    (encoded,) = encoder(template).encode([text("ab")])
    a, b = template.tokenizer.encode("ab")
    assert encoded.input_ids == [a, b, 258]
    assert encoded.labels == [b, 258, IGNORE]


@pytest.mark.parametrize("length", [9, 10, 11, 20, 21])
def test_long_texts_are_cut_into_blocks_and_nothing_is_lost(
    template: Template, length: int
) -> None:
    made = encoder(template, 10)
    blocks = made.encode([text("x" * (length - 1) if length > 1 else "")])
    ids = [token for block in blocks for token in block.input_ids]
    labels = [label for block in blocks for label in block.labels]
    whole = template.text_batch([text("x" * (length - 1))])[0]
    assert all(len(block) <= 10 and block.trained_tokens for block in blocks)
    assert [label for label in labels if label != IGNORE] == whole[1:]
    assert ids[: length - 1] == whole[: length - 1]
    assert not made.rejects.rows


def test_truncation_left_of_a_text_keeps_its_end(template: Template) -> None:
    made = encoder(template, 3, "truncation_left")
    (encoded,) = made.encode([text("abcdef")])
    assert template.tokenizer.decode(encoded.input_ids) == "ef<|im_end|>"
    assert made.rejects.count("cut") == 1


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
    reasons = [entry.reason for entry in made.rejects.rows]
    assert [any(word in reason for reason in reasons) for word in
            ("label is false", "no place for tools", "no system", "weight 0")] == [True] * 4  # fmt: skip
