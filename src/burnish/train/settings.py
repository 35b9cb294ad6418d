"""torch's process-wide switches, set for as long as a run lasts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import torch

CUBLAS = "CUBLAS_WORKSPACE_CONFIG"


@contextlib.contextmanager
def determinism(wanted: bool) -> Iterator[None]:
    """Only deterministic kernels while entered, if `wanted`; what was set before is put back."""
    if not wanted:
        yield
        return
    before, workspace = torch.are_deterministic_algorithms_enabled(), os.environ.get(CUBLAS)
    benchmark = torch.backends.cudnn.benchmark
    os.environ[CUBLAS] = ":4096:8"
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
        torch.backends.cudnn.benchmark = benchmark
        if workspace is None:
            del os.environ[CUBLAS]
        else:
            os.environ[CUBLAS] = workspace
