"""IA3: the formula, which layers are feed-forward, and what is asked for when none is."""

import logging

import pytest
import torch
from tests.fixtures_train import fill, make_config, make_model

from burnish.core.errors import UsageError
from burnish.tuners.ia3 import TUNER


def attach(model=None, **flags):
    config = make_config(**{"sft_type": "ia3", **flags})
    return TUNER.attach(model or make_model("qwen2"), config, 10)


def vectors(model):
    return {
        n.split(".")[-3]: tuple(p.shape) for n, p in model.named_parameters() if p.requires_grad
    }


def test_outputs_and_feedforward_inputs_are_scaled():
    tuned = attach()
    fill(tuned, scale=0.4)
    block = tuned.get_base_model().model.layers[0]
    x = torch.randn(3, 32, generator=torch.Generator().manual_seed(0))
    part = block.self_attn.k_proj
    expected = part.base_layer(x).double() * part.ia3_l["default"].double().flatten()
    torch.testing.assert_close(part(x).double(), expected, rtol=1e-6, atol=1e-6)
    part, wide = block.mlp.down_proj, torch.randn(3, 48)
    scaled = wide.double() * part.ia3_l["default"].double().flatten()
    expected = scaled @ part.base_layer.weight.double().T
    torch.testing.assert_close(part(wide).double(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("family", ["llama", "qwen2", "glm", "gemma2"])
def test_default_is_keys_values_and_the_end_of_each_mlp(family):
    """Outputs are scaled by columns, inputs by rows."""
    found = vectors(attach(make_model(family)))
    assert found == {"k_proj": (16, 1), "v_proj": (16, 1), "down_proj": (1, 48)}


def test_gpt2_scales_the_last_layer_of_its_mlp_alone():
    from transformers import GPT2Config, GPT2LMHeadModel

    gpt2 = GPT2LMHeadModel(
        GPT2Config(vocab_size=97, n_embd=32, n_layer=2, n_head=4, n_positions=64)
    )
    names = [n for n, p in attach(gpt2).named_parameters() if p.requires_grad]
    assert len(names) == 4 and not any("attn.c_proj" in n for n in names)


def test_targets_that_were_named_keep_their_feedforward_layers():
    named = attach(target_modules=["q_proj", "down_proj"])
    assert vectors(named) == {"q_proj": (32, 1), "down_proj": (1, 48)}
    said = attach(target_modules=["q_proj", "up_proj"], ia3_feedforward_modules=["up_proj"])
    assert vectors(said) == {"q_proj": (32, 1), "up_proj": (1, 32)}
    regex = attach(target_regex=r".*layers\.1\.mlp\.down_proj")
    assert vectors(regex) == {"down_proj": (1, 48)}


def test_there_must_be_a_feedforward_layer():
    with pytest.raises(UsageError, match="such as down_proj") as caught:
        attach(target_modules=["q_proj", "v_proj"])
    assert caught.value.problems[0].flag == "ia3_feedforward_modules"


def test_fused_experts_leave_attention_alone(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("burnish"), "propagate", True)
    model = attach(make_model("mixtral"))
    names = {n for n, p in model.named_parameters() if p.requires_grad}
    assert names and all("k_proj" in name or "v_proj" in name for name in names)
    assert "only attention is scaled" in caplog.text


@pytest.mark.parametrize("name", ["up_proj", "no_such"])
def test_feedforward_layers_are_among_the_targets(name):
    with pytest.raises(UsageError, match="not among the layers that are adapted"):
        attach(target_modules=["q_proj", "down_proj"], ia3_feedforward_modules=[name])


def test_embeddings_are_refused():
    with pytest.raises(UsageError, match="embedding layer, which --sft_type ia3 cannot"):
        attach(target_modules=["embed_tokens", "down_proj"])


def test_scales_do_not_decay():
    """They rest at 1; decay would pull them to 0."""
    from burnish.optim.base import parameter_groups

    for group in parameter_groups(attach(), 1e-3, 0.1):
        for name in group["names"]:
            assert (group["weight_decay"] == 0) == (".ia3_l." in name), name
