"""Ranks, devices and precision: where a step runs, how gradients meet, and how the optimiser is
stepped.

Losses are divided by the whole step's count of units before the backward pass, so gradients of all
ranks are summed, never averaged, and once a step: neither accumulation nor the number of ranks
changes the result.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from accelerate import PartialState
from torch import Tensor, nn
from torch.optim import Optimizer

from burnish.core.facts import Facts
from burnish.nn.layers import master

BUCKET_ELEMENTS = 2**25  # gradients exchanged at once: 128 MiB in float32


class Mesh:
    """The processes that train together, seen from one of them.

    Args:
        backend: gloo, nccl, ...; None picks by device.
        timeout_seconds: how long a rank waits for the others.
        dtype: compute dtype; float16 brings a loss scale.
    """

    def __init__(
        self, dtype: torch.dtype, backend: str | None = None, timeout_seconds: int = 1800
    ) -> None:
        cpu = not torch.cuda.is_available()
        self._state = (
            PartialState(
                cpu=cpu,
                backend=backend or ("gloo" if cpu else "nccl"),
                timeout=timedelta(seconds=timeout_seconds),
            )
            if _launched()
            else None
        )
        self.rank = self._state.process_index if self._state else 0
        self.world = self._state.num_processes if self._state else 1
        self.device = (
            torch.device("cpu")
            if cpu
            else torch.device("cuda", self._state.local_process_index if self._state else 0)
        )
        if not cpu:
            torch.cuda.set_device(self.device)
        self.dtype = dtype
        self.autocast = False
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=dtype == torch.float16)

    @property
    def is_main(self) -> bool:
        """Whether this rank writes and speaks."""
        return self.rank == 0

    def decide_autocast(self, model: nn.Module) -> None:
        """Autocast is needed where float32 weights take part in half-precision arithmetic by
        themselves; without it, training computes what the model computes when it answers.
        """
        self.autocast = self.dtype != torch.float32 and master.need_autocast(model)

    @contextlib.contextmanager
    def forward(self) -> Iterator[None]:
        """The precision a forward pass runs in."""
        with torch.autocast(self.device.type, self.dtype, enabled=self.autocast):
            yield

    def share(self, model: nn.Module) -> None:
        """Give every rank the main rank's trainable weights, so that all start equal."""
        if self.world > 1:
            for parameter in model.parameters():
                if parameter.requires_grad:
                    dist.broadcast(parameter.data, 0)

    def sum(self, counts: Mapping[str, float]) -> dict[str, Tensor]:
        """Each count added up over every rank, as float64 scalars on the device; nothing waits for
        them.
        """
        values = torch.tensor(list(counts.values()), dtype=torch.float64)
        values = values.to(self.device, non_blocking=True)
        if self.world > 1:
            dist.all_reduce(values)
        return dict(zip(counts, values.unbind(), strict=True))

    def sum_tensors(self, values: Sequence[Tensor]) -> list[Tensor]:
        """Scalars added up over every rank."""
        if self.world == 1 or not values:
            return list(values)
        stacked = torch.stack([v.double() for v in values])
        dist.all_reduce(stacked)
        return list(stacked.unbind())

    def backward(self, loss: Tensor) -> None:
        """Add this micro-batch's gradients."""
        self.scaler.scale(loss).backward()

    def step(
        self, optimizer: Optimizer, parameters: Sequence[nn.Parameter], max_norm: float
    ) -> Tensor:
        """Exchange, unscale and clip gradients, then step; returns the norm before clipping, ()
        float32 on the device.
        """
        self.exchange(parameters)
        self.scaler.unscale_(optimizer)
        norm = nn.utils.clip_grad_norm_(parameters, max_norm if max_norm > 0 else math.inf)
        self.scaler.step(optimizer)
        self.scaler.update()
        return norm

    def exchange(self, parameters: Sequence[nn.Parameter]) -> None:
        """Sum gradients over the ranks, in buckets; a rank without one for a parameter adds
        zero.
        """
        if self.world == 1:
            return
        for bucket in buckets([p for p in parameters if p.requires_grad]):  # LISA rests some
            grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in bucket]
            flat = torch.cat([g.reshape(-1) for g in grads])
            dist.all_reduce(flat)
            for parameter, part in zip(bucket, flat.split([g.numel() for g in grads]), strict=True):
                parameter.grad = part.view_as(parameter).clone()

    def barrier(self) -> None:
        """Wait until every rank is here."""
        if self.world > 1:
            dist.barrier()

    def tell(self, value: Any) -> Any:
        """The main rank's `value`, on every rank."""
        if self.world == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, 0)
        return box[0]

    def close(self) -> None:
        """Leave the process group, so that the processes end without a warning."""
        if self._state is not None and dist.is_initialized():
            dist.destroy_process_group()


def buckets(parameters: Sequence[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
    """Parameters of one dtype together, up to `BUCKET_ELEMENTS` at a time; the same on every
    rank.
    """
    for dtype in sorted({p.dtype for p in parameters}, key=str):
        bucket: list[nn.Parameter] = []
        size = 0
        for parameter in (p for p in parameters if p.dtype == dtype):
            if bucket and size + parameter.numel() > BUCKET_ELEMENTS:
                yield bucket
                bucket, size = [], 0
            bucket.append(parameter)
            size += parameter.numel()
        if bucket:
            yield bucket


def _launched() -> bool:
    """Whether a launcher, torchrun or any that sets RANK and WORLD_SIZE, started this process."""
    return dist.is_torchelastic_launched() or Facts().world_size > 1
