"""Sequences to a padded batch."""

import torch
from tests.fixtures_train import make_sequences

from burnish.data.collate import collate
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
