"""Pieces of text: whole characters only, and joined they are the text."""

import pytest
from tests.tiny import write_byte_tokenizer

from burnish.data.tokenizer import Tokenizer
from burnish.infer.pieces import BROKEN, TextPieces

TEXT = " Hello  world,\n\t你好 😀👩‍👩‍👧 naïve café 123 \n"


def pieces_of(tokenizer: Tokenizer, ids: list[int]) -> list[str]:
    pieces = TextPieces(lambda some: tokenizer.decode(some, skip_special=True))
    return [*map(pieces.push, ids), pieces.flush()]


def test_no_half_characters(tmp_path):
    write_byte_tokenizer(tmp_path)
    tokenizer = Tokenizer.load(tmp_path)
    pieces = pieces_of(tokenizer, tokenizer.encode(TEXT))
    assert "".join(pieces) == TEXT
    assert not any(BROKEN in piece for piece in pieces)
    assert "😀" in pieces, "four bytes come out as one"


def test_special_tokens_are_left_out(tmp_path):
    write_byte_tokenizer(tmp_path)
    tokenizer = Tokenizer.load(tmp_path)
    ids = tokenizer.encode("a<|im_start|>b<|im_end|>c")
    assert "".join(pieces_of(tokenizer, ids)) == "abc"


def test_an_unfinished_character_is_shown_at_the_end(tmp_path):
    write_byte_tokenizer(tmp_path)
    tokenizer = Tokenizer.load(tmp_path)
    assert "".join(pieces_of(tokenizer, tokenizer.encode("a😀")[:-1])) == "a" + BROKEN


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["llama-2", "qwen2.5", "gemma-2", "baichuan2", "chatglm3", "internlm2", "smollm2"]
)
def test_real_tokenizers(shared, name):
    tokenizer = Tokenizer.load(shared / "data" / "tokenizers" / name)
    ids = tokenizer.encode(TEXT)
    pieces = pieces_of(tokenizer, ids)
    assert "".join(pieces) == tokenizer.decode(ids, skip_special=True)
    assert not any(BROKEN in piece for piece in pieces)
