"""Numbers read from the device without stalling it: copied when they are ready, looked at a step
later.
"""

from __future__ import annotations

import torch
from torch import Tensor


class Late:
    """A small tensor on its way to the host; `value` waits for that copy alone, not for work queued
    after it.
    """

    def __init__(self, tensor: Tensor) -> None:
        self._event = None
        if tensor.is_cuda:
            self._host = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
            self._host.copy_(tensor, non_blocking=True)
            self._event = torch.cuda.Event()
            self._event.record()
        else:
            self._host = tensor.clone()

    def value(self) -> Tensor:
        """The tensor on the host, in its own shape."""
        if self._event is not None:
            self._event.synchronize()
        return self._host
