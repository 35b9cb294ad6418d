"""burnish's own preparation of SFT data, for data_speed.py.

--profile also says how many core seconds each part took, the tokenizer in one thread; --first goes
on to the first batch, as a run does. The cache of an earlier call is used where it is still there.
"""

import argparse
import importlib
import json
import os
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

from burnish.commands.base import load
from burnish.config.resolve import resolve
from burnish.data.loader import Deal, TrainLoader
from burnish.data.pipeline import Job
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


def timed(function: Callable[..., Any], name: str, seconds: dict[str, float]) -> Any:
    """The function, adding up the core seconds of the thread that calls it."""

    def wrapped(*args: Any, **options: Any) -> Any:
        begin = time.thread_time()
        try:
            return function(*args, **options)
        finally:
            seconds[name] = seconds.get(name, 0.0) + time.thread_time() - begin

    return wrapped


class Encoder:
    """The tokenizer's backend, its batch encoders timed."""

    def __init__(self, backend: Any, seconds: dict[str, float]) -> None:
        self._backend = backend
        for name in ("encode_batch", "encode_batch_fast"):
            setattr(self, name, timed(getattr(backend, name), "encoder", seconds))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


def main() -> None:
    given = arguments()
    seconds: dict[str, float] = {}
    shares: dict[str, float] = {}
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
    if given.profile:
        os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its work is done in the thread that asks
        tokenizer._backend = Encoder(tokenizer._backend, shares)
        for name in ("encode_batch", "encode_with_offsets"):
            setattr(Tokenizer, name, timed(getattr(Tokenizer, name), "tokenizer", shares))
        Template.render = timed(Template.render, "template", shares)
        Job.samples = timed(Job.samples, "rows", shares)
        Job.begin = timed(Job.begin, "begin", shares)
        Job.finish = timed(Job.finish, "finish", shares)
    if given.first:
        importlib.import_module("torch")  # a run has it by then
    begin, cores = time.perf_counter(), time.process_time()
    prepared = prepare(config, tokenizer, template)
    seconds["prepare"] = time.perf_counter() - begin
    shares["all"] = time.process_time() - cores
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
