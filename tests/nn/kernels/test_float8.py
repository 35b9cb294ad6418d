"""Rounding to 8 bits, as e4m3 rounds; on a GPU the kernels give the same bits."""

import pytest
import torch

from burnish.nn.kernels import float8, verify
from burnish.nn.kernels.float8 import pack, unpack


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
    monkeypatch.setattr(float8, "CHUNK", 20)
    assert torch.equal(pack(rows)[0].view(torch.uint8), whole.view(torch.uint8))


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("width", [16, 61, 4096, 18944])
def test_the_kernels_give_the_same_bits(width, dtype):
    assert float8.triton_float8() is not None
    draw = torch.Generator().manual_seed(width)
    rows = torch.randn(37, width, generator=draw) * torch.logspace(-9, 4, 37)[:, None]
    rows[5] = 0
    rows = rows.to("cuda", dtype)
    for given in (rows, rows.mT.contiguous().mT, rows[:, : width // 2]):
        (quick, scale), (slow, other) = pack(given, True), pack(given)
        assert torch.equal(quick.view(torch.uint8), slow.view(torch.uint8))
        assert torch.equal(scale, other)
        wide = unpack(slow.view(torch.uint8), scale, dtype, True)
        assert torch.equal(wide, unpack(slow, scale, dtype)) and wide.dtype == dtype


@pytest.mark.gpu
def test_what_is_no_number_stays_so():
    rows = torch.ones(3, 64, device="cuda", dtype=torch.bfloat16)
    rows[1, 7] = torch.nan
    wide = unpack(*pack(rows, True), torch.bfloat16, True)
    assert wide[1].isnan().any() and wide[[0, 2]].isfinite().all()


def test_a_kernel_that_rounds_otherwise_is_not_used(monkeypatch, caplog):
    """A fault that is planted: one number of a row that is one step off."""

    class Wrong:
        @staticmethod
        def pack(rows):
            packed, scale = pack(rows)
            packed.view(torch.uint8)[0, 0] ^= 1
            return packed, scale

        @staticmethod
        def unpack(packed, scale, dtype):
            return unpack(packed, scale, dtype)

    monkeypatch.setattr(float8, "triton_float8", lambda: Wrong)
    verify.float8_works.cache_clear()
    assert not verify.float8_works("cpu", torch.bfloat16)
    monkeypatch.undo()
    verify.float8_works.cache_clear()
    assert verify.float8_works("cpu", torch.bfloat16)
