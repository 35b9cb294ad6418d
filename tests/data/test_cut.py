"""Where a text may be cut: never where a token reaches over the border."""

from collections.abc import Callable
from pathlib import Path

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from burnish.data.cut import MOST_KNOWN, Cutter, overlaps
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer


def with_token(folder: Path, token: tokenizers.AddedToken) -> Tokenizer:
    """The byte tokenizer with <|im_start|> as this token."""
    import json

    path = folder / "tokenizer.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    (own,) = [t for t in content["added_tokens"] if t["content"] == "<|im_start|>"]
    own |= {
        name: getattr(token, name) for name in ("lstrip", "rstrip", "single_word", "normalized")
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return Tokenizer.load(folder)


def markers(tokenizer: Tokenizer) -> tuple[str, ...]:
    return Cutter(Template.own(tokenizer)).markers


def test_markers_of_chatml(template: Template) -> None:
    assert set(Cutter(template).markers) == {"<|im_start|>", "<|im_end|>"}


@pytest.mark.parametrize("trait", ["lstrip", "single_word", "normalized"])
def test_a_token_that_looks_to_its_left_is_no_marker(folder: Path, trait: str) -> None:
    token = tokenizers.AddedToken("<|im_start|>", **{"normalized": False, trait: True})
    assert markers(with_token(folder, token)) == ("<|im_end|>",)


def test_a_token_that_takes_what_follows_is_one(folder: Path) -> None:
    token = tokenizers.AddedToken("<|im_start|>", normalized=False, rstrip=True)
    assert "<|im_start|>" in markers(with_token(folder, token))


def test_a_token_that_another_reaches_into_is_no_marker(folder: Path) -> None:
    backend = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    backend.add_special_tokens([tokenizers.AddedToken("\n<|im_", normalized=False)])
    backend.save(str(folder / "tokenizer.json"))
    assert markers(Tokenizer.load(folder)) == ("\n<|im_",)


@pytest.mark.parametrize(
    ("other", "marker", "expected"),
    [
        ("\n<s>", "<s>", True),
        ("x<", "<s>", True),
        ("aa", "aa", True),
        ("<s>", "<s>", False),
        ("<s>more", "<s>", False),
        ("</s>", "<s>", False),
        ("a<s>b", "<s>", True),
    ],
)
def test_overlaps(other: str, marker: str, expected: bool) -> None:
    assert overlaps(other, marker) is expected


@given(st.text("<s>a", min_size=1, max_size=4), st.text("<s>a", min_size=1, max_size=4))
def test_overlaps_is_what_its_name_says(other: str, marker: str) -> None:
    """Laid over one another at every distance."""
    expected = False
    for k in range(1, len(other)):
        length = min(len(other) - k, len(marker))
        expected |= other[k : k + length] == marker[:length]
    assert overlaps(other, marker) is expected


def test_a_template_without_markers_is_never_cut(tokenizer: Tokenizer) -> None:
    jinja = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    cutter = Cutter(Template(tokenizer, jinja, name="own"))
    assert cutter.markers == ()
    assert cutter.before("user: <|im_end|>") is None


def test_places(template: Template) -> None:
    cutter = Cutter(template)
    text = "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"
    assert cutter.before(text) == text.rindex("<|im_start|>")
    assert cutter.before("none") is None
    assert cutter.begins(text, 0) and cutter.begins(text, len(text))
    assert not cutter.begins(text, 1)
    assert cutter.turn(text, text.rindex("<|im_start|>")) == 0


def test_what_is_known_is_bounded(template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    cutter, encode = Cutter(template), template.tokenizer.encode
    asked: list[str] = []
    monkeypatch.setattr(template.tokenizer, "encode", lambda t: asked.append(t) or encode(t))
    assert cutter.known("ab") == cutter.known("ab") == encode("ab")
    assert asked == ["ab"]
    assert cutter.known("x" * 5000) is None
    for k in range(MOST_KNOWN + 5):
        cutter.known(str(k))
    assert cutter.known("one more") is None and cutter.known("ab") is not None


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [("qwen3", True), ("llama-3.1", True), ("gemma-2", True), ("phi-3", None), ("smollm2", True)],
)
def test_markers_of_real_templates(
    load: Callable[[str], Tokenizer], name: str, expected: bool | None
) -> None:
    """phi-3's markers take white space in, so what they are is left to the tokenizer."""
    found = markers(load(name))
    if expected is not None:
        assert bool(found) is expected
