"""Rows that are tokenised already (`input_ids`, `labels`): trained as they stand, and checked.

A label stands where its id stands (labels[t] is input_ids[t], or -100), as such rows are written
everywhere.
"""

import math
from typing import Any

from burnish.data.cells import BadRow, Row, kind_of, list_of
from burnish.data.draft import Draft, How
from burnish.data.sample import IGNORE, Tokenised

IDS, LABELS = "input_ids", "labels"
MASK, WEIGHTS = "attention_mask", "loss_weights"


def read(row: Row, _: How) -> Draft:
    """The ids of a row and their loss weights. Raises BadRow with the place of what is wrong."""
    ids = _whole_numbers(row, IDS)
    labels = _whole_numbers(row, LABELS)
    _same_length(LABELS, labels, ids)
    end = _end(row, ids)
    for place, label in enumerate(labels[end:], end):
        if label != IGNORE:
            raise BadRow(f"{LABELS} trains position {place}, which {MASK} hides: use {IGNORE}")
    weights = _weights(row, labels)[:end]
    ids, labels = ids[:end], labels[:end]
    _check_labels(ids, labels)
    return Draft([], tokenised=Tokenised(tuple(ids), weights))


def _whole_numbers(row: Row, column: str) -> list[int]:
    values = list_of(row, column)
    if not values:
        raise BadRow(f"{column} is empty")
    if set(map(type, values)) != {int}:
        place, wrong = next((k, v) for k, v in enumerate(values) if type(v) is not int)
        raise BadRow(f"{column} holds {_shown(wrong)} at position {place}, not a whole number")
    return values


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, (int, float)) else kind_of(value)


def _same_length(column: str, values: list[Any], ids: list[int]) -> None:
    if len(values) != len(ids):
        raise BadRow(f"{column} and {IDS} are of different lengths: {len(values)} and {len(ids)}")


def _end(row: Row, ids: list[int]) -> int:
    """How many ids there are before the padding on the right."""
    if row.get(MASK) is None:
        return len(ids)
    mask = _whole_numbers(row, MASK)
    _same_length(MASK, mask, ids)
    if wrong := set(mask) - {0, 1}:
        raise BadRow(f"{MASK} holds {min(wrong)}: it may hold 0 and 1")
    end = mask.index(0) if 0 in mask else len(mask)
    if 1 in mask[end:]:
        place = mask.index(1, end)
        raise BadRow(
            f"{MASK} is 0 at position {end} and 1 again at {place}: only padding on the right may "
            "be hidden"
        )
    if end == 0:
        raise BadRow(f"{MASK} hides every position")
    return end


def _check_labels(ids: list[int], labels: list[int]) -> None:
    for place, (label, own) in enumerate(zip(labels, ids, strict=True)):
        if label in (own, IGNORE):
            continue
        rule = f"a label is the id of its own position, or {IGNORE}"
        pairs = zip(labels, [*ids[1:], IGNORE], strict=True)
        if all(shifted in (follows, IGNORE) for shifted, follows in pairs):
            rule += "; these are shifted by one"
        raise BadRow(
            f"{LABELS} differs from {IDS} at position {place}: {label}, not {own} ({rule})"
        )


def _weights(row: Row, labels: list[int]) -> tuple[float, ...]:
    """The loss weight of each id, 0 where it is not trained."""
    trained = [float(label != IGNORE) for label in labels]
    if row.get(WEIGHTS) is None:
        return tuple(trained)
    values = list_of(row, WEIGHTS)
    _same_length(WEIGHTS, values, labels)
    for place, value in enumerate(values):
        is_number = type(value) in (int, float) and math.isfinite(value)
        if not is_number or value < 0:
            raise BadRow(
                f"{WEIGHTS} holds {_shown(value)} at position {place}, not a number of 0 or more"
            )
    return tuple(on * float(value) for on, value in zip(trained, values, strict=True))
