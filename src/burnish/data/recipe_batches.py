"""The two batching strategies of the Llama recipes: blocks cut from one long stream, and batches of
like lengths.

Both differ from burnish's own `--packing`: a block goes on across samples as if they were one text,
positions and attention included, and cuts samples where it ends.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from burnish.data.sample import Encoded, SampleId


def cut_blocks(samples: Iterable[Encoded], context_length: int) -> Iterator[Encoded]:
    """Blocks of exactly `context_length` tokens of all samples one after the other, read lazily.

    T tokens give (T - 1) // context_length blocks: a block is cut when more tokens than one block
    are there, and what is left in the end is dropped. A block carries the id of the sample that its
    first token comes from, and weights when one of its samples does. Labels are shifted already, so
    the last position of a block keeps its own.
    """
    if context_length < 1:
        raise ValueError(f"blocks of {context_length} tokens")
    held: list[tuple[Encoded, int]] = []  # samples, and how many tokens of each are used up
    waiting = 0
    for sample in samples:
        held.append((sample, 0))
        waiting += len(sample)
        while waiting > context_length:
            yield take(held, context_length)
            waiting -= context_length


def take(held: list[tuple[Encoded, int]], count: int) -> Encoded:
    """The first `count` tokens of what is held, which are used up by it."""
    pieces: list[tuple[Encoded, slice]] = []
    while count:
        sample, used = held[0]
        end = min(len(sample), used + count)
        if end > used:  # a sample may be empty, or end where the last block did
            pieces.append((sample, slice(used, end)))
        count -= end - used
        if end == len(sample):
            held.pop(0)
        else:
            held[0] = (sample, end)
    return join(pieces)


def join(pieces: Sequence[tuple[Encoded, slice]]) -> Encoded:
    """One sequence of pieces of others."""
    first: SampleId = pieces[0][0].sample
    ids: list[int] = []
    labels: list[int] = []
    weights: list[float] = []
    for sample, part in pieces:
        ids.extend(map(int, sample.input_ids[part]))
        labels.extend(map(int, sample.labels[part]))
        given = sample.weights
        size = part.stop - part.start
        weights.extend([1.0] * size if given is None else map(float, given[part]))
    weighted = any(sample.weights is not None for sample, _ in pieces)
    return Encoded(first, ids, labels, weights if weighted else None)


def length_sorted_batches(
    lengths: Sequence[int] | npt.NDArray[np.integer],
    batch_size: int,
    *,
    drop_last: bool = True,
    shuffle: bool = True,
    seed: int = 0,
    world: int = 1,
    rank: int = 0,
) -> list[list[int]]:
    """Batches of indices of like lengths, the ones of this rank.

    From the shortest to the longest, equal ones in their own order; where the last batch would not
    be full, `drop_last` drops what is left: the longest. The order of the batches is shuffled, the
    same on every rank; each rank takes every `world`-th, all of them equally many.
    """
    order = np.argsort(np.asarray(lengths), kind="stable").tolist()
    if drop_last:
        order = order[: len(order) // batch_size * batch_size]
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    if shuffle:
        random.Random(seed).shuffle(batches)
    return batches[rank : len(batches) // world * world : world]
