import numpy as np
import pytest

from burnish.data.audit import Counts
from burnish.data.figures import (
    judged_of,
    judgement_of,
    lengths_of,
    packing_of,
    reject_groups,
    template_facts,
    unrolled_of,
)
from burnish.data.rejects import Rejects
from burnish.data.sample import Encoded, SampleId
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer


class Columns:
    """As much of Sequences as figures are counted from."""

    def __init__(self, lengths: list[int], is_first: list[int], answers: list[int]) -> None:
        self.fields = {"length": lengths, "is_first": is_first, "answers": answers}

    def column(self, name: str) -> np.ndarray:
        return np.array(self.fields[name], bool if name == "is_first" else np.int32)

    @property
    def lengths(self) -> np.ndarray:
        return self.column("length")


def of(*lengths: int) -> Columns:
    return Columns(list(lengths), [1] * len(lengths), [1] * len(lengths))


def test_bins_cover_every_length_once() -> None:
    found = lengths_of(of(3, 40, 41, 119), 128)
    assert found is not None
    assert [(low, high, n) for low, high, n in found.bins if n] == [
        (1, 10, 1), (31, 40, 1), (41, 50, 1), (111, 120, 1),
    ]  # fmt: skip
    assert (found.median, found.longest, found.limit) == (41, 119, 128)
    assert lengths_of(of(), None) is None
    assert lengths_of(of(7), None).bins == [(7, 7, 1)]


def test_unrolled_conversations_and_not_the_blocks_of_a_text() -> None:
    talks = Columns([5] * 6, [1, 0, 0, 1, 1, 0], [1, 1, 1, 1, 0, 0])
    found = unrolled_of(talks)
    assert (found.samples, found.sequences) == (1, 3)


def test_answers_by_their_judgement() -> None:
    pairs = of(9, 8, 7, 6)
    pairs.fields |= {"label": [1, 0, 1, 0], "trained": [4, 3, 2, 2]}
    found = [(one.name, one.answers, one.counts) for one in judged_of(pairs, "pair")]
    assert found == [("better", 2, Counts(16, 6)), ("worse", 2, Counts(14, 5))]
    assert [one.name for one in judged_of(pairs, "label")] == ["good", "bad"]
    assert judged_of(pairs, "text") == judged_of(pairs, "prompt") == []
    good = Encoded(SampleId("a", 1), [1], [1], label=True)
    assert [judgement_of(good, view) for view in ("pair", "label", "text")] == [
        "better",
        "good",
        "",
    ]


def test_packing_needs_a_size() -> None:
    found = packing_of(of(6, 4, 5, 5), 10)
    assert found is not None and (found.bins, found.fill) == (2, 1.0)
    assert packing_of(of(6), None) is None


def test_rejects_by_reason_the_commonest_first() -> None:
    rejects = Rejects()
    rejects.add("a", 1, "too long: 99 tokens", "cut")
    rejects.add("a", 2, "response is null")
    rejects.add("b", 3, "query is null")
    rejects.add("b", 4, "query is null")
    found = [(g.kind, g.reason, g.rows) for g in reject_groups(rejects)]
    assert found == [
        ("rejected", "query is null", ["b:3", "b:4"]),
        ("rejected", "response is null", ["a:2"]),
        ("cut", "too long: 99 tokens", ["a:1"]),
    ]


def test_a_reason_whose_details_differ_is_told_as_an_example() -> None:
    rejects = Rejects()
    rejects.add("a", 1, "turn 1 is empty")
    rejects.add("a", 2, "turn 2 is empty")
    (found,) = reject_groups(rejects)
    assert (found.words, found.reason) == ("cannot be used, such as", "turn 1 is empty")


def test_shares() -> None:
    assert (Counts(10, 4) + Counts(10, 1)).share == pytest.approx(0.25)
    assert Counts().share == 0


def facts(template: Template) -> dict[str, str]:
    return dict(template_facts(template))


def test_the_proof_says_whose_template_it_is_and_what_it_was_compared_with(
    template: Template, tokenizer: Tokenizer
) -> None:
    own = facts(template)
    assert own["proof"].startswith("the model's own text")
    assert own["stop tokens"] == "<|im_end|> (258)"
    assert own["default system prompt"] == "none" and "--system" not in own
    named = facts(Template.named("chatml", tokenizer, system="Be brief."))
    assert named["proof"] == "gives the same ids as the model's own template on every probe"
    assert named["--system"] == "Be brief."
    other = facts(Template.named("default", tokenizer))
    assert other["proof"].startswith("NOT the model's own (--allow_template_mismatch)")
    own_jinja = str(tokenizer.chat_template)
    tokenizer.chat_templates["default"] = (
        "{% if tools %}{{ tools | tojson }}{% endif %}" + own_jinja
    )
    told = facts(Template.named("chatml", tokenizer))
    assert told["proof"].endswith("but of tools, which the model's own tells in other words")
    tokenizer.chat_templates.clear()
    alone = facts(Template.named("chatml", tokenizer))
    assert alone["proof"].startswith("the model brings no template to compare with")
    plain = facts(Template.named("default-generation", tokenizer))
    assert plain["proof"].startswith("plain text without roles")


def test_a_damaged_template_is_told(tokenizer: Tokenizer) -> None:
    text = str(tokenizer.chat_template).replace("'<|im_start|>assistant\\n'", "'assistant'")
    found = facts(Template(tokenizer, text, name="own"))
    assert found["proof"].startswith("DAMAGED (--allow_template_mismatch)")
