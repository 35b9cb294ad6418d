"""What happens to a row before its form is looked for: columns renamed, a named conversion, names
filled in.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from burnish.core.errors import DataError
from burnish.core.registry import nearest
from burnish.data.cells import BadRow, kind_of
from burnish.data.codes import CODES, REFUSED, known
from burnish.data.draft import PREFIX, Purpose
from burnish.data.forms import FORMS, SHARED
from burnish.data.media import NAMES as MEDIA
from burnish.data.names import Names, has_placeholder, speaks_of_itself
from burnish.data.own_code import module_of, told
from burnish.data.recipes import RECIPES
from burnish.data.table import Table

DROPPED = ("", "-", "_")
"""What a column is mapped to that is not wanted."""
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that is done to a row; picklable, so functions are found by their name."""

    columns: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None
    names: Names | None = None
    drop_system: bool = False
    has_blanks: bool = False
    """Whether an empty query is none at all, since the file cannot say null."""
    digest: str = ""
    """Of the file of a person's own conversion, since its samples change with it."""

    @property
    def acts(self) -> bool:
        """Whether it does anything."""
        return bool(self.columns or self.code or self.names or self.drop_system or self.has_blanks)

    def __call__(self, row: dict[str, Any], purpose: Purpose) -> dict[str, Any]:
        """The row as its form is looked for. Raises BadRow."""
        if self.columns:
            row = rename(row, self.columns)
        if self.drop_system:
            row = {key: value for key, value in row.items() if key != "system"}
        if self.has_blanks and row.get("query") == "":
            row = {**row, "query": None, "system": row.get("system") or None}
        if self.names:
            row = self.names.fill(row)
        return run(self.code, row, purpose) if self.code else row


def rename(row: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """The row under our names; a renamed column wins over one that has the name already."""
    taken = {columns[key] for key in columns if key in row}
    kept = {key: value for key, value in row.items() if key not in columns and key not in taken}
    for theirs, ours in columns.items():
        if theirs in row and ours not in DROPPED:
            kept[ours] = row[theirs]
    return kept


def run(code: str, row: dict[str, Any], purpose: Purpose) -> dict[str, Any]:
    """The row after the conversion `code`. Raises BadRow."""
    name, _, option = code.partition(":")
    if name in CODES:
        return CODES[name](row)
    if name in RECIPES:
        prompt, target = RECIPES[name][0](row, option or RECIPES[name][2])
        if purpose == "train":
            return {PREFIX: prompt, "text": target}
        return {"query": prompt, "response": target}
    try:
        made = function_of(code)(dict(row))
    except BadRow:
        raise
    except (Exception, SystemExit) as error:  # a person's own code may raise anything
        path = Path(code.rpartition(":")[0]).expanduser()
        raise BadRow(f"{code} failed with {told(error, path)}") from error
    if not isinstance(made, dict):
        raise BadRow(f"{code} gave {kind_of(made)} in place of a row")
    return made


@lru_cache(maxsize=64)
def function_of(code: str) -> Callable[[dict[str, Any]], Any]:
    """A person's own function, from "file.py:function". Raises DataError when it is not there."""
    file, _, name = code.rpartition(":")
    path = Path(file).expanduser()
    if not path.is_file():
        raise DataError(f"{code}: there is no such file {path}")
    function = getattr(module_of(path), name, None)
    if not callable(function):
        raise DataError(f"{code}: {path} holds no function {name}")
    try:
        inspect.signature(function).bind({})
    except TypeError:
        raise DataError(
            f"{code}: a conversion is a function of one row, function(row) -> row; {name} takes "
            f"{inspect.signature(function)}"
        ) from None
    return function  # type: ignore[no-any-return]


def change_of(table: Table, rows: Sequence[tuple[int, Any]], names: Names | None) -> Change:
    """What the rows of a table go through. Raises DataError when its mapping does not fit it."""
    mapping = table.mapping
    columns = dict(mapping.columns)
    _check_columns(table.name, columns, rows)
    if key := mapping.conversations.get("conversations_key"):
        columns.setdefault(str(key), "conversations")
    if mapping.conversations.get("media_type") and (key := mapping.conversations.get("media_key")):
        columns.setdefault(str(key), f"{mapping.conversations['media_type']}s")
    if mapping.code:
        check_code(table.name, mapping.code)
    if names is None or not (names.model and names.author):
        _refuse_nameless(table.name, rows)
    if names is not None and not speaks_of_itself(row for _, row in rows):
        names = None
    columns = {theirs: ours for theirs, ours in columns.items() if theirs != ours}
    drops_system, has_blanks = _drops_system(table, rows), table.layout.kind == "csv"
    digest = _digest(mapping.code)
    return Change(columns, mapping.code, names, drops_system, has_blanks, digest)


def _digest(code: str | None) -> str:
    file = Path((code or "").rpartition(":")[0]).expanduser()
    return sha256(file.read_bytes()).hexdigest() if file.suffix == ".py" else ""


def _refuse_nameless(where: str, rows: Sequence[tuple[int, Any]]) -> None:
    """Raises DataError for self-cognition rows, which mean nothing without the names."""
    for number, row in rows:
        if isinstance(row, dict) and row.get("tag") in ("zh", "en") and has_placeholder(row):
            raise DataError(
                f"{where}:{number} speaks of the model's name and author as {{{{NAME}}}} and "
                "{{AUTHOR}}. Give both --model_name and --model_author (Chinese, then English)."
            )


def check_code(where: str, code: str) -> None:
    """Raises DataError when a conversion is not there, cannot be known, or has a wrong option."""
    name, _, option = code.partition(":")
    if name in REFUSED:
        raise DataError(f"{where}: the conversion {name} cannot be done: {REFUSED[name]}.")
    if name in RECIPES:
        _, knows, _, options = RECIPES[name]
        if option and not knows(option):
            takes = f"it takes {options}" if options else "it takes no option"
            raise DataError(f"{where}: the conversion {name} knows no {option!r}; {takes}.")
    elif name in CODES:
        if option:
            raise DataError(f"{where}: the conversion {name} takes no option: {option!r}.")
    elif ".py:" in code:
        function_of(code)
    else:
        close = nearest(name, known())
        hint = f"; did you mean {close!r}?" if close else "."
        raise DataError(
            f"{where}: there is no conversion called {name!r}{hint} A function of yours is given "
            "as file.py:function."
        )


def _check_columns(where: str, columns: Mapping[str, str], rows: Sequence[tuple[int, Any]]) -> None:
    wanted = {theirs: ours for theirs, ours in columns.items() if ours not in DROPPED}
    ours = {column for form in FORMS for column in form.used} | {*SHARED, *MEDIA, "tag"}
    if wrong := [name for name in wanted.values() if name not in ours]:
        close = nearest(wrong[0], ours)
        hint = f" Did you mean {close}?" if close else ""
        raise DataError(f"{where}: columns maps to {wrong[0]!r}, which is no column of ours.{hint}")
    there = dict.fromkeys(str(key) for _, row in rows if isinstance(row, dict) for key in row)
    missing = [theirs for theirs in wanted if theirs not in there]
    if there and missing:
        found = ", ".join([*there][:SHOWN])
        raise DataError(f"{where}: columns names {missing[0]!r}, which no row has; found: {found}.")


def _drops_system(table: Table, rows: Sequence[tuple[int, Any]]) -> bool:
    """Whether a csv file has an empty system in every row: its column says nothing then."""
    if table.layout.kind != "csv":
        return False
    column = next((t for t, ours in table.mapping.columns.items() if ours == "system"), "system")
    if not any(isinstance(row, dict) and column in row for _, row in rows):
        return False
    parsed = (table.parse(raw) for _, raw in table.raws())
    return not any(isinstance(row, dict) and row.get(column) for row in parsed)
