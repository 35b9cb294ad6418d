"""Freeze: which weights are trained, in which number format, and that only they are saved."""

import pytest
import torch
from safetensors.torch import load_file
from tests.fixtures_train import fill, make_config, make_model

from burnish.core.errors import UsageError
from burnish.tuners.freeze import TUNER

IDS = torch.arange(2, 14).reshape(2, 6)


def attach(model, **flags):
    flags = {"num_layer_trainable": 1, **flags}
    return TUNER.attach(model, make_config(sft_type="freeze", **flags), 10)


def trained(model):
    return {name for name, p in model.named_parameters() if p.requires_grad}


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits


def names(layer, part, *last):
    return {f"model.layers.{layer}.{part}.{name}" for name in last}


MLP = ("gate_proj.weight", "up_proj.weight", "down_proj.weight")
BIASED = [f"{name}_proj.{kind}" for name in "qkv" for kind in ("weight", "bias")]
CASES = [
    ({}, names(3, "mlp", *MLP)),
    ({"num_layer_trainable": 2}, names(2, "mlp", *MLP) | names(3, "mlp", *MLP)),
    ({"num_layer_trainable": -1}, names(0, "mlp", *MLP)),
    ({"name_module_trainable": "qkv"}, names(3, "self_attn", *BIASED)),
    ({"name_module_trainable": "self_attn", "num_layer_trainable": -1},
     names(0, "self_attn", *BIASED, "o_proj.weight")),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "expected"), CASES)
def test_what_is_trained(flags, expected):
    model = attach(make_model("qwen2", num_hidden_layers=4), **flags)
    assert trained(model) == expected


def test_trained_weights_are_float32_and_used_in_the_bases_format(tmp_path):
    model = attach(make_model("llama").bfloat16())
    kinds = {p.requires_grad: p.dtype for p in model.parameters()}
    assert kinds == {True: torch.float32, False: torch.bfloat16}
    TUNER.save(model, tmp_path)
    loaded = TUNER.load(make_model("llama").bfloat16(), tmp_path)
    assert {p.dtype for p in loaded.parameters()} == {torch.bfloat16}


def test_a_checkpoint_holds_these_weights_alone(tmp_path):
    model = attach(make_model("qwen2"))
    fill(model)
    TUNER.save(model, tmp_path)
    assert load_file(tmp_path / "adapter_model.safetensors").keys() == trained(model)
    assert torch.equal(logits(TUNER.load(make_model("qwen2"), tmp_path)), logits(model))
    again = attach(make_model("qwen2"))
    TUNER.restore(again, tmp_path)
    assert torch.equal(logits(again), logits(model))


def test_what_cannot_be():
    with pytest.raises(UsageError, match="leaves nothing to train"):
        attach(make_model("llama"), num_layer_trainable=0)
    with pytest.raises(UsageError, match="more than the 2 layers"):
        attach(make_model("llama"), num_layer_trainable=-3)
