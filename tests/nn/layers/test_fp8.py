"""8-bit linear layers: rounded as e4m3 rounds, gradients through the rounded weight."""

import pytest
import torch
from torch import nn

from burnish.nn.layers import fp8
from burnish.nn.layers.fp8 import Fp8Linear, pack, unpack


def test_numbers_are_the_nearest_e4m3_ones():
    rows = (
        torch.randn(7, 33, generator=torch.Generator().manual_seed(0))
        * torch.logspace(-6, 6, 7)[:, None]
    )
    packed, scale = pack(rows)
    assert torch.allclose(scale[:, 0] * 448, rows.abs().amax(1))
    again = unpack(packed, scale, torch.float32)
    step = (rows.abs() / 16).clamp_min(scale * 2**-10)  # half a step: 3 bits of mantissa
    assert ((again - rows).abs() <= step * 1.0001).all()
    assert torch.equal(pack(torch.zeros(2, 4))[0].float(), torch.zeros(2, 4))


def test_rows_in_parts_are_rows_at_once(monkeypatch):
    rows = torch.randn(9, 8, generator=torch.Generator().manual_seed(1))
    whole = pack(rows)[0]
    monkeypatch.setattr(fp8, "CHUNK", 20)
    assert torch.equal(pack(rows)[0].view(torch.uint8), whole.view(torch.uint8))


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
    from burnish.nn.kernels import verify

    assert verify.fp8_works("cuda", torch.bfloat16)
