"""Optimisers on a GPU do what they do on the CPU, and their state comes back from files."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.fixtures_train import make_config, make_model

from burnish.config.groups.optim import OF_BITSANDBYTES, SERVED
from burnish.core.require import is_installed
from burnish.nn.layers.int8 import install, to_int8
from burnish.optim.base import build_optimizer
from burnish.train import state

pytestmark = pytest.mark.gpu
GALORE = {"use_galore": True, "galore_rank": 4, "galore_update_proj_gap": 2, "adam_epsilon": 1e-3}
FLAGS = [
    *({"optim": n} for n in SERVED if n not in OF_BITSANDBYTES or is_installed("bitsandbytes")),
    *({**GALORE, "galore_proj_type": kind} for kind in ("std", "reverse_std", "full")),
    {**GALORE, "optim": "adafactor", "galore_optim_per_parameter": True},
]
SIZE = {"hidden_size": 64, "intermediate_size": 96}


def after(flags, device, dtype, tmp_path=None):
    """A model's weights after six steps; with a folder, its state goes through files halfway."""
    model = make_model("llama", **SIZE).to(device, dtype)
    config = make_config(sft_type="full", learning_rate=1e-2, **flags)
    optimizer = build_optimizer(model, config)
    for step in range(6):
        if step == 3 and tmp_path is not None:
            tensors, values = state.split(optimizer.state_dict())
            save_file(tensors, tmp_path / "state.safetensors")
            optimizer = build_optimizer(model, config)
            saved = load_file(tmp_path / "state.safetensors")
            optimizer.load_state_dict(state.join(saved, json.loads(json.dumps(values))))
        draw = torch.Generator().manual_seed(step)
        for p in model.parameters():
            p.grad = torch.randn(p.shape, generator=draw).to(device, dtype)
        optimizer.step()
    return {name: p.detach().cpu() for name, p in model.named_parameters()}


@pytest.mark.parametrize("flags", FLAGS, ids=str)
def test_it_is_as_on_the_cpu(flags):
    start = dict(make_model("llama", **SIZE).named_parameters())
    found, expected = (after(flags, device, torch.float32) for device in ("cuda", "cpu"))
    near = {"muon", "lion_32bit"} & set(flags.values()) or "8bit" in str(flags)
    part = 0.05 if near or "use_galore" in flags else 1e-3
    for name, weight in expected.items():
        error = (found[name] - weight).norm() / (weight - start[name]).norm()
        assert error <= part, (name, float(error))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("flags", FLAGS, ids=str)
def test_it_goes_on_bit_for_bit(flags, dtype, tmp_path):
    whole, parts = (after(flags, "cuda", dtype, folder) for folder in (None, tmp_path))
    for name, weight in whole.items():
        assert torch.equal(parts[name], weight), name


def test_a_layer_in_8_bits():
    layer = torch.nn.Linear(512, 256, bias=False, device="cuda", dtype=torch.bfloat16)
    weight = layer.weight.detach().clone()
    install(layer, *to_int8(weight.float()))
    x = torch.randn(64, 512, device="cuda", dtype=torch.bfloat16, requires_grad=True)
    out = layer(x)
    out.sum().backward()
    expected = x.detach() @ weight.T
    assert (out - expected).norm() < 0.02 * expected.norm()
    assert layer.weight.grad.shape == weight.shape and layer.weight.grad.isfinite().all()
