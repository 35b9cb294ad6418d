"""Houlsby adapters: where they sit, their formula, and what their files say."""

import json

import pytest
import torch
from tests.fixtures_train import fill, make_config, make_model

from burnish.core.errors import CheckpointError
from burnish.nn.layers.adapter import Bottleneck
from burnish.tuners.adapter import TUNER

IDS = torch.arange(2, 14).reshape(2, 6)


def attach(model, **flags):
    flags = {"adapter_length": 5, **flags}
    return TUNER.attach(model, make_config(sft_type="adapter", **flags), 10)


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits


@pytest.mark.parametrize("act", ["gelu", "relu", "silu", "tanh"])
def test_the_formula(act):
    adapter = Bottleneck(8, 3, act).double()
    fill(adapter)
    x = torch.randn(2, 4, 8, dtype=torch.float64)
    function = {"gelu": torch.nn.functional.gelu, "relu": torch.relu, "tanh": torch.tanh,
                "silu": torch.nn.functional.silu}[act]  # fmt: skip
    inner = function(x @ adapter.down.weight.T + adapter.down.bias)
    torch.testing.assert_close(adapter(x), x + inner @ adapter.up.weight.T + adapter.up.bias)


def test_the_flags_choose_width_and_function():
    adapter = attach(make_model("llama"), adapter_length=7, adapter_act="relu").model.layers[0].mlp
    adapter = adapter.adapter.double()
    assert adapter.down.weight.shape == (7, 32)
    fill(adapter)
    x = torch.randn(4, 32, dtype=torch.float64)
    inner = torch.relu(x @ adapter.down.weight.T + adapter.down.bias)
    torch.testing.assert_close(adapter(x), x + inner @ adapter.up.weight.T + adapter.up.bias)


def test_it_starts_as_the_base_and_sits_behind_every_mlp():
    base = logits(make_model("qwen2"))
    model = attach(make_model("qwen2"))
    assert torch.equal(logits(model), base)
    for layer in model.model.layers:
        x = torch.randn(1, 3, 32)
        plain = layer.mlp.down_proj(layer.mlp.act_fn(layer.mlp.gate_proj(x)) * layer.mlp.up_proj(x))
        fill(layer.mlp.adapter)
        torch.testing.assert_close(layer.mlp(x), layer.mlp.adapter(plain))
    assert not torch.allclose(logits(model), base)


def test_mixtures_of_experts_take_it_as_well():
    model = attach(make_model("mixtral", num_local_experts=2))
    fill(model)
    assert not torch.allclose(logits(model), logits(make_model("mixtral", num_local_experts=2)))


def test_half_precision_is_multiplied_in_half_precision():
    model = attach(make_model("llama").bfloat16())
    assert {p.dtype for p in model.parameters() if p.requires_grad} == {torch.float32}
    assert logits(model).dtype == torch.bfloat16


def test_its_files_tell_what_it_is(tmp_path):
    model = attach(make_model("llama"))
    fill(model)
    TUNER.save(model, tmp_path)
    settings = json.loads((tmp_path / "adapter_config.json").read_text())
    assert settings == {"peft_type": None, "burnish_type": "adapter", "length": 5, "act": "gelu"}
    assert "burnish infer" in (tmp_path / "README.md").read_text()
    loaded = TUNER.load(make_model("llama"), tmp_path)
    assert torch.equal(logits(loaded), logits(model))
    assert not any(p.requires_grad for p in loaded.parameters())


def test_what_does_not_fit_is_refused(tmp_path):
    TUNER.save(attach(make_model("llama")), tmp_path)
    with pytest.raises(CheckpointError, match="other settings \\(length\\)"):
        TUNER.restore(attach(make_model("llama"), adapter_length=7), tmp_path)
    with pytest.raises(CheckpointError, match="does not fit"):
        TUNER.load(make_model("llama", num_hidden_layers=3), tmp_path)
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA"}))
    with pytest.raises(CheckpointError, match="LORA"):
        TUNER.load(make_model("llama"), tmp_path)
