import json
import pickle
from collections.abc import Callable
from itertools import groupby, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burnish.core.errors import TemplateError
from burnish.data.encode import Encoder
from burnish.data.sample import IGNORE, Message, Sample, SampleId, ToolCall
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer
from burnish.data.weights import LossScale, token_weights


def scale(path: Path, rules: object) -> LossScale:
    path.write_text(json.dumps(rules), encoding="utf-8")
    return LossScale.load(path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rules.json"


def test_a_key_and_the_text_behind_it(file: Path) -> None:
    rules = scale(file, {"Observation:": [2, 0]})
    pieces = rules.weigh("", "ok Observation:bad")
    assert pieces == [("ok ", 1.0), ("Observation:", 2.0), ("bad", 0.0)]


def test_a_regular_expression(file: Path) -> None:
    rules = scale(file, {"<.*?>": [2.0]})
    assert rules.weigh("", "a <b> c") == [("a ", 1.0), ("<b>", 2.0), (" c", 1.0)]


def test_an_expression_without_end_is_stopped(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("burnish.data.weights.PATIENCE", 0.05)
    rules = scale(file, {"(.*?,){15}P": [2.0]})
    with pytest.raises(TemplateError, match=r"the loss rule .* takes more than"):
        rules.weigh("", "1," * 40)


def test_the_question_comes_first_and_weighs_all(file: Path) -> None:
    rules = scale(
        file,
        {"response": {"a": [2, 0], "b": [9]}, "query": {"zzz": [7], "tool": 3, "which": [4.5]}},
    )
    assert rules.weigh("which tool?", "bab") == [("bab", 3.0)]
    assert rules.weigh("Which one?", "bab") == [("b", 9.0), ("a", 2.0), ("b", 0.0)]
    assert rules.weigh("which?", "") == []


def test_the_text_behind_a_key_ends_at_the_next_one(file: Path) -> None:
    rules = scale(file, {"A:": [2, 3], "B:": [4, 5]})
    assert rules.weigh("", "A:xB:yA:") == [
        ("A:", 2.0),
        ("x", 3.0),
        ("B:", 4.0),
        ("y", 5.0),
        ("A:", 2.0),
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_the_longest_key_wins_wherever_it_stands_in_the_file(file: Path, turned: bool) -> None:
    rules = {"Action": [2, 3], "Action Input:": [5, 6], "Action Input: {": [7, 8]}
    keys = list(rules)[::-1] if turned else list(rules)
    pieces = scale(file, {key: rules[key] for key in keys}).weigh("", "Action Input:x Action y")
    assert pieces == [("Action Input:", 5.0), ("x ", 6.0), ("Action", 2.0), (" y", 3.0)]


def test_regular_expressions_look_only_before_the_first_key(file: Path) -> None:
    rules = scale(file, {r"\d+": [2], "Key": [3, 4], "[a-z]$": [5]})
    assert rules.weigh("", "a1bKey2") == [
        ("a", 1.0),
        ("1", 2.0),
        ("b", 5.0),
        ("Key", 3.0),
        ("2", 4.0),
    ]


def test_of_regular_expressions_the_leftmost_match_counts_and_order_is_kept(file: Path) -> None:
    rules = scale(file, {"c+": [2], "b+": [3], "bc": [4], "x*": [5]})
    assert rules.weigh("", "a bc c bb x") == [
        ("a ", 1.0), ("b", 3.0), ("c", 2.0), (" ", 1.0), ("c", 2.0),
        (" ", 1.0), ("bb", 3.0), (" ", 1.0), ("x", 5.0),
    ]  # fmt: skip


def test_an_empty_match_hides_no_other(file: Path) -> None:
    assert scale(file, {"b*": [2]}).weigh("", "aab") == [("aa", 1.0), ("b", 2.0)]


def test_equal_neighbours_are_one_piece(file: Path) -> None:
    rules = scale(file, {"A": [1, 1], "B": [2, 2]})
    assert rules.weigh("", "xAyBzB") == [("xAy", 1.0), ("BzB", 2.0)]


def test_the_built_in_rules() -> None:
    text = "Thought: t\nAction: a\nAction Input: {}\nObservation: o\nNext: n\nFinal Answer: f"
    default = LossScale.load("DEFAULT").weigh("", text)
    assert default == [
        ("Thought: t\n", 1.0),
        ("Action: a\nAction Input: {}\nObservation:", 2.0),
        (" o\nNext: n\n", 0.0),
        ("Final Answer: f", 1.0),
    ]
    umi = LossScale.load("alpha-umi").weigh("", text)
    assert ("Next: n\n", 2.0) in umi
    flan = LossScale.load("agent-flan")
    assert flan.weigh("", "Tool: x Action Input: y")[1:] == [
        (" x ", 3.0),
        ("Action Input:", 1.0),
        (" y", 3.0),
    ]
    question = "What is the tool you want to use?"
    assert flan.weigh(question, "Tool: x") == [("Tool: x", 3.0)]
    assert len(flan.literal) == 12 and len(flan.query) == 3


def test_rules_travel_to_other_processes_and_name_themselves(file: Path) -> None:
    rules = scale(file, {"response": {"a": [2, 3], "b+": [4]}, "query": {"q": 5}})
    before = repr(rules)
    rules.weigh("", "abbb")
    again = pickle.loads(pickle.dumps(rules))
    assert again == rules and repr(again) == before
    assert again.weigh("", "bba") == rules.weigh("", "bba")
    assert repr(scale(file, {"a": [2, 3.5]})) != before


WORDS = st.text(alphabet="aAb:\n <>é漢", min_size=1, max_size=3)
WEIGHT = st.sampled_from([0, 1, 2, 0.5])


@given(
    st.dictionaries(WORDS, st.tuples(WEIGHT, WEIGHT), max_size=4),
    st.dictionaries(st.sampled_from(["a+", "^a", "b$", "<.*?>", "(?=a)", "x*", "."]),
                    WEIGHT, max_size=3),
    st.text(alphabet="aAb:\n <>é漢", max_size=30),
)  # fmt: skip
def test_the_pieces_always_make_up_the_answer(
    keys: dict[str, tuple[float, float]], patterns: dict[str, float], text: str
) -> None:
    literal = tuple((key, float(a), float(b)) for key, (a, b) in keys.items())
    rules = LossScale((), literal, tuple((p, float(w)) for p, w in patterns.items()))
    pieces = rules.weigh("", text)
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece for piece, _ in pieces)
    assert all(a[1] != b[1] for a, b in pairwise(pieces))


def test_a_token_has_the_weight_of_its_first_character() -> None:
    pieces = [("ok ", 1.0), ("Observation:", 2.0), ("bad", 0.0)]
    offsets = [(0, 2), (2, 8), (8, 14), (14, 18), (18, 22)]
    assert token_weights(pieces, offsets) == [1.0, 2.0, 2.0, 2.0, 1.0]
    assert token_weights(pieces, [(0, 3), (3, 15), (15, 16), (16, 18)]) == [1.0, 2.0, 0.0, 0.0]


def test_tokens_outside_the_pieces_weigh_one() -> None:
    assert token_weights([("ab", 3.0)], [(-1, 1), (1, 2), (2, 9), (2, 9)]) == [1.0, 3.0, 1.0, 1.0]
    assert token_weights([], [(0, 1)]) == [1.0]
    assert token_weights([("ab", 3.0)], []) == []


def test_a_blank_before_a_key_does_not_hide_it() -> None:
    assert token_weights([("ok ", 0.5), ("A:", 2.0)], [(0, 2), (2, 4), (4, 5)]) == [0.5, 2.0, 2.0]
    assert token_weights([("ok ", 0.5), ("A:", 2.0)], [(0, 2), (3, 5)]) == [0.5, 2.0]
    assert token_weights([("a", 1.0), (" \n", 2.0)], [(0, 1), (1, 3)]) == [1.0, 2.0]


@pytest.mark.shared
def test_weights_of_a_real_tokenizer(shared: Path) -> None:
    tokenizer = Tokenizer.load(shared / "data" / "tokenizers" / "qwen2.5")
    text = "Action: 搜索\nAction Input: 🙂\nObservation: done 漢"
    found = tokenizer.encode_with_offsets(text + "<|im_end|>\n")
    pieces = LossScale.load("DEFAULT").weigh("", text)
    weights = token_weights(pieces, found.offsets)
    behind = text.index(" done")
    assert weights[-2:] == [1.0, 1.0]
    for weight, (start, _) in zip(weights[:-2], found.offsets, strict=False):
        assert weight == (0.0 if start >= behind else 2.0)


def weighed(template: Template, sample: Sample, rules: str = "DEFAULT") -> list[tuple[str, float]]:
    """The trained tokens of a sample's first sequence, equal weights joined."""
    encoded = Encoder(template, scale=LossScale.load(rules)).encode([sample])[0]
    weights = [1.0] * len(encoded) if encoded.weights is None else encoded.weights
    trained = [pair for pair in zip(encoded.labels, weights, strict=True) if pair[0] != IGNORE]
    runs = groupby(trained, key=lambda pair: pair[1])
    return [(template.tokenizer.decode([i for i, _ in run]), weight) for weight, run in runs]


def test_weights_in_a_conversation(template: Template, talk: Callable[..., Sample]) -> None:
    answer = "Thought: t\nAction: a\nObservation: o"
    sample = talk("q", answer)
    assert weighed(template, sample) == [
        ("Thought: t\n", 1.0),
        ("Action: a\nObservation:", 2.0),
        ("<|im_end|>", 1.0),
    ]
    plain = Encoder(template).encode([sample])[0]
    scaled = Encoder(template, scale=LossScale.load("DEFAULT")).encode([sample])[0]
    assert list(plain.input_ids) == list(scaled.input_ids)


def test_the_turn_before_an_answer_is_its_question(
    template: Template, talk: Callable[..., Sample]
) -> None:
    asked = "What is the tool you want to use?"
    sample = talk(asked, "x", "thanks", "y")
    found = weighed(template, sample, "agent-flan")
    assert found == [("x", 3.0), ("<|im_end|>y<|im_end|>", 1.0)]


@pytest.mark.shared
def test_calls_are_weighed_too(load: Callable[[str], Tokenizer]) -> None:
    template = Template.own(load("qwen2.5"))
    call = ToolCall("Action:", {})
    turns = (Message.of("user", "q"), Message("assistant", (), tool_calls=(call,)))
    found = weighed(template, Sample(SampleId("a", 1), turns))
    assert found == [
        ('<tool_call>\n{"name": "', 1.0),
        ('Action:", "arguments": {}}\n</tool_call>', 2.0),
        ("<|im_end|>", 1.0),
    ]
