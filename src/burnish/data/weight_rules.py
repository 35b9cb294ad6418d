"""The rules of loss weights, as --loss_scale_config_path names them or a JSON file holds them."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import regex

from burnish.catalog.loss_scales import LOSS_SCALES
from burnish.core.errors import DataError
from burnish.core.registry import nearest

FLAG = "--loss_scale_config_path"
PARTS = ("response", "query")

Ruled = tuple[str, float]
"""A text to look for, or a regular expression, and a weight."""
Literal = tuple[str, float, float]
"""A key, its weight, and the weight of the text behind it."""
Rules = tuple[tuple[Ruled, ...], tuple[Literal, ...], tuple[Ruled, ...]]
"""Rules for the question, keys in the answer, regular expressions for the answer."""


def read_rules(where: str) -> Rules:
    """The rules that have this name, or stand in this file, in either form.

    Raises DataError that names the file and the key.
    """
    return _rules(LOSS_SCALES[where] if where in LOSS_SCALES else _read(where), where)


def _read(where: str) -> Any:
    """The JSON of a file."""
    path = Path(where)
    if not where or not path.exists():
        near = nearest(where, LOSS_SCALES) if where else None
        hint = f"Did you mean {near}?" if near else f"Give {', '.join(LOSS_SCALES)} or a JSON file."
        raise DataError(f"{FLAG} {where!r} is neither a file nor a name. {hint}")
    if path.is_dir():
        raise DataError(f"{FLAG} {where} is a folder. Give a JSON file in it.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(where, f"byte {error.start} is not UTF-8", "Save it as UTF-8") from None
    except OSError as error:
        raise _wrong(where, f"cannot be read: {error.strerror}", "Give another file") from None
    if not text.strip():
        raise _wrong(where, "the file is empty", 'Write rules: {"Observation:": [2, 0]}')
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, where))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _wrong(where, f"not JSON: {error.msg} at {place}", "Put it right there") from None
    except RecursionError:
        raise _wrong(where, "nested too deep", "Keys lead to lists of weights") from None


def _unique(pairs: Sequence[tuple[str, Any]], where: str) -> dict[str, Any]:
    """An object; of two equal keys JSON would forget the first without a word."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _wrong(where, f"the key {key!r} is there twice", "Keep one of them")
        found[key] = value
    return found


def _rules(given: Any, where: str) -> Rules:
    if not isinstance(given, Mapping):
        fix = 'Write {"Observation:": [2, 0]}, keys and lists of weights'
        raise _wrong(where, f"holds {_kind(given)}, not an object", fix)
    response, query = _parts(given, where)
    if not response and not query:
        raise _wrong(where, "holds no rule", "Add one, or drop --use_loss_scale")
    literal, regex = [], []
    for key, value in response.items():
        weights = _weights(key, value, "response", where)
        if len(weights) == 2:
            literal.append((key, weights[0], weights[1]))
        else:
            regex.append((_pattern(key, where), weights[0]))
    asked = [(key, _weights(key, value, "query", where)[0]) for key, value in query.items()]
    return tuple(asked), tuple(literal), tuple(regex)


def _parts(given: Mapping[str, Any], where: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The rules of the answer and those of the question, from either form."""
    if not any(isinstance(given.get(part), Mapping) for part in PARTS):
        return given, {}
    for key, value in given.items():
        if key not in PARTS:
            fix = f'Move it into "response", beside which only "query" may stand; or drop {PARTS}'
            raise _wrong(where, f"{key!r} stands beside the rules of {PARTS}", fix)
        if not isinstance(value, Mapping):
            raise _wrong(
                where, f"{key!r} is {_kind(value)}, not an object", "Give keys and weights"
            )
    return given.get("response", {}), given.get("query", {})


def _weights(key: str, value: Any, part: str, where: str) -> list[float]:
    """The weights of one rule: one or two for an answer, one for a question."""
    name = f"{part} rule {key!r}"
    if not key:
        raise _wrong(where, f"a {part} rule has an empty key", "Every text holds it; name a text")
    asked = part == "query"
    if asked and not isinstance(value, (list, tuple)):
        value = [value]
    if not isinstance(value, (list, tuple)):
        fix = "Give [weight of the key, weight of the text behind it], or [weight] for a regex"
        raise _wrong(where, f"{name} has {_kind(value)}, not a list", fix)
    if len(value) not in ((1,) if asked else (1, 2)):
        fix = "Give one number" if asked else "Give two for a key, one for a regex"
        raise _wrong(where, f"{name} has {len(value)} weights", fix)
    for weight in value:
        if isinstance(weight, bool) or not isinstance(weight, (int, float)):
            raise _wrong(where, f"{name} has {_kind(weight)} as a weight", "Give a number")
        if weight < 0:
            raise _wrong(where, f"{name} has the weight {weight}", "Weights are 0 or more")
        if not weight <= sys.float_info.max:
            raise _wrong(where, f"{name} has the weight {weight}", "Give a finite number")
    return [float(weight) for weight in value]


def _pattern(key: str, where: str) -> str:
    try:
        regex.compile(key)
    except regex.error as error:
        fix = "Put it right, or give two weights if it is a plain text"
        raise _wrong(
            where, f"response rule {key!r} is no regular expression: {error}", fix
        ) from None
    return key


def _kind(value: Any) -> str:
    """What a JSON value is, for people."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    kinds = {int: "a number", float: "a number", list: "a list", dict: "an object"}
    return kinds.get(type(value), type(value).__name__)


def _wrong(where: str, what: str, fix: str) -> DataError:
    return DataError(f"{FLAG} {where}: {what}. {fix}.")
