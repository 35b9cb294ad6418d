"""Scores and gradients equal those of a plain transformers forward pass, for every kind of head."""

import pytest
import torch
from tests.fixtures_train import (
    assert_same_gradients,
    gradients,
    make_model,
    make_sequences,
    namespace,
)
from torch import nn
from torch.nn.functional import cross_entropy

from burnish.data.collate import collate
from burnish.nn.kernels import logps
from burnish.nn.scorer import Scorer, scaling


@pytest.fixture
def batch():
    return collate(make_sequences([11, 7, 3]))


def plain(model, batch):
    """Cross-entropy summed over the labels, from the model's own logits, with an attention mask."""
    lengths = torch.tensor([11, 7, 3])
    mask = (torch.arange(11) < lengths[:, None]).long()
    logits = model(input_ids=batch.input_ids, attention_mask=mask).logits
    return cross_entropy(logits.flatten(0, 1), batch.labels.flatten(), reduction="sum")


CASES = [
    ("llama", False),
    ("llama", True),
    ("qwen2", False),
    ("qwen2", True),
    ("gemma2", True),
    ("gemma2", False),
    ("cohere", True),
    ("granite", False),
    ("mixtral", False),
]


@pytest.mark.parametrize("frozen_head", [False, True])
@pytest.mark.parametrize(("family", "tied"), CASES)
def test_loss_and_gradients_are_those_of_transformers(family, tied, frozen_head, batch):
    model = make_model(family, tied=tied).train()
    if frozen_head:
        model.get_output_embeddings().weight.requires_grad_(False)
    expected = plain(model, batch)
    expected.backward()
    slopes = gradients(model)
    model.zero_grad()
    scorer = Scorer(model)
    assert not scorer.whole
    found = -scorer(batch).logps.sum()
    found.backward()
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    assert_same_gradients(gradients(model), slopes)


def test_the_fast_head_is_taken_where_it_fits(batch, monkeypatch):
    """So that the comparison above is known to have tried both ways."""
    used = []
    monkeypatch.setattr(
        logps.LinearHead,
        "apply",
        lambda *a, real=logps.LinearHead.apply: (used.append(1), real(*a))[1],
    )
    model = make_model("llama")
    scorer = Scorer(model)
    for trained in (True, False):
        model.lm_head.weight.requires_grad_(trained)
        scorer(batch)
        assert used
        used.clear()
    model.lm_head.register_forward_hook(lambda module, inputs, output: output)
    scorer(batch)
    assert not used, "a head with a hook is called as a module"


def test_chunks_do_not_change_the_scores(batch, monkeypatch):
    scorer = Scorer(make_model("llama", tied=True))
    whole = scorer(batch)
    monkeypatch.setattr(logps, "chunk_size", lambda vocabulary: 4)
    parts = scorer(batch)
    torch.testing.assert_close(parts.logps, whole.logps)
    assert parts.hits.tolist() == whole.hits.tolist()


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("frozen_head", [False, True])
def test_a_filler_gives_zero_gradients(whole, frozen_head):
    model = make_model("llama", tied=True)
    if frozen_head:
        model.lm_head.weight.requires_grad_(False)
    scorer = Scorer(model)
    scorer.whole = whole
    scores = scorer(collate([]))
    assert scores.logps.shape == (0,) and scores.hits.shape == (0,)
    scores.logps.sum().backward()
    found = gradients(model)
    assert found, "a rank with a filler has gradients to exchange, all of them 0"
    assert all(not g.any() for g in found.values())


class OwnScale(nn.Module):
    """A head that does what no name in the config tells."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.config = inner, inner.config

    @property
    def base_model(self):
        return self.inner.model

    def get_output_embeddings(self):
        return self.inner.lm_head

    def forward(self, **given):
        return namespace(logits=self.inner(**given).logits.square() / 3)


def test_a_model_with_a_scaling_of_its_own_is_called_whole(batch):
    model = OwnScale(make_model("llama"))
    scorer = Scorer(model)
    assert scorer.whole
    expected = plain(model, batch)
    expected.backward()
    slopes = gradients(model)
    model.zero_grad()
    found = -scorer(batch).logps.sum()
    found.backward()
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    assert_same_gradients(gradients(model), slopes)


def test_a_model_without_a_body_of_its_own_is_called_whole(batch):
    """transformers gives the model itself as its body where it has none."""

    class Flat(OwnScale):
        @property
        def base_model(self):
            return self

    assert Scorer(Flat(make_model("llama"))).whole


def test_hits_are_the_likeliest_ids(batch):
    model = make_model("qwen2")
    scores = Scorer(model)(batch)
    likeliest = model(input_ids=batch.input_ids).logits.argmax(-1)
    expected = (likeliest == batch.labels).flatten()[batch.targets]
    assert scores.hits.tolist() == expected.tolist()


def test_proving_leaves_the_model_as_it_was():
    for training in (True, False):
        model = make_model("llama").train(training)
        before = torch.get_rng_state()
        Scorer(model)
        assert model.training is training and model.model.training is training
        assert torch.equal(torch.get_rng_state(), before), "no random number is drawn"
        assert not gradients(model)


def test_parameters_appear_once():
    model = make_model("llama")
    names = [name for name, _ in Scorer(model).named_parameters(remove_duplicate=False)]
    assert names == [f"model.{name}" for name, _ in model.named_parameters()]


def test_the_scaling_of_a_family():
    logits = torch.tensor([2.0, -6.0])
    assert scaling(make_model("llama")) is None
    cap = scaling(make_model("gemma2"))(logits)
    torch.testing.assert_close(cap, 3 * torch.tanh(logits / 3))
    assert scaling(make_model("cohere"))(logits).tolist() == [0.5, -1.5]
    assert scaling(make_model("granite"))(logits).tolist() == [0.5, -1.5]


def test_a_soft_cap_is_not_confused_with_none():
    model = make_model("gemma2", final_logit_softcapping=None)
    assert scaling(model) is None


def test_positions_of_a_batch_reach_the_model(batch):
    """Two documents in one row see their own positions, not those of the row."""
    model = make_model("llama")
    scorer = Scorer(model)
    moved = collate(make_sequences([11, 7, 3]))
    object.__setattr__(moved, "positions", torch.arange(5, 16).expand(3, 11))
    shifted = scorer(moved).logps
    torch.testing.assert_close(shifted, scorer(batch).logps, rtol=1e-4, atol=1e-4)
    object.__setattr__(moved, "positions", torch.arange(0, 22, 2).expand(3, 11))
    assert not torch.allclose(scorer(moved).logps, shifted, atol=1e-2)
