"""Projections of gradients: orthonormal, on the right side, and small when quantised."""

import numpy as np
import pytest
import torch

from burnish.core.errors import TrainingError
from burnish.optim.galore_project import (
    aligned,
    basis,
    likeness,
    project,
    project_back,
    sides,
    squeeze,
    stretch,
)

TALL, WIDE, EVEN = torch.Size((24, 10)), torch.Size((10, 24)), torch.Size((12, 12))


@pytest.mark.parametrize(
    ("kind", "shape", "expected"),
    [
        ("std", TALL, "right"), ("std", WIDE, "left"), ("std", EVEN, "right"),
        ("reverse_std", TALL, "left"), ("reverse_std", WIDE, "right"),
        ("reverse_std", EVEN, "left"),
        ("left", TALL, "left"), ("left", WIDE, "left"),
        ("right", TALL, "right"), ("right", WIDE, "right"),
        ("full", TALL, "both"), ("full", WIDE, "both"),
    ],
)  # fmt: skip
def test_the_side(kind, shape, expected):
    left, right = sides(shape, kind)
    assert (left, right) == (expected in ("left", "both"), expected in ("right", "both"))


@pytest.mark.parametrize("shape", [TALL, WIDE, EVEN])
@pytest.mark.parametrize("rank", [1, 4, 10, 99])
def test_bases_are_the_first_singular_vectors(shape, rank):
    gradient = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    left, right = basis(gradient, rank, True, True)
    u, _, v = np.linalg.svd(gradient.double().numpy(), full_matrices=False)
    count = min(rank, *shape)
    for found, expected in ((left, u[:, :count]), (right, v.T[:, :count])):
        assert found.shape == expected.shape
        cosines = np.abs((found.double().numpy() * expected).sum(0))
        assert cosines.min() > 1 - 1e-4
        same = found.mT @ found
        torch.testing.assert_close(same, torch.eye(count), rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", ["std", "reverse_std", "left", "right", "full"])
@pytest.mark.parametrize("shape", [TALL, WIDE, EVEN])
def test_at_full_rank_a_gradient_comes_back(kind, shape):
    gradient = torch.randn(shape)
    bases = basis(gradient, min(shape), *sides(shape, kind))
    back = project_back(project(gradient, *bases), *bases)
    torch.testing.assert_close(back, gradient, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("std", (24, 4)), ("reverse_std", (4, 10)), ("left", (4, 10)), ("right", (24, 4)),
     ("full", (4, 4))],
)  # fmt: skip
def test_the_projected_shape(kind, expected):
    gradient = torch.randn(TALL)
    assert project(gradient, *basis(gradient, 4, *sides(TALL, kind))).shape == expected


def test_the_projection_keeps_the_best_part():
    gradient = torch.randn(TALL)
    left, right = basis(gradient, 4, True, True)
    u, s, v = torch.linalg.svd(gradient, full_matrices=False)
    best = u[:, :4] * s[:4] @ v[:4]
    for bases in ((left, right[:0]), (left[:0], right), (left, right)):
        found = project_back(project(gradient, *bases), *bases)
        torch.testing.assert_close(found, best, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12, 0.0])
def test_any_size_of_gradient(scale):
    left, right = basis(torch.randn(TALL) * scale, 4, True, True)
    for found in (left, right):
        torch.testing.assert_close(found.mT @ found, torch.eye(4), rtol=0, atol=1e-5)


def test_a_gradient_that_is_no_number_is_told():
    for bad in (float("nan"), float("inf")):
        gradient = torch.randn(TALL)
        gradient[3, 3] = bad
        with pytest.raises(TrainingError, match="not a number"):
            basis(gradient, 4, True, False)


def test_signs_follow_the_projection_before():
    old = torch.linalg.qr(torch.randn(12, 4)).Q
    signs = torch.tensor([1.0, -1.0, -1.0, 1.0])
    torch.testing.assert_close(aligned(old * signs, old), old)
    torch.testing.assert_close(aligned(old, None), aligned(-old, None))
    assert likeness(old * signs, old) == pytest.approx(1, abs=1e-5)
    assert likeness(torch.linalg.qr(torch.randn(4000, 4)).Q, torch.eye(4000, 4)) < 0.1


@pytest.mark.parametrize("bits", range(1, 9))
@pytest.mark.parametrize("group_size", [1, 7, 64, 256])
def test_few_bits(bits, group_size):
    matrix = torch.randn(33, 7)
    packed, step, lowest = squeeze(matrix, bits, group_size)
    found = stretch(packed, step, lowest, bits, group_size, (33, 7))
    assert packed.dtype == torch.uint8
    assert len(packed) <= -(-(len(step) * group_size) // (8 // bits))
    error = (found - matrix).abs().max()
    assert error <= step.max() * 0.51 + 1e-6
    if group_size == 1:
        torch.testing.assert_close(found, matrix)
