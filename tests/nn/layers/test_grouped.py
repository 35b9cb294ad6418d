"""Packed layers of GPTQ and AWQ: what they compute, by the published formula in float64."""

import pytest
import torch
from tests.packed_model import formula, groups, layer_tensors, words_of
from torch import nn

from burnish.nn.layers.grouped import GroupedLinear, Packing, unpack

CASES = [("gptq", bits) for bits in (2, 3, 4, 8)] + [("awq", 4)]


def make(kind, bits, *, size=32, shuffled=False, less=True, inputs=96, dtype=torch.float64):
    linear = nn.Linear(inputs, 64, bias=False)
    group = groups(inputs, size, shuffled=shuffled)
    parts = layer_tensors(linear.weight.detach(), kind, bits, group, less=less)
    packing = Packing(kind, bits, less and kind == "gptq")
    layer = GroupedLinear(linear, packing, parts, dtype)
    return layer, formula(linear.weight.detach(), group, bits), linear.weight.detach()


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize(("kind", "bits"), CASES)
def test_the_weight_is_that_of_the_formula(kind, bits, shuffled):
    shuffled = shuffled and kind == "gptq"
    layer, expected, before = make(kind, bits, shuffled=shuffled)
    # made in float32: one rounding of the product
    assert torch.allclose(layer.weight, expected, rtol=2**-23, atol=0)
    assert layer.is_in_order() is not shuffled
    error = (layer.weight - before).norm() / before.norm()
    assert error < {2: 0.5, 3: 0.2, 4: 0.12, 8: 0.01}[bits]


@pytest.mark.parametrize("size", [32, 48, 64, 96])
def test_groups_that_no_file_names_follow_one_another(size):
    layer, expected, _ = make("gptq", 4, size=size)
    assert layer.is_in_order() == (size != 64)  # the last one is shorter
    if size != 64:
        layer.g_idx = layer.in_order = None
    assert torch.allclose(layer.weight, expected, rtol=2**-23, atol=0)


def test_zero_points_are_one_more_than_they_are_stored_and_wrap():
    empty = {
        "qweight": torch.zeros(4, 8, dtype=torch.int32),
        "qzeros": torch.tensor([words_of([0, 1, 7, 14, 15, 0, 0, 0], 4)], dtype=torch.int32),
        "scales": torch.ones(1, 8),
    }
    for less, zeros in [(True, [1, 2, 8, 15, 0, 1, 1, 1]), (False, [0, 1, 7, 14, 15, 0, 0, 0])]:
        layer = GroupedLinear(nn.Linear(32, 8), Packing("gptq", 4, less), empty, torch.float32)
        assert (-layer.weight[:, 0]).tolist() == zeros


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_numbers_come_out_of_words_in_order(bits):
    numbers = torch.randint(2**bits, (64,), generator=torch.Generator().manual_seed(bits)).tolist()
    words = torch.tensor([words_of(numbers, bits)], dtype=torch.int32)
    assert unpack(words, Packing("gptq", bits)).tolist() == [numbers]


@pytest.mark.parametrize(("kind", "bits"), CASES)
def test_products_and_slopes_are_those_of_the_weight(kind, bits):
    layer, weight, _ = make(kind, bits)
    layer.bias = nn.Parameter(torch.randn(64).double(), requires_grad=False)
    x = torch.randn(2, 5, 96, dtype=torch.float64, requires_grad=True)
    found = layer(x)
    expected = x @ layer.weight.T + layer.bias
    assert torch.allclose(found, expected, rtol=1e-12)
    slope = torch.randn(2, 5, 64, dtype=torch.float64)
    mine, theirs = (
        torch.autograd.grad(y, x, slope, retain_graph=True)[0] for y in (found, expected)
    )
    assert torch.allclose(mine, theirs, rtol=1e-12)
    assert torch.allclose(mine, slope @ weight, rtol=1e-5, atol=1e-6)


def test_only_packed_tensors_are_kept_for_the_backward_pass():
    layer, _, _ = make("gptq", 4)
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
        layer(torch.randn(3, 96, dtype=torch.float64, requires_grad=True))
    assert not saved


def test_autocast_decides_the_dtype_of_the_product():
    layer, _, _ = make("awq", 4, dtype=torch.float32)
    x = torch.randn(3, 96)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert layer(x).dtype == torch.bfloat16
    assert layer(x).dtype == torch.float32 and not any(p.requires_grad for p in layer.parameters())
