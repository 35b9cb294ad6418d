"""The loss of fine-tuning against a hand-written sum in float64, and what the log counts."""

import pytest
import torch
from tests.fixtures_train import make_config, make_model, make_sequences

from burnish.data.collate import collate
from burnish.data.sample import Encoded, SampleId
from burnish.nn.scorer import Scorer
from burnish.objectives.base import count_units, sum_by_row
from burnish.objectives.sft import OBJECTIVE, accuracy, loss
from burnish.train.policy import LivePolicy


@pytest.fixture(scope="module")
def model():
    return make_model("llama").eval()


@pytest.fixture(scope="module")
def policy(model):
    return LivePolicy(Scorer(model))


def by_hand(model, sequences):
    """Loss of each sequence: one at a time, in float64."""
    found = []
    for s in sequences:
        logits = model(input_ids=torch.tensor([s.input_ids])).logits[0].double()
        total = 0.0
        weights = s.weights or [1.0] * len(s)
        for place, label in enumerate(s.labels):
            if label >= 0:
                row = logits[place]
                total -= weights[place] * (row[label] - row.exp().sum().log()).item()
        found.append(total)
    return found


def weighted(sequence, seed):
    draw = torch.Generator().manual_seed(seed)
    weights = (torch.rand(len(sequence), generator=draw) * 2).tolist()
    return Encoded(sequence.sample, sequence.input_ids, sequence.labels, weights)


@pytest.mark.parametrize("strategy", ["token", "sentence"])
@pytest.mark.parametrize("with_weights", [False, True])
def test_the_loss_is_the_formula(model, policy, strategy, with_weights):
    sequences = make_sequences([9, 4, 12, 6])
    if with_weights:
        sequences = [weighted(s, i) if i % 2 else s for i, s in enumerate(sequences)]
    expected = by_hand(model, sequences)
    outcome = loss(policy, collate(sequences), make_config(acc_strategy=strategy))
    assert outcome.terms.keys() == {"token"}
    assert outcome.terms["token"].item() == pytest.approx(sum(expected), rel=1e-5)
    assert outcome.row_loss.tolist() == pytest.approx(expected, rel=1e-5)
    assert not outcome.row_loss.requires_grad and outcome.terms["token"].requires_grad


def test_the_flag_says_what_accuracy_counts(policy):
    sequences = make_sequences([9, 4, 12, 6])
    tokens = sum(label >= 0 for s in sequences for label in s.labels)
    for flags, count in (({}, tokens), ({"acc_strategy": "sentence"}, 4)):
        outcome = loss(policy, collate(sequences), make_config(**flags))
        assert outcome.metrics["acc"][1] == count


def test_a_weight_changes_the_pull_and_not_the_divisor():
    sequences = make_sequences([9, 4])
    batches = [collate(sequences), collate([weighted(s, 0) for s in sequences])]
    assert count_units(batches[:1]) == count_units(batches[1:]) == {"token": 7}
    assert count_units(batches) == {"token": 14}
    assert count_units([collate([])]) == {"token": 0} == count_units([])


def test_a_filler_gives_zero(policy):
    outcome = loss(policy, collate([]), make_config())
    assert outcome.terms["token"].item() == 0 and outcome.row_loss.tolist() == [0]
    value, count = outcome.metrics["acc"]
    assert value.item() == 0 and count == 0


class Fixed:
    """Scores with these hits."""

    def __init__(self, hits):
        self.hits = torch.tensor(hits, dtype=torch.bool)
        self.logps = torch.zeros(len(hits))


def sequence(row, labels):
    return Encoded(SampleId("x", row), [1] * len(labels), labels)


def test_accuracy_counts_tokens_or_sequences():
    batch = collate(
        [sequence(1, [5, 6, -100]), sequence(2, [-100, 7, 8]), sequence(3, [9, -100, -100])]
    )
    scores = Fixed([True, True, True, False, True])
    assert accuracy(scores, batch, "token") == (4, 5.0)
    assert accuracy(scores, batch, "sentence") == (2, 3.0)
    nothing = collate([sequence(1, [5, 6, -100]), sequence(2, [-100, -100, -100])])
    assert accuracy(Fixed([True, True]), nothing, "sentence")[0] == 1, "of one there is nothing"


def test_sums_fall_to_their_sequence():
    batch = collate([sequence(1, [5, -100]), sequence(2, [-100, -100]), sequence(3, [6, 7])])
    assert sum_by_row(torch.tensor([1.0, 2.0, 4.0]), batch).tolist() == [1, 0, 6]


def test_the_registry_holds_it():
    from burnish.core.registry import OBJECTIVES

    assert OBJECTIVES.find("sft") is OBJECTIVE and OBJECTIVE.view == "text"
