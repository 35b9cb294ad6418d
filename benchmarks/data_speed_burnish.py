"""burnish's own preparation of SFT data, for data_speed.py.

--profile also says how long the tokenizer's batch encoder and the template took; --first goes on to
the first batch, as a run does; the cache of an earlier call is used where it is still there.
"""

import argparse
import json
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

from burnish.commands.base import load
from burnish.config.resolve import resolve
from burnish.data.loader import Deal, TrainLoader
from burnish.data.prepare import prepare
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

IGNORE = -100


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("rows", "tokenizer", "sample", "out", "work"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--procs", type=int)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--first", action="store_true")
    return parser.parse_args()


def timed(owner: type, name: str, seconds: dict[str, float]) -> None:
    """Add up the time spent in a method."""
    method: Callable[..., Any] = getattr(owner, name)
    label = f"{owner.__name__}.{name}"
    seconds[label] = 0.0

    def wrapped(*args: Any, **options: Any) -> Any:
        begin = time.perf_counter()
        try:
            return method(*args, **options)
        finally:
            seconds[label] += time.perf_counter() - begin

    setattr(owner, name, wrapped)


def main() -> None:
    given = arguments()
    seconds: dict[str, float] = {}
    shares: dict[str, float] = {}
    if given.profile:
        timed(Tokenizer, "encode_batch", shares)
        timed(Template, "render", shares)
    values = {
        "model_id_or_path": given.tokenizer,
        "dataset": [given.rows],
        "dataset_test_ratio": 0.0,
        "max_length": -1,
        "preprocess_num_proc": given.procs,
    }
    config = resolve(load("sft"), values)
    tokenizer = Tokenizer.load(given.tokenizer)
    template = Template.resolve("AUTO", tokenizer, None, command="sft")
    begin = time.perf_counter()
    prepared = prepare(config, tokenizer, template)
    seconds["prepare"] = time.perf_counter() - begin
    if given.first:
        TrainLoader(prepared.train, Deal(8, 1), 42, tokenizer.pad_id).take(1)
        seconds["first"] = time.perf_counter() - begin
    with open(given.sample) as file:
        wanted = set(json.load(file))
    samples: dict[int, Any] = {}
    rows = prepared.train.column("row") - 1
    for k in np.flatnonzero(np.isin(rows, list(wanted))):
        one, row = prepared.train[k], int(rows[k])
        ids = [int(token) for token in one.input_ids]
        labels = [IGNORE, *(int(label) for label in one.labels[:-1])]
        samples[row] = [ids, labels] if row not in samples else "unrolled"
    about = {
        "version": version("burnish"),
        "rows": len(set(rows.tolist())),
        "seconds": seconds,
        "shares": shares,
        "tokens": int(prepared.train.lengths.sum()),
        "samples": samples,
    }
    with open(given.out, "w") as file:
        json.dump(about, file)


if __name__ == "__main__":
    main()
