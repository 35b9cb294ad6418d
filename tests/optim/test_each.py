"""Every optimiser on offer: its formula, small updates of bfloat16 weights, and its saved state."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.fixtures_train import make_config, make_model
from torch import nn

from burnish.config.groups.optim import OF_BITSANDBYTES, OTHERS, SERVED, OptimGroup
from burnish.core.errors import UsageError
from burnish.core.require import is_installed
from burnish.optim import each
from burnish.optim.base import build_optimizer
from burnish.optim.bnb import OPTIMIZERS
from burnish.train import state

HAS_BNB = is_installed("bitsandbytes")
NAMES = [
    pytest.param(
        n, marks=pytest.mark.skipif(n in OF_BITSANDBYTES and not HAS_BNB, reason="no bitsandbytes")
    )
    for n in SERVED
]


def built(model, name, **flags):
    values = {"sft_type": "full", "optim": name, "learning_rate": 1e-2, **flags}
    return build_optimizer(model, make_config(**values))


def gradients(parameters, seed, scale=1.0):
    draw = torch.Generator().manual_seed(seed)
    for parameter in parameters:
        noise = torch.randn(parameter.shape, generator=draw) * scale
        parameter.grad = noise.to(parameter.dtype)


def steps(model, optimizer, seed, count=3):
    for step in range(count):
        gradients(list(model.parameters()), seed * 100 + step)
        optimizer.step()


def theirs(name, parameters):
    from transformers.optimization import Adafactor

    kinds = {
        "sgd": lambda: torch.optim.SGD(parameters, lr=1e-2),
        "adagrad": lambda: torch.optim.Adagrad(parameters, lr=1e-2),
        "rmsprop": lambda: torch.optim.RMSprop(parameters, lr=1e-2),
        "adafactor": lambda: Adafactor(
            parameters, lr=1e-2, scale_parameter=False, relative_step=False
        ),
        "adamw_hf": lambda: torch.optim.AdamW(
            parameters, lr=1e-2, betas=(0.9, 0.95), weight_decay=0.0
        ),
    }
    return kinds[name]()


@pytest.mark.parametrize("name", ["sgd", "adagrad", "rmsprop", "adafactor", "adamw_hf"])
def test_the_formula_is_that_of_the_known_libraries(name):
    ours, reference = make_model("qwen2"), make_model("qwen2")
    optimizer = built(ours, name, weight_decay=0.0)
    expected = theirs(name, list(reference.parameters()))
    steps(ours, optimizer, seed=3, count=6), steps(reference, expected, seed=3, count=6)
    for (key, p), q in zip(ours.named_parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-5, atol=1e-6, msg=key)


def test_lion_by_hand():
    model = make_model("llama")
    weight = model.model.layers[0].mlp.up_proj.weight
    w, m = weight.detach().double().clone(), torch.zeros_like(weight, dtype=torch.float64)
    optimizer = built(model, "lion_32bit", weight_decay=0.1)
    for step in range(5):
        gradients(list(model.parameters()), step)
        g = weight.grad.double()
        w = w * (1 - 1e-3) - 1e-2 * torch.sign(0.9 * m + 0.1 * g)
        m = 0.95 * m + 0.05 * g
        optimizer.step()
    torch.testing.assert_close(weight.double(), w, rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(not HAS_BNB, reason="no bitsandbytes")
@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("adamw_8bit", "AdamW8bit", {"betas": (0.9, 0.95)}),
        ("adamw_bnb_8bit", "AdamW8bit", {"betas": (0.9, 0.95)}),
        ("paged_adamw_32bit", "PagedAdamW32bit", {"betas": (0.9, 0.95)}),
        ("lion_8bit", "Lion8bit", {"betas": (0.9, 0.95)}),
        ("paged_lion_32bit", "PagedLion32bit", {"betas": (0.9, 0.95)}),
        ("ademamix", "AdEMAMix", {"betas": (0.9, 0.95, 0.9999)}),
        ("paged_ademamix_8bit", "AdEMAMix8bit", {"betas": (0.9, 0.95, 0.9999)}),
        ("rmsprop_bnb", "RMSprop", {}),
        ("rmsprop_bnb_8bit", "RMSprop8bit", {}),
    ],
)
@pytest.mark.filterwarnings("ignore:Paged optimizers")
def test_the_formula_is_that_of_bitsandbytes(name, kind, options):
    import bitsandbytes

    shape = (80, 64)  # large enough to be held in 8 bits
    layers = [nn.Linear(*shape, bias=False) for _ in range(2)]
    layers[1].load_state_dict(layers[0].state_dict())
    options_of = make_config(optim=name, learning_rate=1e-3)[OptimGroup]
    group = {"params": list(layers[0].parameters()), "lr": 1e-3, "weight_decay": 0.0}
    ours = OPTIMIZERS[name]([group], options_of)
    cls = getattr(bitsandbytes.optim, kind)
    reference = cls(layers[1].parameters(), lr=1e-3, weight_decay=0.0, **options)
    start = layers[0].weight.detach().clone()
    for optimizer, layer in ((ours, layers[0]), (reference, layers[1])):
        steps(layer, optimizer, seed=4, count=5)
    assert (layers[0].weight - start).abs().mean() > 1e-3
    torch.testing.assert_close(layers[0].weight, layers[1].weight, rtol=1e-5, atol=1e-6)
    if "8bit" in name:
        assert ours.state[layers[0].weight]["state1"].dtype == torch.uint8


@pytest.mark.parametrize("name", NAMES)
def test_a_bfloat16_weight_loses_no_small_update(name):
    """The float32 weight that a bfloat16 one is the half of goes the way of a float32 one."""
    half = make_model("llama").bfloat16()
    whole = make_model("llama").bfloat16().float()
    flags = {"learning_rate": 1e-6, "weight_decay": 0.0}  # far below what bfloat16 can show
    one, two = built(half, name, **flags), built(whole, name, **flags)
    for step in range(20):
        gradients(list(half.parameters()), step)
        for p, q in zip(half.parameters(), whole.parameters(), strict=True):
            q.grad = p.grad.float()
        one.step(), two.step()
    start = dict(make_model("llama").bfloat16().float().named_parameters())
    for (key, p), q in zip(half.named_parameters(), whole.parameters(), strict=True):
        went, exact = q - start[key], one.exact(p) - start[key]
        assert went.abs().max() > 1e-6, key
        assert (exact - went).norm() < 0.05 * went.norm(), key


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_goes_on_bit_for_bit_from_tensors_and_plain_values(name, dtype, tmp_path):
    model = make_model("qwen2", hidden_size=64, intermediate_size=96).to(dtype)
    optimizer = built(model, name)
    steps(model, optimizer, seed=1)
    tensors, values = state.split(optimizer.state_dict())
    save_file(tensors, tmp_path / "state.safetensors")
    again = make_model("qwen2", hidden_size=64, intermediate_size=96).to(dtype)
    again.load_state_dict(model.state_dict())
    fresh = built(again, name)
    values = json.loads(json.dumps(values))
    fresh.load_state_dict(state.join(load_file(tmp_path / "state.safetensors"), values))
    steps(model, optimizer, seed=2), steps(again, fresh, seed=2)
    for (key, p), q in zip(model.named_parameters(), again.parameters(), strict=True):
        assert torch.equal(p, q), key


@pytest.mark.skipif(not HAS_BNB, reason="no bitsandbytes")
def test_state_in_8_bits_takes_a_quarter():
    model = make_model("llama", hidden_size=64, intermediate_size=256)
    optimizer = built(model, "adamw_8bit")
    steps(model, optimizer, seed=1, count=1)
    weight = model.model.layers[0].mlp.up_proj.weight
    held = optimizer.state[weight]
    size = sum(t.numel() * t.element_size() for t in held.values() if isinstance(t, torch.Tensor))
    assert size < 2.1 * weight.numel()
    norm = optimizer.state[model.model.norm.weight]
    assert norm["state1"].dtype == torch.float32, "what is small stays exact"


@pytest.mark.skipif(not HAS_BNB, reason="no bitsandbytes")
def test_ademamix_is_held_in_8_bits_where_blocks_fit():
    layer = nn.Sequential(nn.Linear(96, 64, bias=False), nn.Linear(64, 97, bias=False))
    names = [[f"{i}.weight"] for i in range(2)]
    groups = [{"params": [m.weight], "names": n, "lr": 1e-2, "weight_decay": 0.0}
              for m, n in zip(layer, names, strict=True)]  # fmt: skip
    optimizer = OPTIMIZERS["ademamix_8bit"](groups, make_config()[OptimGroup])
    steps(layer, optimizer, seed=1)
    held = [optimizer.state[m.weight]["state1"].dtype for m in layer]
    assert held == [torch.uint8, torch.float32], "6144 and 6208 elements, in blocks of 256"


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_what_is_not_served_is_refused_by_name(name):
    with pytest.raises(UsageError, match=rf"(?s)--optim {name}\s.*not served") as raised:
        make_config(optim=name)
    assert f"use --optim {OTHERS[name]}" in str(raised.value)
    assert OTHERS[name].split()[0] in SERVED


def test_a_missing_package_is_told_before_anything_is_read(monkeypatch):
    from burnish.config.groups import optim

    monkeypatch.setattr(optim, "is_installed", lambda module: False)
    for name in OF_BITSANDBYTES:
        with pytest.raises(UsageError, match="bitsandbytes") as raised:
            make_config(optim=name)
        assert "pip install 'burnish[quant]'" in str(raised.value)
    make_config(optim="lion_32bit")


def test_a_large_weight_is_moved_part_by_part(monkeypatch):
    """Without a float32 copy of the whole, and to the same bits."""
    whole, parts = make_model("llama").bfloat16(), make_model("llama").bfloat16()
    steps(whole, built(whole, "rmsprop"), seed=1)
    monkeypatch.setattr(each, "CHUNK", 100)
    steps(parts, built(parts, "rmsprop"), seed=1)
    for (key, p), q in zip(whole.named_parameters(), parts.named_parameters(), strict=True):
        assert torch.equal(p, q[1]), key


def test_weights_decay_apart_from_their_gradient():
    """Also where torch's own would add the decay to the gradient."""
    for name in ("rmsprop", "adagrad", "adafactor", "lion_32bit", "muon"):
        model = make_model("llama")
        optimizer = built(model, name, weight_decay=0.5)
        before = {n: p.detach().clone() for n, p in model.named_parameters()}
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        optimizer.step()
        for key, p in model.named_parameters():
            part = 1.0 if "norm" in key else 1 - 1e-2 * 0.5
            torch.testing.assert_close(p.detach(), before[key] * part, rtol=1e-6, atol=1e-9)
