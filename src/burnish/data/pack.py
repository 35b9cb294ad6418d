"""Whole sequences packed into rows of a fixed capacity, with next to no room left over.

First by best fit decreasing: from the longest to the shortest, each sequence goes into the fullest
row that still has room for it. That is hard to beat where there are short sequences to fill gaps
with. Where there are none (all of them between 100 and 300 tokens, say), rows are put together by
their sums instead: lengths that add up to the capacity exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

CANDIDATES = 128
"""Different lengths looked at for one row: already so many give nearly every sum."""

Lengths = Sequence[int] | npt.NDArray[np.integer]


def pack(lengths: Lengths, capacity: int) -> list[list[int]]:
    """Rows of indices into `lengths`, each index once, the lengths of a row within `capacity`.

    The same lengths give the same rows, everywhere. A million lengths take some seconds.

    Raises:
        ValueError: a length below 1, or one beyond the capacity: that is cut or dropped before.
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    if sizes.size and (sizes.min() < 1 or sizes.max() > capacity):
        raise ValueError(f"lengths of {sizes.min()} to {sizes.max()}, rows of {capacity}")
    rows = best_fit(sizes, capacity)
    needed = -(-int(sizes.sum()) // capacity)
    if len(rows) > needed + 1:
        rows = min(rows, by_sums(sizes, capacity), key=len)
    return rows


def fill(lengths: Lengths, rows: int, capacity: int) -> float:
    """The share of `rows` rows that `lengths` fill, 0 to 1."""
    return float(np.sum(lengths)) / max(1, rows * capacity)


def best_fit(sizes: npt.NDArray[np.int64], capacity: int) -> list[list[int]]:
    """Best fit decreasing; a set of bits, one for each room, finds the row that waits."""
    order = np.argsort(-sizes, kind="stable")
    rows: list[list[int]] = []
    waiting: list[list[list[int]]] = [[] for _ in range(capacity + 1)]  # rows, by the room in them
    rooms = 0  # bit r is set when a row with room for r waits
    for index, size in zip(order.tolist(), sizes[order].tolist(), strict=True):
        fitting = rooms >> size
        if fitting:
            room = size + (fitting & -fitting).bit_length() - 1  # the lowest bit: the tightest fit
            row = waiting[room].pop()
            if not waiting[room]:
                rooms ^= 1 << room
        else:
            room, row = capacity, []
            rows.append(row)
        row.append(index)
        room -= size
        if room:
            waiting[room].append(row)
            rooms |= 1 << room
    return rows


def by_sums(sizes: npt.NDArray[np.int64], capacity: int) -> list[list[int]]:
    """Rows around the longest sequence left, filled by the lengths whose sum comes closest to the
    capacity; a combination is used as often as it can be, so there are few of them to find.
    """
    order = np.argsort(-sizes, kind="stable").tolist()
    values, starts, counts = np.unique(-sizes[order], return_index=True, return_counts=True)
    heap = {
        -int(value): order[start : start + count]
        for value, start, count in zip(values, starts, counts, strict=True)
    }  # indices by length, the longest length first
    rows: list[list[int]] = []
    while heap:
        longest = next(iter(heap))
        left = {size: len(found) for size, found in heap.items()}
        left[longest] -= 1
        recipe = combination(left, capacity - longest)
        recipe[longest] = recipe.get(longest, 0) + 1
        times = min(len(heap[size]) // number for size, number in recipe.items())
        for _ in range(times):
            rows.append(
                [heap[size].pop() for size, number in recipe.items() for _ in range(number)]
            )
        for size in recipe:
            if not heap[size]:
                del heap[size]
    return rows


def combination(left: dict[int, int], room: int) -> dict[int, int]:
    """How many of which lengths come closest to `room`, the longer ones preferred.

    `left`: how many there are of each length, the longest first.
    """
    usable = [(size, number) for size, number in left.items() if number and size <= room]
    if len(usable) > CANDIDATES:  # spread over all of them
        usable = [usable[i * len(usable) // CANDIDATES] for i in range(CANDIDATES)]
    sums = [1]  # bit s is set when the shorter lengths can add up to s
    below = (1 << (room + 1)) - 1
    for size, number in reversed(usable):
        reached, rest = sums[-1], min(number, room // size)
        part = 1
        while rest:  # 1, 2, 4, ... of this length give every number of it
            part = min(part, rest)
            reached |= (reached << (size * part)) & below
            rest -= part
            part *= 2
        sums.append(reached)
    target = sums.pop().bit_length() - 1
    chosen = {}
    for size, number in usable:
        shorter = sums.pop()
        take = min(number, target // size)
        while not shorter >> (target - take * size) & 1:
            take -= 1
        if take:
            chosen[size] = take
            target -= take * size
    return chosen
