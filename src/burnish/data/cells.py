"""What stands in a cell of a row: text, lists, and lists written as text; and what is wrong with
it.
"""

import ast
import json
from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]
KINDS = {
    str: "text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


class BadRow(Exception):
    """A row that cannot be used; the message is the reason, without file and row."""


def kind_of(value: Any) -> str:
    """What a value is, in words."""
    return KINDS.get(type(value), type(value).__name__)


def text_of(row: Row, column: str) -> str | None:
    """A text cell, or None. Raises BadRow when it holds something else."""
    value = row.get(column)
    if value is None or isinstance(value, str):
        return value
    raise BadRow(f"{column} is {kind_of(value)}, not text")


def needed(row: Row, column: str) -> str:
    """A text cell that must hold something. Raises BadRow."""
    value = row.get(column)
    if not isinstance(value, str):
        raise BadRow(f"{column} is {kind_of(value)}, not text")
    if not value or value.isspace():
        raise BadRow(f"{column} is empty")
    return value


def written(row: Row, column: str) -> str:
    """A cell that holds text or a number, as text. Raises BadRow when it is another kind."""
    value = row.get(column)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return needed(row, column)


def list_of(row: Row, column: str) -> list[Any]:
    """A list cell, also one that is written as text, or as a table of columns. Raises BadRow."""
    value = row.get(column)
    if type(value) is list:
        return value
    value = literal(value, column)
    if isinstance(value, dict) and value and all(isinstance(v, list) for v in value.values()):
        return [dict(zip(value, each, strict=False)) for each in zip(*value.values(), strict=False)]
    if not isinstance(value, (list, tuple)):
        raise BadRow(f"{column} is {kind_of(value)}, not a list")
    return list(value)


def literal(value: Any, column: str) -> Any:
    """A value that may be written as text: JSON, or a Python literal. Raises BadRow."""
    if not isinstance(value, str) or not value.strip():
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            return read(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    raise BadRow(f"{column} is text that is neither JSON nor a Python literal")


def is_cut(value: Any) -> bool:
    """Whether a text in it was cut in the middle of a character, so that it is no Unicode."""
    if isinstance(value, str):
        if value.isascii():  # as most are, and found much faster than by encoding
            return False
        try:
            value.encode()
        except UnicodeEncodeError:
            return True
        return False
    if isinstance(value, dict):
        for key, each in value.items():
            if is_cut(each) or is_cut(key):
                return True
    elif isinstance(value, (list, tuple)):
        for each in value:
            if type(each) is not int and is_cut(each):  # token ids are many
                return True
    return False
