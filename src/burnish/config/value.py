"""The annotation is the parser: what was typed, or came from Python or JSON, as the flag's type."""

import json
import math
import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from burnish.config.flag import AUTO, FlagInfo
from burnish.core.errors import BurnishError
from burnish.core.files import read_json
from burnish.core.registry import REGISTRIES, nearest

TRUE = {"true", "1", "yes"}
FALSE = {"false", "0", "no"}
NONE = {"none", "null"}


class Unfit(Exception):
    """A value that its flag cannot have: why, and perhaps what was meant."""

    def __init__(self, wrong: str, fix: str = ""):
        super().__init__(wrong)
        self.wrong, self.fix = wrong, fix


def from_words(info: FlagInfo, words: list[str]) -> Any:
    """The value of what stood behind a flag on the command line. Raises: Unfit."""
    if not words:
        if info.is_bool:
            return convert(info, True)
        if not info.is_list:
            raise Unfit("needs a value")
        return []
    if info.is_list:
        alone = words[0].strip()
        if len(words) == 1 and alone.lower() in NONE:
            return convert(info, None)
        if len(words) == 1 and alone.startswith("[") and alone.endswith("]"):
            return convert(info, _json(alone))
        if len(words) == 1:
            words = [piece for piece in alone.split(",") if piece]
        return convert(info, words)
    if len(words) > 1:
        raise Unfit("takes one value", "put quotes around text that has spaces")
    return convert(info, words[0])


def convert(info: FlagInfo, raw: Any) -> Any:
    """A value of the flag's type, within its bounds. Raises: Unfit."""
    if info.default is AUTO and (raw is AUTO or _is_automatic(raw)):
        return AUTO
    if _hashable(raw) and raw in info.meta.spelled:
        raw = info.meta.spelled[raw]
    if raw is None or (info.optional and isinstance(raw, str) and raw.lower() in NONE):
        return _none(info)
    value = _of_some_part(info, raw)
    for item in value if isinstance(value, list) else [value]:
        _check_choice(info, item)
        _check_bounds(info, item)
    return value


def _is_automatic(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and raw.lower() in {"auto", *NONE})


def _hashable(raw: Any) -> bool:
    return raw.__hash__ is not None


def _none(info: FlagInfo) -> Any:
    if info.optional:
        return None
    if info.is_list:
        return []
    raise Unfit("cannot be none")


def _of_some_part(info: FlagInfo, raw: Any) -> Any:
    problem = Unfit("cannot be used")
    if info.parts == (bool, int) and str(raw).strip().lstrip("+-").isdigit():
        return _to_int(raw)  # 0 and 1 are numbers where a number is a value, too
    looks_like_json = isinstance(raw, str) and raw.lstrip().startswith("{")
    for part in sorted(info.parts, key=lambda part: part is str) if looks_like_json else info.parts:
        try:
            return _to(part, raw)
        except Unfit as unfit:
            problem = unfit
    if info.parts == (bool, int):
        raise Unfit("must be true, false or a whole number")
    raise problem


def _to(part: Any, raw: Any) -> Any:
    """`raw` as the type `part`, or Unfit."""
    origin = get_origin(part)
    if origin is list:
        return _to_list(get_args(part)[0], raw)
    if origin is dict:
        return _to_dict(raw)
    if origin is Literal:
        return _to_choice(get_args(part), raw)
    converters = {bool: _to_bool, int: _to_int, float: _to_float, str: _to_text, Path: _to_path}
    return converters[part](raw)


def _to_bool(raw: Any) -> bool:
    text = str(raw).strip().lower()
    if isinstance(raw, (bool, str)) or raw in (0, 1):
        if text in TRUE:
            return True
        if text in FALSE:
            return False
    raise Unfit("must be true or false")


def _to_int(raw: Any) -> int:
    try:
        if isinstance(raw, str):
            return int(raw.replace("_", "x"))  # int() would read 1_000; a typo is likelier
        if isinstance(raw, (int, float)) and not isinstance(raw, bool) and raw == int(raw):
            return int(raw)
    except (ValueError, OverflowError):
        pass
    raise Unfit("must be a whole number")


def _to_float(raw: Any) -> float:
    try:
        if isinstance(raw, (str, int, float)) and not isinstance(raw, bool):
            number = float(raw.replace("_", "x") if isinstance(raw, str) else raw)
            if math.isfinite(number):
                return number
    except (ValueError, OverflowError):
        pass
    raise Unfit("must be a number")


def _to_text(raw: Any) -> str:
    if isinstance(raw, Path):
        return str(raw)
    if isinstance(raw, str):
        return raw
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return str(raw)
    raise Unfit("must be text")


def _to_path(raw: Any) -> Path:
    if isinstance(raw, (str, Path)) and str(raw):
        return Path(raw).expanduser()
    raise Unfit("must be a path")


def _to_list(part: Any, raw: Any) -> list[Any]:
    if isinstance(raw, str):
        raw = [piece for piece in raw.split(",") if piece]
    if isinstance(raw, Path):
        raw = [raw]
    if not isinstance(raw, (list, tuple)):
        raise Unfit("must be a list")
    return [_to(part, item) for item in raw if item is not None]


def _to_dict(raw: Any) -> dict[str, Any]:
    if isinstance(raw, (str, Path)) and str(raw).strip().startswith("{"):
        raw = _json(str(raw))
    elif isinstance(raw, (str, Path)):
        try:
            raw = read_json(raw)
        except BurnishError as error:
            raise Unfit(f"must be JSON or the path of a JSON file: {error}") from None
    if not isinstance(raw, dict):
        raise Unfit("must be a JSON object, such as '{\"key\": 1}'")
    return raw


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Unfit(f"is not valid JSON: {error}") from None


def _to_choice(choices: tuple[Any, ...], raw: Any) -> Any:
    for choice in choices:
        if type(choice) is type(raw) and choice == raw:
            return choice
        if isinstance(raw, str) and raw.strip().lower() == str(choice).lower():
            return choice
    return raw  # _check_choice says what is accepted


def _check_choice(info: FlagInfo, value: Any) -> None:
    if not info.choices or value in info.choices:
        return
    names = [str(choice) for choice in info.choices if choice not in info.meta.refused]
    if info.meta.registry:
        registry = next(r for r in REGISTRIES if r.kind == info.meta.registry)
        if value in registry:
            return
        names += [name for name in registry.names() if name not in names]
    close = nearest(str(value), names)
    raise Unfit(f"must be one of: {', '.join(names)}", f"did you mean {close}?" if close else "")


def _check_bounds(info: FlagInfo, value: Any) -> None:
    meta = info.meta
    if meta.pattern is not None and not re.fullmatch(meta.pattern, str(value)):
        raise Unfit(f"must look like {meta.pattern}")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return
    if meta.ge is not None and value < meta.ge:
        raise Unfit(f"must be at least {meta.ge}")
    if meta.gt is not None and value <= meta.gt:
        raise Unfit(f"must be more than {meta.gt}")
    if meta.le is not None and value > meta.le:
        raise Unfit(f"must be at most {meta.le}")
    if meta.lt is not None and value >= meta.lt:
        raise Unfit(f"must be less than {meta.lt}")
