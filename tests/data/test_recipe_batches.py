"""Blocks lose nothing but the tail; batches of like lengths drop the longest and share the rest."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fixtures_train import make_sequences

from burnish.data.recipe_batches import cut_blocks, length_sorted_batches
from burnish.data.sample import Encoded, SampleId


@given(st.lists(st.integers(1, 30), max_size=20), st.integers(1, 25))
def test_blocks_are_the_stream_cut_at_their_length(lengths, context):
    samples = make_sequences(lengths)
    blocks = list(cut_blocks(iter(samples), context))
    assert len(blocks) == max(0, sum(lengths) - 1) // context
    assert all(len(block) == len(block.labels) == context for block in blocks)
    stream = list(chain(*(s.input_ids for s in samples)))
    labels = list(chain(*(s.labels for s in samples)))
    assert list(chain(*(b.input_ids for b in blocks))) == stream[: len(blocks) * context]
    assert list(chain(*(b.labels for b in blocks))) == labels[: len(blocks) * context]
    owners = list(chain(*([s.sample] * len(s) for s in samples)))
    assert [b.sample for b in blocks] == owners[: len(blocks) * context : context]


def test_a_last_block_that_is_just_full_is_dropped():
    """The buffer has to be longer than a block before one is cut from it."""
    assert [len(list(cut_blocks(make_sequences([n]), 10))) for n in (10, 11, 20, 21)] == [
        0,
        1,
        1,
        2,
    ]


def test_blocks_keep_weights_and_take_arrays():
    plain = Encoded(SampleId("f", 1), [1, 2, 3], [2, 3, 4])
    ids = np.array([4, 5, 6, 7], np.int32)
    weighted = Encoded(SampleId("f", 2), ids, ids + 1, np.array([0.5, 1, 2, 3], np.float32))
    one, two = cut_blocks([plain, weighted, plain], 4)
    assert one.input_ids == [1, 2, 3, 4] and one.weights == [1, 1, 1, 0.5]
    assert two.input_ids == [5, 6, 7, 1] and two.weights == [1, 2, 3, 1]
    assert next(iter(cut_blocks([plain, plain], 2))).weights is None
    assert all(isinstance(i, int) for i in two.input_ids)


def test_blocks_are_read_as_they_are_needed():
    def endless():
        while True:
            yield from make_sequences([7])

    blocks = cut_blocks(endless(), 5)
    assert [len(next(blocks)) for _ in range(4)] == [5] * 4


def test_a_block_of_no_length_is_an_error():
    with pytest.raises(ValueError, match="0 tokens"):
        next(cut_blocks(make_sequences([3]), 0))


def test_batches_are_of_like_lengths_and_drop_the_longest():
    lengths = [5, 3, 9, 3, 7, 1, 8]
    assert length_sorted_batches(lengths, 2, shuffle=False) == [[5, 1], [3, 0], [4, 6]]
    kept = length_sorted_batches(lengths, 2, shuffle=False, drop_last=False)
    assert kept == [[5, 1], [3, 0], [4, 6], [2]]
    assert length_sorted_batches(np.array(lengths), 2, shuffle=False)[0] == [5, 1]
    assert length_sorted_batches([], 2) == [] and length_sorted_batches([4], 2) == []


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(1, 5), st.integers(1, 4))
def test_ranks_share_the_batches_equally_and_no_sample_twice(lengths, batch_size, world):
    ranks = [
        length_sorted_batches(lengths, batch_size, seed=3, world=world, rank=rank)
        for rank in range(world)
    ]
    count = len(lengths) // batch_size
    assert {len(batches) for batches in ranks} == {count // world}
    seen = list(chain(*chain(*ranks)))
    assert len(seen) == len(set(seen)) == count // world * world * batch_size


def test_the_seed_decides_the_order_of_batches_and_nothing_else():
    lengths = list(range(40, 0, -1))
    one, two, again = (length_sorted_batches(lengths, 4, seed=s) for s in (1, 2, 1))
    assert one == again != two and sorted(one) == sorted(two)
