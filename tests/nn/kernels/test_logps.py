"""Both twins against the textbook formula in float64, whatever the chunks."""

import pytest
import torch
from torch import nn

from burnish.nn.kernels import logps

TOKENS, HIDDEN, VOCABULARY = 23, 16, 61


@pytest.fixture
def numbers():
    draw = torch.Generator().manual_seed(3)
    hidden = torch.randn(TOKENS, HIDDEN, generator=draw)
    weight = torch.randn(VOCABULARY, HIDDEN, generator=draw)
    labels = torch.randint(VOCABULARY, (TOKENS,), generator=draw)
    factors = torch.rand(TOKENS, generator=draw) - 0.5
    return hidden, weight, labels, factors


def reference(hidden, weight, labels, factors):
    """log softmax in float64: values, gradient of the hidden states, gradient of the weights."""
    hidden, weight = hidden.double().requires_grad_(), weight.double().requires_grad_()
    values = torch.log_softmax(hidden @ weight.T, 1)[torch.arange(len(labels)), labels]
    (values * factors.double()).sum().backward()
    return values.detach(), hidden.grad, weight.grad


@pytest.mark.parametrize("chunk", [1, 5, 7, 23, 64])
def test_the_frozen_head_is_the_formula(numbers, chunk):
    hidden, weight, labels, factors = numbers
    values, slope, _ = reference(*numbers)
    leaf = hidden.clone().requires_grad_()
    found, hits = logps.LinearHead.apply(leaf, weight, labels, chunk)
    (found * factors).sum().backward()
    torch.testing.assert_close(found.double(), values, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(leaf.grad.double(), slope, rtol=1e-4, atol=1e-5)
    assert hits.tolist() == ((hidden @ weight.T).argmax(1) == labels).tolist()
    assert not hits.requires_grad


@pytest.mark.parametrize("chunk", [1, 5, 7, 23, 64])
def test_the_chunked_twin_is_the_formula_and_trains_the_head(numbers, chunk):
    hidden, weight, labels, factors = numbers
    values, slope, weight_slope = reference(*numbers)
    leaf, head = hidden.clone().requires_grad_(), nn.Linear(HIDDEN, VOCABULARY, bias=False)
    head.weight.data.copy_(weight)
    found, hits = logps.chunked(leaf, labels, head, chunk)
    (found * factors).sum().backward()
    torch.testing.assert_close(found.double(), values, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(leaf.grad.double(), slope, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(head.weight.grad.double(), weight_slope, rtol=1e-4, atol=1e-5)
    assert hits.tolist() == ((hidden @ weight.T).argmax(1) == labels).tolist()


def test_large_logits_stay_finite():
    """A certain and a hopeless label; naive exponentials would overflow."""
    hidden = torch.tensor([[300.0, 0.0], [300.0, 0.0]], requires_grad=True)
    weight, labels = torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), torch.tensor([0, 1])
    found, hits = logps.LinearHead.apply(hidden, weight, labels, 1)
    assert found.tolist() == [0.0, -600.0] and hits.tolist() == [True, False]
    found.sum().backward()
    assert hidden.grad.tolist() == [[0.0, 0.0], [-2.0, 0.0]]


def test_bfloat16_gradients_are_near_the_exact_ones(numbers):
    hidden, weight, labels, factors = numbers
    hidden, weight = hidden.bfloat16(), weight.bfloat16()
    values, slope, _ = reference(hidden, weight, labels, factors)
    leaf = hidden.clone().requires_grad_()
    found, _ = logps.LinearHead.apply(leaf, weight, labels, 8)
    (found * factors).sum().backward()
    assert found.dtype == torch.float32 and leaf.grad.dtype == torch.bfloat16
    assert (found.double() - values).abs().max() < 0.02 * values.abs().max()
    assert (leaf.grad.double() - slope).abs().max() < 0.02 * slope.abs().max()


def test_without_gradient_none_is_prepared(numbers):
    hidden, weight, labels, _ = numbers
    with torch.no_grad():
        fast, _ = logps.LinearHead.apply(hidden, weight, labels, 8)
        slow, _ = logps.chunked(hidden, labels, lambda rows: rows @ weight.T, 8)
    assert not fast.requires_grad and not slow.requires_grad
    torch.testing.assert_close(fast, slow)


def test_logits_of_one_chunk_stay_near_512_mib():
    assert logps.chunk_size(151_936) * 151_936 * 4 <= 2**29
    assert logps.chunk_size(151_936) > 800
    assert logps.chunk_size(10**9) == 64, "a chunk is never too small to be worth a call"


class OwnHead(nn.Linear):
    """A subclass may compute something else."""


def test_the_fast_path_is_for_a_plain_linear_only():
    assert logps.fits(nn.Linear(4, 8, bias=False))
    assert not logps.fits(nn.Linear(4, 8, bias=True))
    assert not logps.fits(OwnHead(4, 8, bias=False))
    hooked = nn.Linear(4, 8, bias=False)
    hooked.register_forward_hook(lambda module, inputs, output: output * 2)
    assert not logps.fits(hooked), "the hook would not be called"


@pytest.mark.parametrize("chunk", [1, 3, 7, 64])
def test_a_trained_head_gets_its_gradient(numbers, chunk):
    hidden, weight, labels, factors = numbers
    found, expected = [], []
    for score, out in ((fast_scores(chunk), found), (exact_scores, expected)):
        leaves = [t.clone().requires_grad_() for t in (hidden, weight)]
        (score(*leaves, labels) * factors).sum().backward()
        out.extend(leaf.grad for leaf in leaves)
    for ours, true in zip(found, expected, strict=True):
        assert torch.allclose(ours, true, rtol=0, atol=1e-5 * true.abs().max())


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_even_gradients_are_made_in_the_forward_pass(numbers, chunk):
    hidden, weight, labels, _ = numbers
    found, expected = [], []
    for score, out in ((fast_scores(chunk, True), found), (exact_scores, expected)):
        leaves = [t.clone().requires_grad_() for t in (hidden, weight)]
        (-0.3 * score(*leaves, labels)).sum().backward()
        out.extend(leaf.grad for leaf in leaves)
    for ours, true in zip(found, expected, strict=True):
        assert torch.allclose(ours, true, rtol=0, atol=1e-5 * true.abs().max())


def test_a_broken_promise_of_evenness_is_seen(numbers):
    hidden, weight, labels, factors = numbers
    matrix = weight.clone().requires_grad_()
    (fast_scores(7, True)(hidden, matrix, labels) * factors).sum().backward()
    assert matrix.grad.isnan().all()


def test_a_second_backward_pass_gives_the_same():
    hidden = torch.randn(5, 8, requires_grad=True)
    weight, labels = torch.randn(11, 8), torch.tensor([0, 3, 10, 2, 2])
    logps_, _ = logps.LinearHead.apply(hidden, weight, labels, 2)
    first = torch.autograd.grad((2 * logps_).sum(), hidden, retain_graph=True)[0]
    second = torch.autograd.grad((2 * logps_).sum(), hidden)[0]
    assert torch.equal(first, second)


def fast_scores(chunk, even=False):
    def score(hidden, weight, labels):
        return logps.LinearHead.apply(hidden, weight, labels, chunk, even)[0]

    return score


def exact_scores(hidden, weight, labels):
    return (hidden @ weight.T).log_softmax(1).gather(1, labels[:, None]).squeeze(1)
