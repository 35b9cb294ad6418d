"""The rows of the data benchmark: real conversations, repeated, each with a number of its own.

    python benchmarks/data_rows.py FOLDER_OF_DATASETS rows.jsonl --rows 100000

Writes {"messages": [...]} a line. The number stands in the first question, so that no two rows are
equal and no tool can profit from a cache of texts.
"""

import argparse
import json
import random
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

Turns = list[tuple[str, str]]
"""Questions and answers."""

ALPACA = (
    "llamafactory/alpaca_en_demo.json",
    "llamafactory/alpaca_zh_demo.json",
    "chatglm-et/oaast_sft_zh.json",
    "chatglm-et/lima.json",
    "medical/chatdoctor5k.json",
    "medical/huatuo_llama_data.json",
    "alpaca_zh_10000.json",
    "boolq/llm_adapters_boolq_test.json",
)
PAIRS = {
    "gsm8k/train.jsonl": ("question", "answer"),
    "dialogsum/dialogsum.dev.jsonl": ("dialogue", "summary"),
}


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON list or of a file with one object a line."""
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("["):
        return json.loads(text)
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def talks(folder: Path) -> Iterator[Turns]:
    """Every conversation of the folder that has a question and an answer in each turn."""
    for name in ALPACA:
        for row in read(folder / name):
            question = "\n".join(text for text in (row["instruction"], row["input"]) if text)
            yield [*map(tuple, row.get("history") or []), (question, row["output"])]
    for name, (question, answer) in PAIRS.items():
        for row in read(folder / name):
            yield [(row[question], row[answer])]
    for row in read(folder / "firefly/dummy_data.jsonl"):
        yield [(turn["human"], turn["assistant"]) for turn in row["conversation"]]
    for row in read(folder / "fastchat/dummy_conversation.json"):
        texts = [turn["value"] for turn in row["conversations"]]
        yield list(zip(texts[::2], texts[1::2], strict=False))


def write_rows(folder: Path, path: Path, count: int) -> int:
    """Write `count` rows in a fixed random order. Gives the number of different conversations."""
    real = [turns for turns in talks(folder) if turns and all(q and a for q, a in turns)]
    random.Random(0).shuffle(real)
    with path.open("w", encoding="utf-8") as file:
        for number, turns in enumerate(islice(cycle(real), count), 1):
            messages = []
            for question, answer in turns:
                messages.append({"role": "user", "content": question})
                messages.append({"role": "assistant", "content": answer})
            messages[0]["content"] = f"({number}) {messages[0]['content']}"
            file.write(json.dumps({"messages": messages}, ensure_ascii=False) + "\n")
    return len(real)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    print(write_rows(given.folder, given.out, given.rows), "different conversations")


if __name__ == "__main__":
    main()
