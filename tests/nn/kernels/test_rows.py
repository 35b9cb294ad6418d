"""Sums and slopes of rows of logits, against float64; on a GPU the Triton kernels are tried."""

import pytest
import torch

from burnish.nn.kernels import rows

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
WIDTHS = [1, 61, 4096, 5000]  # 4096 is one block of the kernels, 5000 ends inside another


def numbers(width, device, dtype=torch.float32, count=9):
    draw = torch.Generator().manual_seed(width)
    logits = (torch.randn(count, width, generator=draw) * 4).to(device, dtype)
    labels = torch.randint(width, (count,), generator=draw).to(device)
    factors = (torch.rand(count, generator=draw) - 0.5).to(device)
    return logits, labels, factors


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("device", DEVICES)
def test_sums(device, width, dtype):
    logits, labels, _ = numbers(width, device, dtype)
    logps, totals, hits = rows.sums(logits, labels)
    wide = logits.double()
    expected = torch.log_softmax(wide, 1).gather(1, labels[:, None]).squeeze(1)
    assert logps.dtype == totals.dtype == torch.float32
    torch.testing.assert_close(logps.double(), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(totals.double(), wide.logsumexp(1), rtol=1e-5, atol=1e-5)
    best = wide.max(1).values
    assert (hits == (wide.gather(1, labels[:, None]).squeeze(1) == best)).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("with_factors", [True, False])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("device", DEVICES)
def test_slopes(device, width, with_factors, dtype):
    logits, labels, factors = numbers(width, device, dtype)
    wide = logits.double()
    expected = torch.nn.functional.one_hot(labels, width) - wide.softmax(1)
    if with_factors:
        expected = expected * factors.double()[:, None]
    totals = rows.sums(logits, labels)[1]
    found = rows.slopes(logits, labels, totals, factors if with_factors else None)
    assert found.data_ptr() == logits.data_ptr(), "written over the logits"
    tolerance = 1e-5 if dtype == torch.float32 else 8e-3
    torch.testing.assert_close(found.double(), expected, rtol=tolerance, atol=1e-6)


@pytest.mark.parametrize("device", DEVICES)
def test_a_hit_is_the_likeliest_wherever_it_stands(device):
    width = 9000
    for place in (0, 4095, 4096, 8999):
        logits = torch.zeros(1, width, device=device)
        logits[0, place] = 1
        for label, expected in ((place, True), ((place + 1) % width, False)):
            hits = rows.sums(logits, torch.tensor([label], device=device))[2]
            assert bool(hits[0]) is expected, (place, label)


@pytest.mark.parametrize("device", DEVICES)
def test_large_logits_stay_finite(device):
    logits = torch.tensor([[1e4, -1e4], [1e4, -1e4]], device=device)
    labels = torch.tensor([0, 1], device=device)
    logps, totals, _ = rows.sums(logits, labels)
    assert logps.tolist() == [0.0, -2e4]
    assert rows.slopes(logits, labels, totals, None).tolist() == [[0, 0], [-1, 1]]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("place", [3, 4500])
@pytest.mark.parametrize("device", DEVICES)
def test_a_number_that_is_none_stays_one(device, place, bad):
    """Whoever watches the loss must see it, in whichever block it stands."""
    logits, labels, _ = numbers(5000, device)
    logits[2, place] = bad
    logps = rows.sums(logits, labels)[0]
    assert (~logps.isfinite()).nonzero().flatten().tolist() == [2]


def test_float64_keeps_its_digits():
    logits, labels, _ = numbers(61, "cpu", torch.float64)
    logps, totals, _ = rows.sums(logits, labels)
    assert logps.dtype == totals.dtype == torch.float64
    expected = torch.log_softmax(logits, 1).gather(1, labels[:, None]).squeeze(1)
    torch.testing.assert_close(logps, expected, rtol=1e-13, atol=1e-13)


def test_without_a_gpu_no_kernel_is_imported():
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert rows.triton_rows() is None
