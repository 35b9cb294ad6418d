"""One encoded example and the lengths of all, for people to look at before a run."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from burnish.data.sample import IGNORE, Encoded
from burnish.data.tokenizer import Tokenizer


def preview(encoded: Encoded, tokenizer: Tokenizer) -> str:
    """The ids, their text, and which of them carry loss. Each label is shown at the token that it
    is.
    """
    ids = [int(i) for i in encoded.input_ids]
    own = [IGNORE, *(int(label) for label in encoded.labels[:-1])]
    return "\n".join(
        [
            f"[SAMPLE] {encoded.sample}",
            f"[INPUT_IDS] {ids}",
            f"[INPUT] {tokenizer.decode(ids)}",
            f"[LABELS_IDS] {own}",
            f"[LABELS] {_masked(own, tokenizer)}",
        ]
    )


def length_line(lengths: np.ndarray[Any, Any]) -> str:
    """Mean, spread and bounds of lengths in tokens; (N,)."""
    if not len(lengths):
        return "lengths in tokens: there is no sequence"
    return (
        f"lengths in tokens: mean {lengths.mean():.1f}, standard deviation {lengths.std():.1f}, "
        f"from {lengths.min()} to {lengths.max()}, {len(lengths)} sequences"
    )


def _masked(labels: Sequence[int], tokenizer: Tokenizer) -> str:
    """Trained text as it is, runs without loss as [-100 * n]."""
    pieces = []
    for ignored, run in groupby(labels, key=lambda label: label == IGNORE):
        ids = list(run)
        pieces.append(f"[{IGNORE} * {len(ids)}]" if ignored else tokenizer.decode(ids))
    return "".join(pieces)
