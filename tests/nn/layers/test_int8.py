"""A linear layer in 8 bits: its values, its gradients, and what is saved of it."""

import pytest
import torch
from torch import nn

from burnish.nn.layers.int8 import install, round_at_random, to_int8


def both(bias=True, dtype=torch.float32):
    """A layer in 8 bits, and a plain one that holds the same numbers."""
    plain = nn.Linear(24, 16, bias=bias, dtype=dtype)
    codes, scale = to_int8(plain.weight.detach().float())
    small = nn.Linear(24, 16, bias=bias, dtype=dtype)
    small.load_state_dict(plain.state_dict())
    install(small, codes, scale)
    plain.weight.data = (codes * scale).to(dtype)
    return small, plain


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_values_and_gradients_are_those_of_a_plain_layer(bias, dtype):
    results = []
    x = torch.randn(2, 5, 24, dtype=dtype)
    for layer in (layers := both(bias, dtype)):
        given = x.clone().requires_grad_()
        out = layer(given)
        out.square().sum().backward()
        results.append((out, given.grad, layer.weight.grad))
    for found, expected in zip(*results, strict=True):
        assert found.dtype == dtype and found.shape == expected.shape
        bound = 1e-5 if dtype == torch.float32 else 0.02
        assert (found - expected).norm() <= bound * expected.norm()
    assert layers[0].weight.grad.is_contiguous()


def test_it_takes_a_byte_a_number():
    layer, _ = both()
    assert layer.codes.dtype == torch.int8
    assert layer.weight.untyped_storage().nbytes() == 4 and layer.weight.shape == (16, 24)


def test_the_nearest_codes():
    weight = torch.randn(16, 24)
    codes, scale = to_int8(weight)
    assert (codes * scale - weight).abs().max() <= 0.5001 * scale.max()
    torch.testing.assert_close(codes.abs().amax(1), torch.full((16,), 127, dtype=torch.int8))
    assert to_int8(torch.zeros(3, 4))[0].abs().max() == 0


def test_random_rounding_is_right_on_average_and_leaves_what_stays():
    weight = torch.randn(4, 24)
    codes, scale = to_int8(weight)
    exact = codes * scale
    draw = torch.Generator().manual_seed(1)
    again, kept = round_at_random(exact, scale, draw)
    assert torch.equal(kept, scale) and (again != codes).float().mean() < 0.02
    moved = exact * 0.99 + 0.1 * scale
    mean = sum(torch.mul(*round_at_random(moved, scale, draw)) for _ in range(2000)) / 2000
    assert ((mean - moved) / scale).abs().max() < 0.06
    larger, wider = round_at_random(exact * 2, scale, draw)
    assert (wider > scale).all() and larger.abs().max() <= 127


def test_a_saved_model_holds_the_numbers():
    layer, plain = both(dtype=torch.bfloat16)
    state = nn.Sequential(layer).state_dict()
    assert torch.equal(state["0.weight"], plain.weight) and state["0.weight"].is_contiguous()
    assert set(state) == {"0.weight", "0.bias"}


def test_autocast():
    layer, plain = both()
    x = torch.randn(3, 24)
    with torch.autocast("cpu", torch.bfloat16):
        found, expected = layer(x), plain(x)
        found.sum().backward()
    assert found.dtype == expected.dtype == torch.bfloat16
    torch.testing.assert_close(found, expected, rtol=0.02, atol=0.02)
    assert layer.weight.grad.dtype == torch.float32
