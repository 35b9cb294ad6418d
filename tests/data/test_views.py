"""What is asked of a sample: its answers, a pair, a label, or the prompt that inference gives."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from burnish.core.errors import TemplateError
from burnish.data.anatomy import dissect
from burnish.data.encode import LACKING, SHOWN, Encoder
from burnish.data.probe import WEATHER
from burnish.data.sample import IGNORE, Media, Message, Part, Sample, SampleId
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer
from burnish.data.views import View, variants_of

Talk = Callable[..., Sample]


def prompts(template: Template, **options: object) -> Encoder:
    return Encoder(template, view="prompt", **options)  # type: ignore[arg-type]


def test_a_prompt_is_the_one_that_inference_gives(template: Template, talk: Talk) -> None:
    rows = [
        talk("q", "an answer is the label"),
        talk("q", "a", "and now", system="Be brief."),
        replace(talk("q", row=3), tools=(WEATHER,), label=False),
    ]
    found = prompts(template).encode(rows)
    assert [[*e.input_ids] for e in found] == [template.prompt_of(row) for row in rows]
    assert all(set(e.labels) == {IGNORE} and e.label is None for e in found)


def test_prompts_that_cannot_be_asked_say_why(template: Template, talk: Talk) -> None:
    rows = [talk("q" * 99), Sample(SampleId("a.txt", 2), (), text="plain")]
    long, plain = prompts(template, max_length=60).outcomes(rows)
    ((kind, _),) = long.refusals
    assert kind == "dropped_long"
    assert plain.refusals == [("rejected", "it is plain text: there is no question in it")]
    (cut,) = prompts(template, max_length=60, truncation="truncation_left").outcomes(rows[:1])
    ((kind, reason),) = cut.refusals
    assert (kind, reason.partition(", ")[2]) == ("cut", "--max_length 60")
    assert cut.tokens[0].ids == template.prompt_of(rows[0])[-60:]


def test_a_prompt_that_lacks_a_part_is_counted(tokenizer: Tokenizer, talk: Talk) -> None:
    jinja = "{% if messages[0].role == 'system' %}{% set messages = messages[1:] %}{% endif %}"
    deaf = Template(tokenizer, jinja + (tokenizer.chat_template or ""), name="own")
    first, second = prompts(deaf).outcomes([talk("q", "a", system="Be brief."), talk("q")])
    assert first.notes == {LACKING: 1} and not second.notes
    assert first.tokens[0].ids == second.tokens[0].ids


def test_variants(talk: Talk) -> None:
    worse = Message.of("assistant", "no")
    pair = replace(talk("q", "yes"), rejected=worse, label=True)
    (better, is_better), (other, is_other) = variants_of(pair, "pair")
    assert (better, is_better, is_other) == (pair, True, False)
    assert other.messages == (pair.messages[0], worse)
    assert variants_of(pair, "label") == [(pair, True)]
    with pytest.raises(TemplateError, match="label is false"):
        variants_of(replace(pair, label=False), "text")


@pytest.mark.parametrize("view", ["pair", "label", "prompt"])
def test_whose_tokens_they_are(template: Template, talk: Talk, view: View) -> None:
    sample = replace(
        talk("Hi", "Ho", "Why?", "So."), rejected=Message.of("assistant", "No."), label=True
    )
    encoded = Encoder(template, view=view).encode([sample])
    found = dissect(template, sample, encoded, view)

    def read(k: int, kind: str, trained: bool) -> str:
        one = found[k]
        each = zip(one.ids, one.kinds, one.weights, strict=True)
        return template.tokenizer.decode(
            [id for id, own, weight in each if own == kind and (weight != 0) == trained]
        )

    answers = {"pair": ["So.", "No."], "label": ["So."], "prompt": [""]}[view]
    assert [read(k, "assistant", True) for k in range(len(found))] == answers
    assert [read(k, "assistant", False) for k in range(len(found))] == ["Ho"] * len(answers)
    assert {read(k, "user", False) for k in range(len(found))} == {"HiWhy?"}
    assert "unknown" not in {kind for one in found for kind in one.kinds}


def test_samples_that_show_files_are_counted(tokenizer: Tokenizer, talk: Talk) -> None:
    jinja = tokenizer.chat_template or ""
    sees = Template(
        tokenizer,
        jinja.replace(
            "message.content",
            "(message.content if message.content is string else"
            " message.content | map(attribute='text', default='<file>') | join)",
        ),
        name="own",
    )
    assert "image" in sees.media
    parts = (Part("What is "), Part(media=Media("image", "a.png")), Part(" for?"))
    shown = Sample(SampleId("x", 1), (Message("user", parts), Message.of("assistant", "A cup.")))
    for view in ("text", "prompt"):
        first, second = Encoder(sees, view=view).outcomes([shown, talk("q", "a")])
        assert first.notes == {SHOWN: 1} and not second.notes
        assert "What is <file> for?" in tokenizer.decode(first.tokens[0].ids)
