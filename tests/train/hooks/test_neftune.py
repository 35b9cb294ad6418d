"""Noise on the embeddings: its size, and that it is there while training only."""

import pytest
import torch
from tests.fixtures_train import make_config, make_model, make_sequences, namespace
from torch import nn

from burnish.data.collate import batch_of
from burnish.nn.scorer import Scorer
from burnish.train.hooks.neftune import HOOK, Noise

IDS = torch.arange(2, 18).reshape(2, 8)


@pytest.mark.parametrize("alpha", [5.0, 15.0])
def test_the_noise_is_as_large_as_the_paper_says(alpha):
    layer = nn.Embedding(20, 64)
    plain = layer(IDS)
    layer.register_forward_hook(Noise(alpha).add)
    added = layer(IDS) - plain
    bound = alpha / (8 * 64) ** 0.5
    assert added.abs().max() <= bound * 1.0001 and added.abs().max() > 0.9 * bound
    assert added.std().item() == pytest.approx(bound / 3**0.5, rel=0.1), "uniform"
    assert abs(added.mean().item()) < 0.1 * bound


def test_other_noise_each_time_and_none_outside_training():
    layer = nn.Embedding(20, 64)
    layer.register_forward_hook(Noise(5.0).add)
    assert not torch.equal(layer(IDS), layer(IDS))
    layer.eval()
    assert torch.equal(layer(IDS), layer(IDS))


def test_gradients_pass_through():
    layer = nn.Embedding(20, 4)
    layer.register_forward_hook(Noise(5.0).add)
    layer(torch.tensor([[3, 3]])).sum().backward()
    assert layer.weight.grad[3].tolist() == [2, 2, 2, 2]


def test_the_dtype_stays():
    layer = nn.Embedding(20, 4).bfloat16()
    layer.register_forward_hook(Noise(5.0).add)
    assert layer(IDS).dtype == torch.bfloat16


def test_the_flag_asks_for_it():
    assert not HOOK.wanted(make_config())
    assert not HOOK.wanted(make_config(neftune_noise_alpha=0))
    assert HOOK.wanted(make_config(neftune_noise_alpha=5))


def test_it_is_put_on_the_models_embedding():
    model = make_model("llama").train()
    run = namespace(scorer=Scorer(model), config=make_config(neftune_noise_alpha=5))
    before = model(input_ids=IDS).logits
    HOOK.start(run)
    assert not torch.allclose(model(input_ids=IDS).logits, before, atol=1e-3)
    torch.testing.assert_close(model.eval()(input_ids=IDS).logits, before)


def test_both_backends_give_the_same_noise():
    """--neftune_backend is for older scripts."""
    found = []
    for backend in ("transformers", "swift"):
        model = make_model("llama").train()
        config = make_config(neftune_noise_alpha=5, neftune_backend=backend)
        HOOK.start(namespace(scorer=Scorer(model), config=config))
        torch.manual_seed(0)
        found.append(model(input_ids=IDS).logits)
    assert torch.equal(*found)


def test_a_packed_sequence_gets_the_noise_of_its_own_length():
    model = make_model("llama").train()
    scorer = Scorer(model)
    HOOK.start(namespace(scorer=scorer, config=make_config(neftune_noise_alpha=5)))
    seen = []
    model.get_input_embeddings().register_forward_hook(
        lambda module, inputs, output: seen.append(output - module.weight[inputs[0]])
    )
    scorer(batch_of([make_sequences([4, 60])], flat=True))
    for part, length in ((seen[0][0, :4], 4), (seen[0][0, 4:], 60)):
        bound = 5 / (length * 32) ** 0.5
        assert 0.9 * bound < part.abs().max() <= bound * 1.0001
    seen.clear()
    scorer(batch_of([[s] for s in make_sequences([4, 60])]))
    assert seen[0].abs().max() <= 5 / (60 * 32) ** 0.5 * 1.0001, "padded: the row's length, as ever"
