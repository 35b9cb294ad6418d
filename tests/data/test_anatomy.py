"""Whose token is it: the kinds of a conversation's tokens, whatever the template does with it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from burnish.core.errors import TemplateError
from burnish.data.anatomy import GOES_ON, Cell, cells_of, dissect, weights_of
from burnish.data.encode import Encoder
from burnish.data.probe import WEATHER
from burnish.data.sample import IGNORE, Encoded, Message, Sample, SampleId, ToolCall
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

Talk = Callable[..., Sample]


def encoded(template: Template, sample: Sample, limit: int | None = None) -> list[Encoded]:
    """The sequences of one sample, as they are trained."""
    return Encoder(template, limit, "truncation_left").encode([sample])


def cells(template: Template, sample: Sample, limit: int | None = None) -> list[list[Cell]]:
    found = dissect(template, sample, encoded(template, sample, limit))
    return [cells_of(template, one) for one in found]


def read(cells: list[Cell], kind: str, trained: bool | None = None) -> str:
    """The text of the tokens of one kind."""
    chosen = [c for c in cells if c.kind == kind and trained in (None, c.weight != 0)]
    return "".join("" if c.text == GOES_ON else c.text for c in chosen)


def test_kinds_and_weights_of_a_conversation(template: Template, talk: Talk) -> None:
    (found,) = cells(template, talk("Hi", "Ho", "Why?", "So.", system="Be brief."))
    assert read(found, "system") == "Be brief."
    assert read(found, "user") == "HiWhy?"
    assert read(found, "assistant", trained=True) == "HoSo."
    assert read(found, "template", trained=True) == "<|im_end|>" * 2
    assert "".join(c.text for c in found).startswith("<|im_start|>system\nBe brief.<|im_end|>\n")
    assert [c.is_special for c in found].count(True) == 10


def test_a_content_that_repeats_or_looks_like_a_marker_is_found_by_its_place(
    template: Template, talk: Talk
) -> None:
    (found,) = cells(template, talk("user", "assistant", "user", "<|im_start|>user"))
    assert read(found, "user") == "useruser"
    assert read(found, "assistant") == "assistant<|im_start|>user"


def test_a_cut_sequence_keeps_its_kinds(template: Template, talk: Talk) -> None:
    sample = talk("a long question", "answer")
    (whole,), (cut,) = cells(template, sample), cells(template, sample, 20)
    assert cut == [replace(whole[-20], weight=cut[0].weight), *whole[-19:]]


def test_characters_of_several_tokens(template: Template, talk: Talk) -> None:
    (found,) = cells(template, talk("你", "é😀"))
    assert [c.text for c in found if c.kind == "user"] == ["你", GOES_ON, GOES_ON]
    assert [c.text for c in found if c.kind == "assistant"] == ["é", GOES_ON, "😀", *[GOES_ON] * 3]


def test_plain_text_is_read_as_it_is(template: Template) -> None:
    sample = Sample(SampleId("a.txt", 1), (), text="né\n<|im_end|>")
    (found,) = cells(template, sample)
    assert [c.text for c in found if c.kind == "text"] == ["n", "é", GOES_ON, "\n"]
    assert {c.kind for c in found if c.is_special} == {"template"}
    assert found[0].weight == 0 and all(c.weight == 1 for c in found[1:])


def test_ids_of_no_rendering_are_told_to_be_unknown(template: Template, talk: Talk) -> None:
    sample = talk("Hi", "Ho")
    ids = [*template.tokenizer.encode("other"), 258]
    (found,) = dissect(template, sample, [Encoded(sample.id, ids, [IGNORE] * 6)])
    assert set(found.kinds) == {"unknown", "template"}
    assert [c.text for c in cells_of(template, found)] == [*"other", "<|im_end|>"]


def test_weights_stand_at_the_token_that_is_predicted() -> None:
    sequence = Encoded(SampleId("a", 1), [7, 8, 9], [8, IGNORE, IGNORE], [0.5, 1.0, 1.0])
    assert weights_of(sequence) == [0.0, 0.5, 0.0]


def conversations() -> dict[str, Sample]:
    def talk(*turns: tuple[str, str], **options: object) -> Sample:
        made = tuple(Message.of(role, text) for role, text in turns)
        return Sample(SampleId("talk", 1), made, **options)  # type: ignore[arg-type]

    call = Message("assistant", (), (ToolCall("weather", {"city": "Paris"}, "call00001"),))
    result = replace(Message.of("tool", '{"t": 21}'), tool_call_id="call00001", name="weather")
    asked, told = Message.of("user", "In Paris?"), Message.of("assistant", "It is 21.")
    return {
        "rounds": talk(
            ("user", "first  你好 😀"), ("assistant", "one\n\ntwo"), ("user", "user"),
            ("assistant", "end"),
        ),
        "system": talk(("user", "Hi."), ("assistant", "Ho."), system="Be brief."),
        "tools": Sample(SampleId("talk", 2), (asked, call, result, told), tools=(WEATHER,)),
    }  # fmt: skip


FAMILIES = {
    "qwen2.5": 3, "qwen3": 3, "llama-2": 2, "phi-3": 2, "chatglm3": 3, "gemma-2": 1,
    "mistral-v0.3": 3,
}  # fmt: skip
"""Tokenizer -> how many of the conversations its own template writes at least."""


@pytest.mark.shared
@pytest.mark.parametrize("family", FAMILIES)
def test_contents_are_whole_whatever_the_template_does(family: str, shared: Path) -> None:
    template = Template.own(Tokenizer.load(shared / "data" / "tokenizers" / family))
    written = 0
    for sample in conversations().values():
        try:
            sequences = encoded(template, sample)
        except TemplateError:
            sequences = []
        if not sequences:
            continue
        written += 1
        last = cells_of(template, dissect(template, sample, sequences)[-1])
        assert "unknown" not in {cell.kind for cell in last}
        for message in sample.messages:
            squeezed = "".join(read(last, message.role).split())
            assert "".join(message.text.split()) in squeezed, (message.role, squeezed)
        if sample.system:
            assert read(last, "system").strip() == sample.system
        if sample.tools:
            assert "Weather of a city." in read(last, "tools")
            assert "In Paris" not in read(last, "tools")
    assert written >= FAMILIES[family]
