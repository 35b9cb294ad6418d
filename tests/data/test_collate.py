"""Sequences to a batch: padded, packed and flat."""

import numpy as np
import pytest
import torch
from tests.fixtures_train import make_sequences

from burnish.data.collate import batch_of, collate, collate_packed
from burnish.data.sample import IGNORE, Encoded, SampleId

A = Encoded(SampleId("a.jsonl", 1), [5, 6, 7], [IGNORE, 7, IGNORE])
B = Encoded(SampleId("b.jsonl", 9), [8, 9, 10, 11], [9, IGNORE, 11, IGNORE], [0.5, 1.0, 2.0, 0.0])


def test_rows_are_padded_on_the_right():
    batch = collate([A, B], pad_id=3)
    assert batch.input_ids.tolist() == [[5, 6, 7, 3], [8, 9, 10, 11]]
    assert batch.labels.tolist() == [
        [IGNORE, 7, IGNORE, IGNORE],
        [9, IGNORE, 11, IGNORE],
    ]
    assert batch.input_ids.dtype == batch.labels.dtype == torch.int64
    assert batch.ids == (A.sample, B.sample)
    assert batch.tokens == 7, "padding does not count"


def test_targets_point_at_labels_and_rows_at_their_sequence():
    batch = collate([A, B])
    assert batch.targets.tolist() == [1, 4, 6]
    assert batch.rows.tolist() == [0, 1, 1]
    assert batch.labels.flatten()[batch.targets].tolist() == [7, 9, 11]


def test_weights_are_one_where_a_sequence_has_none():
    batch = collate([A, B])
    assert batch.weights is not None
    assert batch.weights.tolist() == [[1, 1, 1, 1], [0.5, 1.0, 2.0, 0.0]]
    assert collate([A]).weights is None


def test_nothing_gives_a_filler():
    batch = collate([], pad_id=4)
    assert batch.input_ids.tolist() == [[4]] and batch.labels.tolist() == [[IGNORE]]
    assert batch.targets.tolist() == batch.rows.tolist() == [] and batch.ids == ()
    assert batch.tokens == 0


def test_every_label_of_every_sequence_is_a_target():
    sequences = make_sequences([5, 1, 9, 2, 7])
    batch = collate(sequences)
    assert len(batch.targets) == sum(s.trained_tokens for s in sequences)
    for row, sequence in enumerate(sequences):
        found = batch.labels.flatten()[batch.targets[batch.rows == row]].tolist()
        assert found == [label for label in sequence.labels if label != IGNORE]


def test_a_batch_moves_whole():
    batch = collate([A, B]).to("meta")
    tensors = (batch.input_ids, batch.labels, batch.weights, batch.targets, batch.rows)
    assert {t.device.type for t in tensors if t is not None} == {"meta"}
    assert batch.positions is None and batch.ids == (A.sample, B.sample)


def test_packed_rows_restart_their_positions_and_padding_stands_alone():
    batch = collate_packed([[A, B], [B]], pad_id=3)
    assert batch.input_ids.tolist() == [[5, 6, 7, 8, 9, 10, 11], [8, 9, 10, 11, 3, 3, 3]]
    assert batch.positions.tolist() == [[0, 1, 2, 0, 1, 2, 3], [0, 1, 2, 3, 0, 1, 2]]
    assert batch.bounds.tolist() == [0, 3, 7, 11, 14] and batch.bounds.dtype == torch.int32
    assert batch.longest == 4 and batch.tokens == 11
    assert batch.ids == (A.sample, B.sample, B.sample)
    assert batch.targets.tolist() == [1, 3, 5, 7, 9]
    assert batch.rows.tolist() == [0, 1, 1, 2, 2]
    assert batch.weights.tolist() == [[1, 1, 1, 0.5, 1, 2, 0], [0.5, 1, 2, 0, 1, 1, 1]]


def test_flat_has_no_padding():
    batch = batch_of([[A, B], [B]], flat=True)
    assert batch.input_ids.tolist() == [[5, 6, 7, 8, 9, 10, 11, 8, 9, 10, 11]]
    assert batch.bounds.tolist() == [0, 3, 7, 11] and batch.longest == 4
    assert batch.positions.tolist() == [[0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3]]


def test_rows_of_one_sequence_are_a_plain_batch():
    batch, plain = batch_of([[A], [B]], pad_id=3), collate([A, B], pad_id=3)
    assert batch.positions is batch.bounds is None and batch.longest == 0
    assert torch.equal(batch.input_ids, plain.input_ids)
    assert batch_of([[A, B], [B]]).input_ids.shape == (2, 7)


@pytest.mark.parametrize("flat", [False, True])
def test_no_rows_give_a_filler(flat):
    assert batch_of([], 4, flat).input_ids.tolist() == [[4]]
    assert collate_packed([]).bounds.tolist() == [0, 1]


@pytest.mark.parametrize("flat", [False, True])
def test_arrays_do_as_well_as_lists(flat):
    """Sequences read from disk are read-only int32 arrays."""

    def array(sequence):
        ids, labels = (np.array(x, np.int32) for x in (sequence.input_ids, sequence.labels))
        ids.flags.writeable = labels.flags.writeable = False
        weights = None if sequence.weights is None else np.array(sequence.weights, np.float32)
        return Encoded(sequence.sample, ids, labels, weights)

    found = batch_of([[array(A), array(B)], [array(B)]], flat=flat)
    expected = batch_of([[A, B], [B]], flat=flat)
    for name in ("input_ids", "labels", "weights", "targets", "rows", "positions", "bounds"):
        assert torch.equal(getattr(found, name), getattr(expected, name)), name
        assert getattr(found, name).dtype == getattr(expected, name).dtype
