"""One encoded example and the lengths of all, for people to look at before a run."""

from collections.abc import Sequence
from itertools import groupby
from statistics import fmean, pstdev

from burnish.data.sample import IGNORE, Encoded
from burnish.data.tokenizer import Tokenizer


def preview(encoded: Encoded, tokenizer: Tokenizer) -> str:
    """The ids, their text, and which of them carry loss. Each label is shown at the token that it
    is.
    """
    own = [IGNORE, *encoded.labels[:-1]]
    return "\n".join(
        [
            f"[SAMPLE] {encoded.sample}",
            f"[INPUT_IDS] {encoded.input_ids}",
            f"[INPUT] {tokenizer.decode(encoded.input_ids)}",
            f"[LABELS_IDS] {own}",
            f"[LABELS] {_masked(own, tokenizer)}",
        ]
    )


def length_line(sequences: Sequence[Encoded]) -> str:
    """Mean, spread and bounds of the lengths in tokens."""
    lengths = [len(encoded) for encoded in sequences]
    if not lengths:
        return "lengths in tokens: there is no sequence"
    return (
        f"lengths in tokens: mean {fmean(lengths):.1f}, standard deviation {pstdev(lengths):.1f}, "
        f"from {min(lengths)} to {max(lengths)}, {len(lengths)} sequences"
    )


def _masked(labels: Sequence[int], tokenizer: Tokenizer) -> str:
    """Trained text as it is, runs without loss as [-100 * n]."""
    pieces = []
    for ignored, run in groupby(labels, key=lambda label: label == IGNORE):
        ids = list(run)
        pieces.append(f"[{IGNORE} * {len(ids)}]" if ignored else tokenizer.decode(ids))
    return "".join(pieces)
