"""One AdamW step of a weight in two halves: the formula, in place, in pieces; Triton on a GPU."""

import dataclasses

import pytest
import torch

from burnish.nn.kernels import adamw, verify

NUMBERS = adamw.Numbers(
    rate=1e-2, decay=0.1, beta1=0.9, beta2=0.95, eps=1e-8, bias1=0.19, bias2=0.0975
)
DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]


def make(size=5000, device="cpu"):
    """Held in two halves, its float32 weight, and a gradient."""
    draw = torch.Generator().manual_seed(0)
    whole, mean, square, gradient = (torch.randn(size, generator=draw).to(device) for _ in range(4))
    weight, low = adamw.split(whole)
    held = adamw.Held(weight, low, mean.bfloat16(), square.square())
    return held, whole, gradient.bfloat16()


def tensors_of(held):
    return [getattr(held, field.name) for field in dataclasses.fields(held)]


def clone(held, shape=(-1,)):
    return adamw.Held(*(t.clone().view(shape) for t in tensors_of(held)))


def formula(whole, held, gradient, n):
    """Weight, mean and square in float64."""
    g, weight = gradient.double(), whole.double()
    mean = n.beta1 * held.mean.double() + (1 - n.beta1) * g
    square = n.beta2 * held.square.double() + (1 - n.beta2) * g * g
    weight = weight * (1 - n.rate * n.decay)
    return weight - n.rate * (mean / n.bias1) / ((square / n.bias2).sqrt() + n.eps), mean, square


@pytest.mark.parametrize("device", DEVICES)
def test_halves_make_the_number_again(device):
    whole = torch.randn(10_000, device=device) * torch.logspace(-30, 30, 10_000, device=device)
    whole[:3] = torch.tensor([0.0, -0.0, 1.0])
    weight, low = adamw.split(whole)
    assert torch.equal(adamw.join(weight, low), whole)
    error = (weight.double() - whole.double()).abs()
    assert (error <= whole.double().abs() * 2**-8).all(), "the upper half is the nearest bfloat16"


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("fast", [True, False])
def test_it_is_the_formula(fast, device):
    held, whole, gradient = make(device=device)
    exact, mean, square = formula(whole, held, gradient, NUMBERS)
    adamw.step(held, gradient, NUMBERS, fast=fast)
    found = adamw.join(held.weight, held.low)
    torch.testing.assert_close(found.double(), exact, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(held.square.double(), square, rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(held.mean.double(), mean, rtol=2**-8, atol=1e-6)
    assert held.weight.dtype == held.mean.dtype == torch.bfloat16


def test_pieces_and_shapes_do_not_change_the_result(monkeypatch):
    held, _, gradient = make(size=600)
    pieces = clone(held, (20, 30))
    adamw.step(held, gradient, NUMBERS, fast=False)
    monkeypatch.setattr(adamw, "CHUNK", 77)
    adamw.step(pieces, gradient.view(20, 30), NUMBERS, fast=False)
    for ours, theirs in zip(tensors_of(held), tensors_of(pieces), strict=True):
        assert torch.equal(ours, theirs.view(-1))


def test_a_gradient_that_is_not_contiguous():
    held, _, gradient = make(size=600)
    turned = clone(held, (20, 30))
    slanted = gradient.view(20, 30).T.contiguous().T
    assert not slanted.is_contiguous()
    adamw.step(held, gradient, NUMBERS, fast=True)
    adamw.step(turned, slanted, NUMBERS, fast=True)
    for ours, theirs in zip(tensors_of(held), tensors_of(turned), strict=True):
        assert torch.equal(ours, theirs.view(-1))


def test_the_check_passes_here_and_catches_a_wrong_kernel(monkeypatch):
    verify.adamw_works.cache_clear()
    try:
        assert verify.adamw_works("cpu")
        right = adamw.step

        def wrong(held, gradient, numbers, fast):
            right(held, gradient * (1.05 if fast else 1.0), numbers, fast)

        monkeypatch.setattr(adamw, "step", wrong)
        verify.adamw_works.cache_clear()
        assert not verify.adamw_works("cpu")
        monkeypatch.setattr(adamw, "step", lambda *a, **k: 1 / 0)
        verify.adamw_works.cache_clear()
        assert not verify.adamw_works("cpu"), "one that does not run is left out"
    finally:
        verify.adamw_works.cache_clear()
