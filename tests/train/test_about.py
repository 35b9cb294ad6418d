"""The fingerprint of the data, and which checkpoint is the best."""

from dataclasses import replace
from pathlib import Path

from tests.fixtures_train import make_sequences

from burnish.train.about import Best, fingerprint


def test_the_fingerprint_sees_every_id_label_and_the_order():
    sequences = make_sequences([5, 9, 3])
    whole = fingerprint(sequences, seed=1, total_batch_size=4)
    assert whole["sequences"] == 3 and whole["seed"] == 1 and whole["total_batch_size"] == 4
    assert fingerprint(make_sequences([5, 9, 3]), seed=1, total_batch_size=4) == whole
    changed = replace(sequences[1], input_ids=[*sequences[1].input_ids[:-1], 50])
    masked = replace(sequences[1], labels=[-100] * 9)
    others = [sequences[:2], sequences[::-1], [sequences[0], changed, sequences[2]]]
    others.append([sequences[0], masked, sequences[2]])
    hashes = {fingerprint(other)["sha256"] for other in others}
    assert len(hashes) == 4 and whole["sha256"] not in hashes


def test_the_border_between_sequences_counts():
    first = make_sequences([6])[0]
    halves = [
        replace(first, input_ids=first.input_ids[:3], labels=first.labels[:3]),
        replace(first, input_ids=first.input_ids[3:], labels=first.labels[3:]),
    ]
    assert fingerprint([first])["sequences"] != fingerprint(halves)["sequences"]


def test_the_best_is_the_lowest_loss_of_an_evaluated_checkpoint():
    best = Best()
    assert not best.saved(1, Path("c-1")), "never evaluated"
    best.evaluated(2, 3.0)
    assert best.saved(2, Path("c-2")) and best.path == "c-2"
    best.evaluated(4, 3.5)
    assert not best.saved(4, Path("c-4")) and best.step == 2
    best.evaluated(5, 1.0)
    assert not best.saved(6, Path("c-6")), "its own weights were not evaluated"
    best.evaluated(8, 2.0)
    assert best.saved(8, Path("c-8"))
    assert (best.metric, best.step, best.path) == (2.0, 8, "c-8")


def test_an_equal_loss_keeps_the_earlier():
    best = Best()
    for step in (1, 2):
        best.evaluated(step, 3.0)
        best.saved(step, Path(f"c-{step}"))
    assert best.step == 1


def test_a_loss_that_is_no_number_is_never_the_best():
    best = Best()
    best.evaluated(1, float("nan"))
    assert not best.saved(1, Path("c-1"))
    best.evaluated(2, 4.0)
    assert best.saved(2, Path("c-2")) and best.step == 2
