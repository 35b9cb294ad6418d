"""The judge of kernels must itself be able to say no."""

import logging

import pytest
import torch

from burnish.nn.kernels import logps, verify


@pytest.fixture
def inputs():
    draw = torch.Generator().manual_seed(0)
    return [torch.randn(24, 16, generator=draw), torch.randn(40, 16, generator=draw)]


def run(score, gradient=1.0, value=1.0):
    """Values and gradients of `score`, each off by a factor."""
    labels = torch.arange(24)

    def both(given):
        leaf = given[0].detach().requires_grad_()
        scores = score(leaf, given[1], labels)
        scores.square().sum().backward()
        return [scores.detach() * value, leaf.grad * gradient]

    return both


def exact(hidden, weight, labels):
    return verify.exact_or_chunked(hidden, weight, labels)


def frozen(hidden, weight, labels):
    return logps.LinearHead.apply(hidden, weight, labels, 7)[0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_real_kernel_passes(inputs, dtype):
    inputs = [x.to(dtype) for x in inputs]
    assert verify.agrees(run(frozen), run(exact), inputs)


def test_a_gradient_off_by_one_percent_is_caught(inputs):
    assert not verify.agrees(run(frozen, gradient=1.01), run(exact), inputs)
    assert not verify.agrees(run(frozen, gradient=0.99), run(exact), inputs)


def test_values_off_by_one_percent_are_caught(inputs):
    assert not verify.agrees(run(frozen, value=1.01), run(exact), inputs)


def test_a_gradient_off_by_two_percent_is_caught_in_half_precision(inputs):
    inputs = [x.bfloat16() for x in inputs]
    assert not verify.agrees(run(frozen, gradient=1.02), run(exact), inputs)


def test_one_wrong_row_is_caught(inputs):
    def one_row(given):
        values, gradient = run(frozen)(given)
        gradient[5] = 0
        return [values, gradient]

    assert not verify.agrees(one_row, run(exact), inputs)


def test_a_number_that_is_none_is_caught(inputs):
    assert not verify.agrees(run(frozen, gradient=float("nan")), run(exact), inputs)


def test_a_wrong_kernel_is_reported_and_left_out(monkeypatch, caplog):
    right = logps.LinearHead

    class Wrong(right):
        @staticmethod
        def backward(ctx, grad, hits):
            slope, *rest = right.backward(ctx, grad, hits)
            return (slope * 1.01, *rest)

    monkeypatch.setattr(logps, "LinearHead", Wrong)
    monkeypatch.setattr(logging.getLogger("burnish"), "propagate", True)
    verify.linear_head_works.cache_clear()
    try:
        with caplog.at_level(logging.WARNING):
            assert not verify.linear_head_works("cpu", torch.float32, False)
        assert "linear head" in caplog.text and "not used" in caplog.text
    finally:
        verify.linear_head_works.cache_clear()


def test_the_kernel_works_on_this_machine():
    assert verify.linear_head_works("cpu", torch.float32, False)
    assert verify.linear_head_works("cpu", torch.bfloat16, False)
