"""Take the first 250 rows that fit from an alpaca file: 200 to train, 50 held out.

python split.py ALPACA.json MODEL_FOLDER OUT_FOLDER [MAX_LENGTH]
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer

TRAIN, HELD_OUT = 200, 50
AROUND = 48  # tokens that the chat template adds to a row


def main(source: str, model: str, out: str, max_length: str = "256") -> None:
    """Write OUT_FOLDER/train.json and OUT_FOLDER/heldout.json."""
    tokenizer = Tokenizer.from_file(str(Path(model) / "tokenizer.json"))
    kept = []
    for row in json.loads(Path(source).read_text(encoding="utf-8")):
        text = "\n".join((row["instruction"], row.get("input", ""), row["output"]))
        if len(tokenizer.encode(text).ids) + AROUND <= int(max_length):
            kept.append(row)
    if len(kept) < TRAIN + HELD_OUT:
        sys.exit(f"error: {source} has only {len(kept)} rows of at most {max_length} tokens")
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("train", kept[:TRAIN]), ("heldout", kept[TRAIN : TRAIN + HELD_OUT])):
        text = json.dumps(rows, indent=1, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
        print(f"{folder / name}.json: {len(rows)} rows")


if __name__ == "__main__":
    main(*sys.argv[1:])
