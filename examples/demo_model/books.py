"""Books as training text: read from a path or URL, cleaned a little, cut into rows that fit."""

import gzip
import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer

PLAIN = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2014": "--"})


def read_texts(source: str) -> Iterator[str]:
    """The texts of a .jsonl (column `text`) or .txt file, gzipped or not, by path or URL."""
    if source.startswith(("http://", "https://")):
        with urllib.request.urlopen(source) as answer:
            raw = answer.read()
    else:
        raw = Path(source).read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    content = raw.decode("utf-8")
    if source.removesuffix(".gz").endswith(".jsonl"):
        yield from (json.loads(line)["text"] for line in content.splitlines() if line.strip())
    else:
        yield content


def clean(text: str) -> str:
    """The text with plain quotes, without the underscores of italics and notes on illustrations."""
    text = text.translate(PLAIN).replace("_", "")
    return re.sub(r"\[Illustration[^\]]*\]", "", text).strip()


def cut(text: str, tokenizer: Tokenizer, limit: int) -> Iterator[str]:
    """Pieces of at most `limit` tokens, broken between sentences."""
    piece, size = "", 0
    sentences = re.split(r"(?<=[.!?\n])(?=\s)", text)
    for sentence, encoding in zip(sentences, tokenizer.encode_batch(sentences), strict=True):
        length = len(encoding.ids)
        if size + length > limit and piece:
            yield piece.strip()
            piece, size = "", 0
        if length <= limit:  # a sentence longer than a row is rare, and left out
            piece, size = piece + sentence, size + length
    if piece.strip():
        yield piece.strip()


def write_rows(texts: list[str], tokenizer: Tokenizer, limit: int, path: Path) -> int:
    """Write the pieces of the texts as jsonl rows with the column `text`; returns their number."""
    rows = list(cut("\n\n".join(texts), tokenizer, limit))  # texts of one book follow each other
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({"text": row}, ensure_ascii=False) + "\n")
    return len(rows)
