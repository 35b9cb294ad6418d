"""JSON as people write it: what is wrong with a text in words, and keys that stand twice."""

import json
import sys
from typing import Any

DEEP = "lists or objects in one another without end"
LONG_NUMBER = f"a whole number has more than {sys.get_int_max_str_digits()} digits"


class Twice(ValueError):
    """A key stands twice in one object."""


def what_is_wrong(error: ValueError | RecursionError) -> str:
    """What is wrong with a JSON text, in words for people who write data."""
    if isinstance(error, json.JSONDecodeError):
        return str(error)
    return DEEP if isinstance(error, RecursionError) else LONG_NUMBER


def count_keys(value: Any) -> int:
    """How many keys there are in all objects of a JSON value."""
    if type(value) is not dict and type(value) is not list:
        return 0
    count = len(value) if type(value) is dict else 0
    for each in value.values() if type(value) is dict else value:
        if type(each) is dict or type(each) is list:
            count += count_keys(each)
    return count


def check_keys(text: str) -> None:
    """Raises Twice when a key stands twice in one object of `text`, which is sound JSON."""
    json.loads(text, object_pairs_hook=_no_key_twice)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> None:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        twice = next(key for k, key in enumerate(keys) if key in keys[:k])
        raise Twice(f"the key {twice!r} stands twice in one object")
