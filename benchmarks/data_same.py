"""What differs between the ids and labels that two tools give for the same rows."""

from collections import Counter
from collections.abc import Callable
from typing import Any

IGNORE = -100
LINE, END, ASSISTANT = 198, 151645, 77091
"""Ids of Qwen2.5: a line break, <|im_end|>, and the word behind <|im_start|> of an answer."""

Row = tuple[list[int], list[int]]
"""Ids, and the label of each of them."""
Decode = Callable[[list[int]], str]

NOTHING = "nothing"
LAST = "holds the line break behind the last `<|im_end|>`"
BEHIND = "trains the line break behind `<|im_end|>`"
BEFORE = "trains the line break before the answer"
MERGED = "the same text in other ids: merges the start of an answer with its prompt"


def kinds(ours: Row, theirs: Row, decode: Decode) -> set[str]:
    """What another tool does that we do not, in words."""
    (ids, labels), (other_ids, other_labels) = ours, theirs
    found = set()
    if other_ids[-1:] == [LINE] and ids[-1:] == [END]:
        found.add(LAST)
        ids, labels = [*ids, LINE], [*labels, IGNORE]
    if ids != other_ids:
        return {*found, MERGED if decode(ids) == decode(other_ids) else "another text"}
    for k, (own, other) in enumerate(zip(labels, other_labels, strict=True)):
        if own == other:
            continue
        before = ids[k - 1] if own == IGNORE and ids[k] == LINE else None
        found.add({END: BEHIND, ASSISTANT: BEFORE}.get(before, "another mask"))
    return found or {NOTHING}


def differences(ours: dict[str, Any], theirs: dict[str, Any], decode: Decode) -> Counter[str]:
    """In how many of the sampled rows each difference is found."""
    found: Counter[str] = Counter()
    for row, other in theirs.items():
        own = ours.get(row, "not kept")
        found.update({f"we: {own}"} if isinstance(own, str) else kinds(own, other, decode))
    return found
