"""Self-cognition: the names of the model and of its author, in place of {{NAME}} and {{AUTHOR}}."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from burnish.core.errors import DataError

PLACEHOLDERS = re.compile(r"\{\{ *(name|author) *\}\}", re.IGNORECASE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Names:
    """What --model_name and --model_author say: Chinese, then English; one holds for both."""

    model: tuple[str, ...] = ()
    author: tuple[str, ...] = ()

    @classmethod
    def of(cls, model: Sequence[str] | None, author: Sequence[str] | None) -> "Names | None":
        """The names, or None where none is given. Raises DataError for more than two."""
        for flag, given in (("--model_name", model), ("--model_author", author)):
            if given and len(given) > 2:
                raise DataError(
                    f"{flag} takes one name or two (Chinese, then English), and {len(given)} were "
                    f"given: {', '.join(map(repr, given))}. Quote a name that holds blanks."
                )
        return cls(tuple(model or ()), tuple(author or ())) if model or author else None

    def fill(self, row: Any) -> Any:
        """The row with its placeholders replaced, in the language of its tag or of its text."""
        tag = row.get("tag") if isinstance(row, dict) else None
        language = tag if tag in ("zh", "en") else ("zh" if _is_chinese(row) else "en")
        return self._filled(row, language)

    def _filled(self, value: Any, language: str) -> Any:
        if isinstance(value, str):
            if "{{" not in value:
                return value
            return PLACEHOLDERS.sub(lambda match: self._name(match, language), value)
        if isinstance(value, dict):
            return {key: self._filled(each, language) for key, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each, language) for each in value]
        return value

    def _name(self, match: re.Match[str], language: str) -> str:
        names = self.model if match[1].lower() == "name" else self.author
        if not names:
            return match[0]
        return names[0] if language == "zh" else names[-1]


def _is_chinese(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_is_chinese, value.values()))
    if isinstance(value, list):
        return any(map(_is_chinese, value))
    return isinstance(value, str) and CHINESE.search(value) is not None


def speaks_of_itself(rows: Iterable[Any]) -> bool:
    """Whether rows are about the model: they are tagged so, or a fifth of them wait for a name.

    In other rows {{name}} is somebody's template or program, and stays.
    """
    count = waiting = 0
    for row in rows:
        count += 1
        if has_placeholder(row):
            waiting += 1
            if isinstance(row, dict) and row.get("tag") in ("zh", "en"):
                return True
    return 5 * waiting >= count > 0


def has_placeholder(value: Any) -> bool:
    """Whether a text in it waits for a name."""
    if isinstance(value, str):
        return "{{" in value and PLACEHOLDERS.search(value) is not None
    if isinstance(value, dict):
        return any(map(has_placeholder, value.values()))
    return isinstance(value, (list, tuple)) and any(map(has_placeholder, value))
