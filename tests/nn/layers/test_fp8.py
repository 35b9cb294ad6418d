"""8-bit linear layers: rounded as e4m3 rounds, gradients through the rounded weight."""

import pytest
import torch
from torch import nn

from burnish.nn.kernels import verify
from burnish.nn.kernels.float8 import pack, unpack
from burnish.nn.layers.fp8 import Fp8Linear, Ways


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("bias", [True, False])
def test_it_is_a_linear_layer_of_rounded_numbers(dtype, bias):
    draw = torch.Generator().manual_seed(2)
    linear = nn.Linear(32, 48, bias=bias).to(dtype)
    layer = Fp8Linear(linear, "cpu")
    x = torch.randn(3, 5, 32, generator=draw).to(dtype).requires_grad_()
    found = layer(x)
    assert found.shape == (3, 5, 48) and found.dtype == dtype
    rounded = unpack(*pack(x.detach().reshape(15, 32)), torch.float64)
    exact = (rounded @ layer.weight.double().T).reshape(3, 5, 48)
    exact = exact + (linear.bias.double() if bias else 0)
    close = 1e-5 if dtype == torch.float32 else 2e-2
    assert torch.allclose(found.double(), exact, rtol=close, atol=close)
    pull = torch.randn(3, 5, 48, generator=draw).to(dtype)
    found.backward(pull)
    assert torch.allclose(x.grad, pull @ layer.weight, rtol=close, atol=close)
    assert not any(p.requires_grad for p in layer.parameters())


def test_casts_leave_it_alone():
    layer = Fp8Linear(nn.Linear(32, 32), "cpu")
    before = layer.packed.clone()
    layer.to(torch.bfloat16)
    assert layer.packed.dtype == torch.uint8 and torch.equal(layer.packed, before)
    assert layer.packed.element_size() == 1 and not hasattr(layer, "_weight")


@pytest.mark.gpu
def test_the_fast_product_is_the_plain_one_on_a_gpu():
    dtype = torch.bfloat16  # the units' product is rounded to it, which is too coarse for float16
    assert verify.fp8_works("cuda", dtype) and verify.float8_works("cuda", dtype)
    assert not verify.fp8_works("cuda", torch.float16)
    draw = torch.Generator().manual_seed(3)
    linear = nn.Linear(320, 48).to("cuda", dtype)
    layers = [Fp8Linear(linear, "cuda", Ways(u, k)) for u in (False, True) for k in (False, True)]
    x = torch.randn(5, 7, 320, generator=draw).to("cuda", dtype)
    pull = torch.randn(5, 7, 48, generator=draw).to("cuda", dtype)
    found = []
    for layer in layers:
        leaf = x.clone().requires_grad_()
        out = layer(leaf)
        out.backward(pull)
        found.append((out.detach(), leaf.grad))
    for out, gradient in found:
        assert torch.equal(gradient, found[0][1])
        assert (out - found[0][0]).norm() <= 5e-3 * found[0][0].norm()
    for plain, by_kernels in (found[:2], found[2:]):
        assert torch.equal(plain[0], by_kernels[0])
