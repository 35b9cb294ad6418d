"""Which layouts of a batch a model can take: tried on the model itself, before the first step.

A model whose packed sequences see each other trains on nonsense, and nothing tells. So two packed
rows that differ in their first sequence alone must give the same for the second.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from itertools import accumulate
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from burnish.core.errors import ModelError
from burnish.core.log import log
from burnish.nn import unsloth
from burnish.nn.kernels import attention, verify
from burnish.nn.scorer import Scorer

HALF = (torch.bfloat16, torch.float16)
SEEN = "what comes before a sequence in its row changes it"
LONGEST_TRIAL = 1024


def settle(scorer: Scorer, packing: int | None = None) -> bool:
    """Whether batches of this model may be flat: whole sequences in one row, without any padding.

    To be called under the precision the run computes in, with every weight in place.

    Args:
        packing: tokens in a packed row; None: the run does not pack.

    Raises:
        ModelError: the run packs, and sequences of this model would see each other.
    """
    name = type(scorer.inner).__name__
    device = next(scorer.inner.parameters()).device.type
    reason = "it needs a GPU" if device == "cpu" else take_bounds(scorer)
    if reason is None:
        log.info("batches: no padding; %s attends by the bounds of each sequence", name)
        return True
    if device != "cpu":
        log.info("batches: padded; %s cannot attend by bounds (%s)", name, reason)
    if packing is not None and (fault := keep_apart(scorer, packing)):
        raise refused(name, fault)
    return False


def refuse_early(kind: type[nn.Module] | None) -> None:
    """What `settle` would refuse in a run that packs and its class alone tells: before the weights
    are read. `kind`: the model's class, where it is known.

    Raises:
        ModelError: sequences of this model would see each other.
    """
    if kind is not None and (fault := cannot_know(kind, kind.forward)):
        raise refused(kind.__name__, fault)


def refused(name: str, fault: str) -> ModelError:
    """What a person is told."""
    return ModelError(
        f"--packing true: {name} cannot keep packed sequences apart: {fault}.\n"
        "Leave --packing out, or use a model that attends by masks alone."
    )


def cannot_know(model: Any, forward: Any) -> str | None:
    """Why a model, or a class, has no way to tell sequences apart; None: it may have one."""
    if getattr(model, "_is_stateful", False):
        return "it carries a state from one position to the next (Mamba, linear attention)"
    if "position_ids" not in inspect.signature(forward).parameters:
        return "it takes no positions, so it cannot know where a sequence begins"
    return None


def take_bounds(scorer: Scorer) -> str | None:
    """Give the model attention by bounds; returns None, or why it keeps its own."""
    model = scorer.inner
    if unsloth.is_driven(model):  # its attention takes them anyway
        return leak(scorer)
    config = model.config.get_text_config()
    own = config._attn_implementation
    if own not in ("sdpa", attention.NAME):
        return f"its attention is set to {own}"
    if getattr(config, "is_causal", True) is False or not getattr(
        model, "_supports_flash_attn", False
    ):
        return "its attention needs a mask"
    attention.register()
    try:
        model.set_attn_implementation(attention.NAME)
        reason = refusal(scorer, config)
    except Exception as error:  # whatever a model's own code makes of it
        reason = str(error).strip().split("\n")[0] or type(error).__name__
    if reason is not None:
        model.set_attn_implementation(own)
    return reason


def refusal(scorer: Scorer, config: Any) -> str | None:
    """Why attention by bounds, which is now set, does not do for this model; None: it does."""
    if config._attn_implementation != attention.NAME:
        return "it has attention of its own kind"
    shapes: set[attention.Shape] = set()
    with mode(scorer, training=True), torch.no_grad():  # its dropout too: the kernel has none
        scorer.body(row_of(scorer, [3, 2]), burnish_shapes=shapes)
    device = next(scorer.inner.parameters()).device
    if not shapes:
        return "its layers do not hand on the bounds"
    if device.type != "cpu" and not all(shape.dtype in HALF for shape in shapes):
        return "it needs half precision"
    if device.type != "cpu" and not all(verify.attention_works(str(device), s) for s in shapes):
        return "the kernel is not exact here"
    return leak(scorer)


def keep_apart(scorer: Scorer, row: int) -> str | None:
    """See to it that sequences packed into rows of `row` tokens stand alone; returns None, or why
    that cannot be.
    """
    fault = leak(scorer, row)
    if unsloth.is_driven(scorer.inner):
        return fault or "Unsloth keeps apart the sequences of one row only"
    config = scorer.inner.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or ())
    windowed = not kinds and getattr(config, "sliding_window", None) is not None
    if fault != SEEN or windowed or not kinds <= {"full_attention", "sliding_attention"}:
        return fault
    scorer.own_masks = True
    try:
        fault = leak(scorer, row)
    except Exception as error:  # a model that makes its masks in its own way
        fault = f"it takes no masks ({type(error).__name__})"
    scorer.own_masks = fault is None
    return fault


def leak(scorer: Scorer, row: int = 0) -> str | None:
    """Why sequences packed into rows of `row` tokens would not stand alone; None: they do."""
    model, config = scorer.inner, scorer.inner.config.get_text_config()
    if fault := cannot_know(model, scorer.called.forward):
        return fault
    chunk = getattr(config, "attention_chunk_size", None)
    if "chunked_attention" in (getattr(config, "layer_types", None) or ()) and row > (chunk or 0):
        return f"it attends in chunks of {chunk} positions, counted from the start of a row"
    return None if stand_alone(scorer) else SEEN


def stand_alone(scorer: Scorer) -> bool:
    """Whether the second sequence of a row comes out as it does behind another, and alone."""
    window = getattr(scorer.inner.config.get_text_config(), "sliding_window", None) or 0
    length = 7 + (window if window <= LONGEST_TRIAL else 0)  # so that the window is tried as well
    with mode(scorer, training=False), torch.no_grad():
        first, other = (scorer.body(row_of(scorer, [9, length], seed))[0] for seed in (0, 1))
        alone = scorer.body(row_of(scorer, [length]))[0]
    loose = first.dtype in HALF or torch.is_autocast_enabled(first.device.type)
    same, close = (2e-2, 0.1) if loose else (1e-4, 1e-3)  # rounding, but no sequence seen
    return distance(first[9:], other[9:]) < same and distance(first[9:], alone) < close


@contextlib.contextmanager
def mode(scorer: Scorer, training: bool) -> Iterator[None]:
    """The model in training or not while entered."""
    before = scorer.training
    scorer.train(training)
    try:
        yield
    finally:
        scorer.train(before)


def distance(one: Tensor, two: Tensor) -> float:
    """The largest difference of a position's vector, as a part of that vector: (T, H) twice."""
    one, two = one.float(), two.float()
    parts = (one - two).norm(dim=1) / two.norm(dim=1).clamp_min(1e-12)
    largest = parts.max().item()
    return largest if largest == largest else float("inf")  # not a number: nothing is known


def row_of(scorer: Scorer, lengths: list[int], seed: int = 0) -> Any:
    """A batch of one row of random sequences of these lengths; `seed` changes all but the last."""
    device = next(scorer.inner.parameters()).device
    vocabulary = scorer.inner.config.get_text_config().vocab_size
    last = torch.Generator().manual_seed(2)
    before = torch.Generator().manual_seed(seed)
    ids = [torch.randint(vocabulary, (n,), generator=before) for n in lengths[:-1]]
    ids.append(torch.randint(vocabulary, (lengths[-1],), generator=last))
    places = [torch.arange(n) for n in lengths]
    single = len(lengths) == 1  # called as an ordinary batch is
    bounds = torch.tensor([0, *accumulate(lengths)], dtype=torch.int32)
    return SimpleNamespace(
        input_ids=torch.cat(ids)[None].to(device),
        positions=None if single else torch.cat(places)[None].to(device),
        bounds=None if single else bounds.to(device),
        longest=max(lengths),
    )
