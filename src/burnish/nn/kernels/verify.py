"""A fast path is used only after its values and gradients were compared with its twin, on this
device and build.

Half precision is judged by its error against float64: at most 1.5 times the error of the eager twin
in the same dtype. A wrong gradient is fast and silent, so a kernel that fails is reported and left
out, never used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import torch
from torch import Tensor

from burnish.core.log import log
from burnish.nn.kernels import adamw, attention, float8, logps
from burnish.nn.layers import fp8

TOLERANCE = 1.5
FLOOR = {torch.float32: 2e-6, torch.bfloat16: 8e-3, torch.float16: 2e-3}
"""Of the largest entry: below it, both are as exact as sums in this dtype are; a slope that is one
percent off is still seen.
"""

Run = Callable[[Sequence[Tensor]], Sequence[Tensor]]


def agrees(fast: Run, eager: Run, inputs: Sequence[Tensor]) -> bool:
    """Whether `fast` is as close to float64 as `eager` is; both map floating inputs to outputs and
    gradients in one list.
    """
    exact = eager([x.double() for x in inputs])
    for quick, slow, true in zip(fast(inputs), eager(inputs), exact, strict=True):
        scale = true.abs().max().clamp_min(1e-30)
        error = (quick.double() - true).abs().max() / scale
        allowed = (slow.double() - true).abs().max() / scale
        if not error <= max(TOLERANCE * allowed.item(), FLOOR[quick.dtype]):
            return False
    return True


@lru_cache
def linear_head_works(device: str, dtype: torch.dtype, trained: bool, even: bool = False) -> bool:
    """Compare `logps.LinearHead` with `logps.chunked` on random numbers; kept for this process."""
    make = torch.Generator(device="cpu").manual_seed(0)
    hidden = torch.randn(48, 64, generator=make).to(device, dtype)
    weight = (torch.randn(5000, 64, generator=make) / 8).to(device, dtype)
    labels = torch.randint(5000, (48,), generator=make).to(device)
    factors = torch.full((48,), 0.3) if even else torch.rand(48, generator=make)
    factors = factors.to(device)

    def run(score: Callable[[Tensor, Tensor], Tensor]) -> Run:
        def values_and_gradients(inputs: Sequence[Tensor]) -> Sequence[Tensor]:
            leaf, matrix = (tensor.detach().requires_grad_() for tensor in inputs)
            matrix.requires_grad_(trained)
            scores = score(leaf, matrix)
            (scores * factors.to(scores.dtype)).sum().backward()
            return [x for x in (scores.detach(), leaf.grad, matrix.grad) if x is not None]

        return values_and_gradients

    def compare() -> bool:
        return agrees(
            run(lambda h, w: logps.LinearHead.apply(h, w, labels, 20, even)[0]),
            run(lambda h, w: exact_or_chunked(h, w, labels)),
            [hidden, weight],
        )

    return holds("linear head", f"{device} {dtype}", compare)


@lru_cache
def adamw_works(device: str) -> bool:
    """Compare the fast AdamW step with its eager twin; kept for this process."""
    make = torch.Generator(device="cpu").manual_seed(0)
    weight, mean, gradient = (
        (torch.randn(5000, generator=make) / 8).to(device, torch.bfloat16) for _ in range(3)
    )
    low = torch.randint(-(2**15), 2**15, (5000,), generator=make).to(device, torch.int16)
    square = mean.float().square()
    numbers = adamw.Numbers(1e-3, 0.1, 0.9, 0.95, 1e-8, 0.19, 0.0975)

    def stepped(fast: bool) -> list[Tensor]:
        held = adamw.Held(weight.clone(), low.clone(), mean.clone(), square.clone())
        assert held.low is not None
        adamw.step(held, gradient, numbers, fast=fast)
        return [adamw.join(held.weight, held.low), held.square, held.mean.float()]

    def compare() -> bool:
        tolerances = (1e-6, 1e-6, 2**-7)  # the first moment is held in bfloat16
        return all(
            torch.allclose(quick, slow, rtol=tolerance, atol=tolerance * 1e-2)
            for quick, slow, tolerance in zip(
                stepped(True), stepped(False), tolerances, strict=True
            )
        )

    return holds("AdamW", device, compare)


@lru_cache
def attention_works(device: str, shape: attention.Shape) -> bool:
    """Compare attention by bounds with its eager twin on random numbers; kept for this process."""
    make = torch.Generator(device="cpu").manual_seed(0)
    ends = [0, 1, 38, 102, 107, 240]
    heads = (shape.heads, shape.key_heads, shape.key_heads, shape.heads)
    *inputs, pull = (
        torch.randn(ends[-1], h, shape.width, generator=make).to(device, shape.dtype) for h in heads
    )
    bounds = torch.tensor(ends, dtype=torch.int32, device=device)
    longest = max(end - start for start, end in pairwise(ends))
    window = None if shape.window is None else min(shape.window, 50)  # shorter than the longest
    rest = (bounds, longest, shape.width**-0.5, window)

    def run(way: Callable[..., Tensor]) -> Run:
        def values_and_gradients(inputs: Sequence[Tensor]) -> Sequence[Tensor]:
            leaves = [x.detach().requires_grad_() for x in inputs]
            found = way(*leaves, *rest)
            found.backward(pull.to(found.dtype))
            return [found.detach(), *(leaf.grad for leaf in leaves if leaf.grad is not None)]

        return values_and_gradients

    def compare() -> bool:
        return agrees(run(attention.fast), run(attention.eager), inputs)

    return holds("attention by bounds", f"{device} {shape.dtype}", compare)


@lru_cache
def float8_works(device: str, dtype: torch.dtype) -> bool:
    """Compare the kernels that round to 8 bits and widen with their eager twins, bit for bit; kept
    for this process.
    """
    make = torch.Generator(device="cpu").manual_seed(0)
    size = torch.logspace(-9, 4, 12)[:, None]
    size[3] = 0

    def same(width: int) -> bool:
        rows = (torch.randn(12, width, generator=make) * size).to(device, dtype)
        (quick, scale), (slow, other) = (float8.pack(rows, fast) for fast in (True, False))
        equal = torch.equal(quick.view(torch.uint8), slow.view(torch.uint8))
        ways = (float8.unpack(slow, other, dtype, fast) for fast in (True, False))
        return equal and torch.equal(scale, other) and torch.equal(*ways)

    return holds("8-bit rounding", f"{device} {dtype}", lambda: same(64) and same(5008))


@lru_cache
def fp8_works(device: str, dtype: torch.dtype) -> bool:
    """Compare the 8-bit linear layer with its eager twin on random numbers; kept for this
    process.
    """
    make = torch.Generator(device="cpu").manual_seed(0)
    x, pull = (torch.randn(40, n, generator=make).to(device, dtype) for n in (64, 96))
    packed, scale = float8.pack(torch.randn(96, 64, generator=make).to(device) / 8)

    def run(units: bool) -> Run:
        def values_and_gradients(inputs: Sequence[Tensor]) -> Sequence[Tensor]:
            leaf = inputs[0].detach().requires_grad_()
            found = fp8.Product.apply(leaf, packed.view(torch.uint8), scale, fp8.Ways(units))
            found.backward(pull.to(found.dtype))
            return [x for x in (found.detach(), leaf.grad) if x is not None]

        return values_and_gradients

    return holds("8-bit linear", f"{device} {dtype}", lambda: agrees(run(True), run(False), [x]))


def holds(name: str, where: str, compare: Callable[[], bool]) -> bool:
    """Whether a comparison holds; a kernel that differs, or does not even build, is reported."""
    try:
        with torch.enable_grad():
            fine = compare()
        reason = "differs from its eager twin"
    except Exception as error:  # a compiler that is missing raises what it likes
        fine, reason = False, f"does not run ({type(error).__name__})"
    if not fine:
        log.warning("kernel %s %s on %s: not used", name, reason, where)
    return fine


def exact_or_chunked(hidden: Tensor, weight: Tensor, labels: Tensor) -> Tensor:
    """The twin; in float64 without the cast to float32 that scoring does."""
    if hidden.dtype == torch.float64:
        logits = hidden @ weight.T
        return logits.gather(1, labels[:, None]).squeeze(1) - logits.logsumexp(1)
    return logps.chunked(hidden, labels, lambda rows: rows @ weight.T, 20)[0]
