"""SplitAdamW: torch's own in float32, and float32's course in bfloat16."""

import copy

import pytest
import torch
from torch import nn

from burnish.nn.kernels import adamw
from burnish.nn.split_adamw import SplitAdamW

STEPS = 200


def course(optimizer_class, dtype, *, lr=1e-5, steps=STEPS, start=None, **options):
    """Weights after `steps` updates with seeded gradients; the same gradients for every dtype."""
    draw = torch.Generator().manual_seed(1)
    weight = nn.Parameter(torch.randn(64, 8, generator=draw).to(dtype) if start is None else start)
    optimizer = optimizer_class([weight], lr=lr, **options)
    pull = torch.randn(64, 8, generator=draw)
    for _ in range(steps):
        noise = torch.randn(64, 8, generator=draw)
        weight.grad = (pull + 0.5 * noise).bfloat16().to(dtype)
        optimizer.step()
    return weight, optimizer


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("betas", [(0.9, 0.95), (0.9, 0.999), (0.0, 0.5)])
def test_float32_is_torchs_adamw(decay, betas):
    options = {"lr": 1e-2, "betas": betas, "weight_decay": decay, "eps": 1e-8}
    ours, _ = course(SplitAdamW, torch.float32, **options)
    theirs, _ = course(torch.optim.AdamW, torch.float32, **options)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_small_steps_are_not_lost_in_bfloat16():
    """Weights near 1 change in steps of 0.0078: plain AdamW would not move them by 1e-5."""
    start = course(SplitAdamW, torch.bfloat16, steps=0)[0].detach()
    exact, _ = course(torch.optim.AdamW, torch.float32, start=start.float(), betas=(0.9, 0.95))
    ours, optimizer = course(SplitAdamW, torch.bfloat16, start=start.clone())
    plain, _ = course(torch.optim.AdamW, torch.bfloat16, start=start.clone(), betas=(0.9, 0.95))
    way = (exact - start.float()).norm()
    held = optimizer.exact(ours)
    assert (held - exact).norm() < 0.02 * way  # the first moment is held in bfloat16
    large = start.float().abs() > 0.5
    assert torch.equal(plain[large], start[large]), "the reason this optimiser exists"
    assert not torch.equal(held[large], start.float()[large])


def test_a_slow_second_moment_does_not_stall():
    """With beta2 0.999 an average held in bfloat16 rises in steps that are too large."""
    start = torch.randn(64, 8, generator=torch.Generator().manual_seed(2)).bfloat16()
    options = {"betas": (0.9, 0.999), "steps": 1000, "lr": 1e-4}
    exact, _ = course(torch.optim.AdamW, torch.float32, start=start.float(), **options)
    ours, optimizer = course(SplitAdamW, torch.bfloat16, start=start.clone(), **options)
    held = optimizer.exact(ours)
    way = (exact - start.float()).norm()
    assert (held - exact).norm() < 0.02 * way  # the first moment is held in bfloat16


def test_weights_are_the_rounded_exact_ones():
    weight, optimizer = course(SplitAdamW, torch.bfloat16, steps=5)
    assert weight.dtype == torch.bfloat16
    error = (optimizer.exact(weight) - weight.float()).abs()
    assert (error <= weight.float().abs() * 2**-8).all() and bool((error > 0).any())


def test_pieces_do_not_change_the_result(monkeypatch):
    whole, _ = course(SplitAdamW, torch.bfloat16, lr=1e-3, steps=20)
    monkeypatch.setattr(adamw, "CHUNK", 100)
    pieces, _ = course(SplitAdamW, torch.bfloat16, lr=1e-3, steps=20)
    assert torch.equal(whole, pieces)


def test_groups_have_their_own_rate_and_decay():
    fast, slow = (nn.Parameter(torch.ones(4, 4).bfloat16()) for _ in range(2))
    optimizer = SplitAdamW(
        [
            {"params": [fast], "lr": 1e-1, "weight_decay": 0.0},
            {"params": [slow], "lr": 0.0, "weight_decay": 0.5},
        ]
    )
    for parameter in (fast, slow):
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    assert torch.allclose(fast.float(), torch.tensor(0.9), atol=4e-3) and bool((slow == 1).all())


def test_a_weight_without_gradient_stays():
    weight = nn.Parameter(torch.ones(3).bfloat16())
    optimizer = SplitAdamW([weight], lr=1.0, weight_decay=1.0)
    optimizer.step()
    assert weight.tolist() == [1, 1, 1] and not optimizer.state[weight]


def test_its_state_goes_on_bit_for_bit():
    weight, optimizer = course(SplitAdamW, torch.bfloat16, steps=3)
    saved = copy.deepcopy((weight.detach(), optimizer.state_dict()))
    again = nn.Parameter(saved[0].clone())
    fresh = SplitAdamW([again], lr=1e-5)
    fresh.load_state_dict(saved[1])
    for parameter, opt in ((weight, optimizer), (again, fresh)):
        parameter.grad = torch.full_like(parameter, 0.3)
        opt.step()
    assert torch.equal(weight, again)
    for name, value in optimizer.state[weight].items():
        assert torch.equal(value, fresh.state[again][name]), name
        assert value.dtype == fresh.state[again][name].dtype, name
