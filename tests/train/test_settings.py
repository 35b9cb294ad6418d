"""torch's switches are set inside, and as they were outside."""

import os

import pytest
import torch

from burnish.train.settings import CUBLAS, determinism


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    monkeypatch.delenv(CUBLAS, raising=False)
    yield
    torch.use_deterministic_algorithms(False)


def state():
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.backends.cudnn.benchmark,
        os.environ.get(CUBLAS),
    )


def test_unwanted_it_changes_nothing():
    before = state()
    with determinism(False):
        assert state() == before


def test_wanted_it_holds_inside_only():
    before = state()
    with determinism(True):
        assert state() == (True, False, ":4096:8")
    assert state() == before


def test_it_is_put_back_after_an_error(monkeypatch):
    monkeypatch.setenv(CUBLAS, ":16:8")
    torch.backends.cudnn.benchmark = True
    try:
        with pytest.raises(ValueError), determinism(True):
            raise ValueError
        assert state() == (False, True, ":16:8")
    finally:
        torch.backends.cudnn.benchmark = False
