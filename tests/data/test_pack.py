"""Packing: every sequence once, rows within capacity, and next to nothing left empty."""

import gzip
import json
import time
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from burnish.data import pack as module
from burnish.data.pack import best_fit, by_sums, fill, pack

SETS = st.integers(1, 300).flatmap(
    lambda capacity: st.tuples(st.just(capacity), st.lists(st.integers(1, capacity), max_size=120))
)


def check(rows, sizes, capacity):
    assert sorted(chain(*rows)) == list(range(len(sizes)))
    assert all(row and sum(sizes[i] for i in row) <= capacity for row in rows)


@settings(max_examples=150, deadline=None)
@given(SETS)
def test_every_index_is_in_one_row_and_no_row_is_too_full(case):
    capacity, sizes = case
    for way in (best_fit, by_sums):
        check(way(np.array(sizes, dtype=np.int64), capacity), sizes, capacity)
    rows = pack(sizes, capacity)
    check(rows, sizes, capacity)
    assert rows == pack(np.array(sizes, dtype=np.int32), capacity), "the same every time"
    assert len(rows) <= 2 * -(-sum(sizes) // capacity)


def test_few_candidates_still_give_whole_rows(monkeypatch):
    monkeypatch.setattr(module, "CANDIDATES", 3)
    sizes = [i % 37 + 20 for i in range(400)]
    check(by_sums(np.array(sizes), 200), sizes, 200)


def test_sums_are_found_where_nothing_fits_the_gaps():
    """Best fit leaves a gap in every row here: 60 + 30 of 100, 40 + 40, ..."""
    sizes = [60] * 50 + [40] * 100 + [30] * 20 + [20] * 20
    assert fill(sizes, len(pack(sizes, 100)), 100) == 1
    draw = np.random.default_rng(0).integers(100, 300, 5000)
    needed = -(-draw.sum() // 2048)
    assert len(best_fit(draw, 2048)) > needed + 1 >= len(pack(draw, 2048))


@pytest.mark.parametrize("sizes", [[5, 11], [0, 4]])
def test_a_length_that_fits_nowhere_is_an_error(sizes):
    with pytest.raises(ValueError, match="rows of 10"):
        pack(sizes, 10)


def test_nothing_to_pack():
    assert pack([], 10) == [] and fill([], 0, 10) == 0


def test_a_million_lengths_take_seconds():
    draw = np.random.default_rng(0).lognormal(5, 1, 1_000_000).astype(int).clip(1, 2048)
    start = time.perf_counter()
    rows = pack(draw, 2048)
    assert time.perf_counter() - start < 20  # about 2; other work shares the machine
    assert fill(draw, len(rows), 2048) > 0.999


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def texts(file):
    """The strings of each row of a JSON file, a JSON lines file, or each line of a text."""
    raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    text = raw.decode("utf-8", errors="replace")
    try:
        rows = json.loads(text)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        try:
            rows = [json.loads(line) for line in lines]
        except ValueError:
            rows = lines
    return ["\n".join(strings(row)) for row in rows] if isinstance(rows, list) else [text]


SUFFIXES = (".json", ".jsonl", ".gz", ".tsv", ".csv", ".txt")


@pytest.mark.shared
@pytest.mark.slow
def test_every_real_set_packs_into_a_row_more_than_it_needs(shared):
    tokenizer = Tokenizer.from_file(str(shared / "data/tokenizers/qwen2.5/tokenizer.json"))
    tried = 0
    for file in sorted((shared / "data" / "datasets").rglob("*")):
        if not file.name.endswith(SUFFIXES):
            continue
        found = tokenizer.encode_batch(texts(file), add_special_tokens=False)
        sizes = [min(2048, len(entry.ids) + 12) for entry in found]  # 12: what a template adds
        rows, tried = pack(sizes, 2048), tried + 1
        alone = sum(size > 1024 for size in sizes)  # no two of these share a row
        assert len(rows) <= max(-(-sum(sizes) // 2048) + 1, alone + 1), file
        if len(rows) >= 100:
            assert fill(sizes, len(rows), 2048) > 0.97, file
    assert tried > 50
