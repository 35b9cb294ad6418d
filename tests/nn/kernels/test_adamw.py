"""One AdamW step with compensation: the formula, in place, in pieces; Triton on a GPU."""

import pytest
import torch

from burnish.nn.kernels import adamw, verify

NUMBERS = adamw.Numbers(
    rate=1e-2, decay=0.1, beta1=0.9, beta2=0.95, eps=1e-8, bias1=0.19, bias2=0.0975
)


def tensors(size=5000, dtype=torch.bfloat16, device="cpu"):
    """[weight, mean, square, compensation] and a gradient."""
    draw = torch.Generator().manual_seed(0)
    made = [torch.randn(size, generator=draw) for _ in range(5)]
    made[2] = made[2].square()
    made[3] = made[3] * 1e-3
    *held, gradient = (t.to(device, dtype) for t in made)
    return held, gradient


def formula(held, gradient, n):
    """In float64: weight plus compensation, mean, square."""
    weight, mean, square, lost = (t.double() for t in held)
    g = gradient.double()
    mean = n.beta1 * mean + (1 - n.beta1) * g
    square = n.beta2 * square + (1 - n.beta2) * g * g
    exact = (weight + lost) * (1 - n.rate * n.decay)
    exact -= n.rate * (mean / n.bias1) / ((square / n.bias2).sqrt() + n.eps)
    return exact, mean, square


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_it_is_the_formula(dtype, device):
    held, gradient = tensors(dtype=dtype, device=device)
    exact, mean, square = formula(held, gradient, NUMBERS)
    adamw.step(held, gradient, NUMBERS, fast=True)
    eps = torch.finfo(dtype).eps
    assert {t.dtype for t in held} == {dtype}
    torch.testing.assert_close(held[1].double(), mean, rtol=eps, atol=eps)
    torch.testing.assert_close(held[2].double(), square, rtol=eps, atol=eps)
    torch.testing.assert_close(held[0].double(), exact, rtol=4 * eps, atol=4 * eps)
    together = held[0].double() + held[3].double()
    torch.testing.assert_close(together, exact, rtol=max(eps * eps, 3e-7), atol=max(eps**2, 3e-7))


def test_pieces_and_shapes_do_not_change_the_result(monkeypatch):
    whole, gradient = tensors(size=600)
    pieces = [t.clone().view(20, 30) for t in whole]
    adamw.step(whole, gradient, NUMBERS, fast=False)
    monkeypatch.setattr(adamw, "CHUNK", 77)
    adamw.step(pieces, gradient.view(20, 30), NUMBERS, fast=False)
    assert all(torch.equal(a, b.view(-1)) for a, b in zip(whole, pieces, strict=True))


def test_a_gradient_that_is_not_contiguous():
    held, gradient = tensors(size=600)
    turned = [t.clone().view(20, 30) for t in held]
    slanted = gradient.view(20, 30).T.contiguous().T
    assert not slanted.is_contiguous()
    adamw.step(held, gradient, NUMBERS, fast=True)
    adamw.step(turned, slanted, NUMBERS, fast=True)
    assert all(torch.equal(a, b.view(-1)) for a, b in zip(held, turned, strict=True))


def test_the_check_passes_here_and_catches_a_wrong_kernel(monkeypatch):
    verify.adamw_works.cache_clear()
    try:
        assert verify.adamw_works("cpu", torch.bfloat16)
        right = adamw.update

        def step(held, gradient, numbers, fast):
            for target, value in zip(held, right(*held, gradient * 1.05, numbers), strict=True):
                target.copy_(value)

        monkeypatch.setattr(adamw, "step", step)
        verify.adamw_works.cache_clear()
        assert not verify.adamw_works("cpu", torch.bfloat16)
        monkeypatch.setattr(adamw, "step", lambda *a, **k: 1 / 0)
        verify.adamw_works.cache_clear()
        assert not verify.adamw_works("cpu", torch.bfloat16), "one that does not run is left out"
    finally:
        verify.adamw_works.cache_clear()
