"""Noise on the embeddings: its size, and that it is there while training only."""

import pytest
import torch
from tests.fixtures_train import make_config, make_model, namespace
from torch import nn

from burnish.nn.scorer import Scorer
from burnish.train.hooks.neftune import HOOK, noise

IDS = torch.arange(2, 18).reshape(2, 8)


@pytest.mark.parametrize("alpha", [5.0, 15.0])
def test_the_noise_is_as_large_as_the_paper_says(alpha):
    layer = nn.Embedding(20, 64)
    plain = layer(IDS)
    layer.register_forward_hook(noise(alpha))
    added = layer(IDS) - plain
    bound = alpha / (8 * 64) ** 0.5
    assert added.abs().max() <= bound * 1.0001 and added.abs().max() > 0.9 * bound
    assert added.std().item() == pytest.approx(bound / 3**0.5, rel=0.1), "uniform"
    assert abs(added.mean().item()) < 0.1 * bound


def test_other_noise_each_time_and_none_outside_training():
    layer = nn.Embedding(20, 64)
    layer.register_forward_hook(noise(5.0))
    assert not torch.equal(layer(IDS), layer(IDS))
    layer.eval()
    assert torch.equal(layer(IDS), layer(IDS))


def test_gradients_pass_through():
    layer = nn.Embedding(20, 4)
    layer.register_forward_hook(noise(5.0))
    layer(torch.tensor([[3, 3]])).sum().backward()
    assert layer.weight.grad[3].tolist() == [2, 2, 2, 2]


def test_the_dtype_stays():
    layer = nn.Embedding(20, 4).bfloat16()
    layer.register_forward_hook(noise(5.0))
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
