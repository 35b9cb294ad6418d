"""Ranks, devices and precision, seen from one process; tests/invariants/test_ranks.py has two."""

import pytest
import torch
from tests.fixtures_train import make_config, make_model
from torch import nn

from burnish.nn.kernels.swap import swap
from burnish.train import mesh as module
from burnish.train.mesh import Mesh, buckets
from burnish.tuners.lora import TUNER


def cpu_only():
    if torch.cuda.is_available():
        pytest.skip("looks at the CPU's choices")


def test_one_process_needs_no_group():
    mesh = Mesh(torch.float32)
    assert (mesh.rank, mesh.world, mesh.is_main) == (0, 1, True)
    assert not torch.distributed.is_initialized()
    counts = mesh.sum({"token": 3, "stop": 0.0})
    assert {n: v.item() for n, v in counts.items()} == {"token": 3.0, "stop": 0.0}
    assert counts["token"].dtype == torch.float64
    assert [v.item() for v in mesh.sum_tensors([torch.tensor(2.0)])] == [2.0]
    assert mesh.tell({"a": 1}) == {"a": 1}
    mesh.barrier()
    mesh.close()


def test_counts_beyond_float32_stay_exact():
    assert Mesh(torch.float32).sum({"token": 2**24 + 1})["token"].item() == 2**24 + 1


@pytest.mark.parametrize("limit", [0.5, 0.0, 100.0])
def test_a_step_cuts_long_gradients_and_tells_their_norm(limit):
    weight = nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    mesh = Mesh(torch.float32)
    mesh.backward((weight * torch.tensor([3.0, 4.0])).sum())
    norm = mesh.step(optimizer, [weight], limit)
    assert norm.item() == pytest.approx(5.0)
    length = 0.5 if limit == 0.5 else 5.0
    assert weight.detach().norm().item() == pytest.approx(length, rel=1e-4)


def lora(dtype, **flags):
    model = TUNER.attach(make_model("llama").to(dtype), make_config(**flags), 1)
    swap(model)
    return model


@pytest.mark.parametrize(
    ("dtype", "make", "wanted"),
    [
        (torch.float32, lambda: make_model("llama"), False),
        (torch.bfloat16, lambda: make_model("llama").bfloat16(), False),
        (torch.bfloat16, lambda: make_model("llama"), True),
        (torch.float16, lambda: make_model("llama"), True),
        (torch.bfloat16, lambda: lora(torch.bfloat16), False),
        (torch.bfloat16, lambda: lora(torch.bfloat16, use_dora=True), False),
    ],
)
def test_autocast_where_float32_weights_meet_half_precision(dtype, make, wanted):
    mesh = Mesh(dtype)
    mesh.decide_autocast(make())
    assert mesh.autocast is wanted


def test_the_forward_pass_runs_in_its_precision():
    cpu_only()
    layer = nn.Linear(4, 4)
    mesh = Mesh(torch.bfloat16)
    mesh.decide_autocast(layer)
    with mesh.forward():
        assert layer(torch.ones(1, 4)).dtype == torch.bfloat16
    assert layer(torch.ones(1, 4)).dtype == torch.float32


def test_float16_has_a_loss_scale_that_leaves_steps_as_they_are():
    weight = nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    mesh = Mesh(torch.float16)
    assert mesh.scaler.is_enabled() and not Mesh(torch.bfloat16).scaler.is_enabled()
    mesh.backward((weight * torch.tensor([3.0, 4.0])).sum())
    assert weight.grad.norm().item() > 1000, "scaled, so that small slopes survive"
    assert mesh.step(optimizer, [weight], 0.0).item() == pytest.approx(5.0)
    assert weight.tolist() == pytest.approx([-3.0, -4.0])
    optimizer.zero_grad()
    mesh.backward((weight * float("inf")).sum())
    mesh.step(optimizer, [weight], 0.0)
    assert weight.tolist() == pytest.approx([-3.0, -4.0]), "an overflow skips the step"


def test_buckets_hold_every_parameter_once_in_one_order(monkeypatch):
    monkeypatch.setattr(module, "BUCKET_ELEMENTS", 100)
    sizes = [30, 60, 20, 500, 10, 90, 1]
    parameters = [
        nn.Parameter(torch.zeros(s).to(torch.bfloat16 if i % 3 == 2 else torch.float32))
        for i, s in enumerate(sizes)
    ]
    found = list(buckets(parameters))
    flat = [id(p) for bucket in found for p in bucket]
    assert sorted(flat) == sorted(map(id, parameters))
    assert all(len({p.dtype for p in bucket}) == 1 for bucket in found)
    assert all(sum(p.numel() for p in b) <= 100 or len(b) == 1 for b in found)
    assert list(buckets([])) == []
