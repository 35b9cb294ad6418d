"""A tokenizer of bytes with a ChatML template, and what makes samples of a line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from burnish.data.sample import Message, Sample, SampleId
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder with tokenizer files only."""
    from tests.tiny import write_byte_tokenizer

    place = tmp_path / "model"
    place.mkdir()
    write_byte_tokenizer(place)
    return place


@pytest.fixture
def tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.load(folder)


@pytest.fixture
def template(tokenizer: Tokenizer) -> Template:
    return Template.own(tokenizer)


@pytest.fixture
def talk() -> Callable[..., Sample]:
    """talk("question", "answer", ...) -> a Sample of alternating turns."""

    def make(*texts: str, row: int = 1, **options: object) -> Sample:
        roles = ("user", "assistant")
        turns = tuple(Message.of(roles[k % 2], text) for k, text in enumerate(texts))
        return Sample(SampleId("talk.jsonl", row), turns, **options)

    return make


@pytest.fixture
def load(shared: Path) -> Callable[[str], Tokenizer]:
    """load("qwen3") -> one of the real tokenizers."""
    return lambda name: Tokenizer.load(shared / "data" / "tokenizers" / name)
