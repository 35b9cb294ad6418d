"""Rows of the recognised formats to Samples. The format is chosen once for a file, by its columns;
a row that does not fit is refused.
"""

import ast
import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.rejects import Rejects
from burnish.data.roles import BadRow, conversation
from burnish.data.sample import Message, Sample, SampleId
from burnish.data.source import Broken, Table

Fields = Mapping[str, Any]
MEDIA = ("images", "image", "videos", "video", "audios", "audio", "objects")
CLOSE = 0.75
"""How alike a column's name must be to be taken for a slip of the pen."""
SYNONYMS = {"question": "query", "answer": "response", "dialogue": "conversation"}
SHOWN_COLUMNS = 12
PLACEHOLDERS = re.compile(r"\{\{ *(name|author) *\}\}", re.IGNORECASE)
SHARED_COLUMNS = ("system", "history", "tools", "label", "rejected_response")


@dataclass(frozen=True, slots=True)
class Format:
    """A recognised set of columns and how a row of it is read."""

    name: str
    required: tuple[str, ...]
    read: Callable[[SampleId, Fields], Sample]
    optional: tuple[str, ...] = SHARED_COLUMNS

    @property
    def usual(self) -> tuple[str, ...]:
        """The columns that a file of it has as a rule."""
        return ("query", "response") if self.name == "swift" else self.required


@dataclass(frozen=True, slots=True)
class Seen:
    """The first rows of a table, and the columns that occur in them."""

    source: str
    columns: tuple[str, ...]
    rows: list[tuple[int, Any]]


Purpose = Literal["train", "prompt", "pair", "label"]
"""What a row must have: an answer; a question; a better and a worse answer; an answer and whether
it is a good one.
"""
LOOKED_AT = 1000
"""Rows that the messages about a file are made from."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows of one table become samples; picklable, so that workers can do it."""

    table: Table
    purpose: Purpose = "train"
    drop_system: bool = False

    def sample(self, number: int, raw: Any) -> Sample:
        """The sample of one row. Raises BadRow with the reason."""
        row = self.table.parse(raw)
        kind = None
        if isinstance(row, dict):
            kind = next((k for k in FORMATS if all(map(row.__contains__, k.required))), None)
            if kind is None:
                raise BadRow(f"its columns fit no format: {', '.join(row) or 'there are none'}")
        return _sample(kind or FORMATS[0], SampleId(self.table.name, number), row, self.drop_system)


def survey(table: Table, purpose: Purpose = "train") -> Reading:
    """How a table is to be read, from a look at its first rows.

    Raises DataError when none of them fits a format.
    """
    rows = [(number, table.parse(raw)) for number, raw in islice(table.raws(), LOOKED_AT)]
    columns = dict.fromkeys(str(key) for _, row in rows if isinstance(row, dict) for key in row)
    seen = Seen(table.name, tuple(columns), rows)
    _say_unused(seen, recognise(seen))
    return Reading(table, purpose, False)


def convert(table: Table, rejects: Rejects, strategy: str = "none") -> list[Sample]:
    """The samples of a file; every other row goes to `rejects`.

    `strategy` is --check_dataset_strategy: "error" stops at the first bad row, "warning" logs
    each, the others only list them.
    Raises DataError when the columns fit no format.
    """
    seen = Seen(table.source, table.columns, table.rows)
    kind = recognise(seen)
    _say_unused(seen, kind)
    drop_system = table.source.lower().removesuffix(".gz").endswith(".csv") and not any(
        isinstance(row, dict) and row.get("system") for _, row in table.rows
    )
    samples = []
    for number, row in table.rows:
        try:
            samples.append(_sample(kind, SampleId(table.source, number), row, drop_system))
        except BadRow as error:
            if strategy == "error":
                raise DataError(f"{table.source}:{number}: {error}.") from error
            if strategy == "warning":
                log.warning("%s:%d: %s", table.source, number, error)
            rejects.add(table.source, number, str(error))
    _say_placeholders(samples)
    return samples


def recognise(table: Seen) -> Format:
    """The first format whose columns are there. Raises DataError naming the columns found and those
    expected.
    """
    for kind in FORMATS:
        if all(column in table.columns for column in kind.required):
            if kind.name == "swift" and "query" not in table.columns:
                _refuse_lone_response(table)
            return kind
    if all(isinstance(row, Broken) for _, row in table.rows):
        number, wrong = table.rows[0]
        raise DataError(f"{table.source}: no row of it can be read; row {number}: {wrong}.")
    expected = "\n".join(f"  {', '.join(kind.usual):<24} ({kind.name})" for kind in FORMATS)
    found = ", ".join(table.columns[:SHOWN_COLUMNS]) or "none (rows must be JSON objects)"
    more = (
        f" and {len(table.columns) - SHOWN_COLUMNS} more"
        if len(table.columns) > SHOWN_COLUMNS
        else ""
    )
    raise DataError(
        f"{table.source}: its columns fit no known format.\n"
        f"Found: {found}{more}\n"
        f"Expected one of:\n{expected}{_nearest_columns(table)}"
    )


def _nearest_columns(table: Seen) -> str:
    known = dict.fromkeys(column for kind in FORMATS for column in kind.usual)
    meant = {column: SYNONYMS.get(column.lower()) for column in table.columns}
    for column in table.columns:
        near = difflib.get_close_matches(column.lower(), known, n=1, cutoff=CLOSE)
        meant[column] = meant[column] or (near[0] if near else None)
    close = [f"{column} -> {name}" for column, name in meant.items() if name not in (None, column)]
    return f"\nDid you mean: {', '.join(close)}?" if close else ""


def _refuse_lone_response(table: Seen) -> None:
    """`response` alone is text to continue; a question under another name must not get lost."""
    looks = [
        name for name in ("prompt", "instruction", "question", "input") if name in table.columns
    ]
    if looks:
        raise DataError(
            f"{table.source} has a column response but none called query; {looks[0]} looks like "
            "the question. "
            f"Rename {looks[0]} to query (or drop it, to train on response as plain text)."
        )


def _say_unused(table: Seen, kind: Format) -> None:
    used = {*kind.required, *kind.optional, *MEDIA}
    unused = [column for column in table.columns if column not in used]
    if unused:
        log.info("%s: read as %s; columns not used: %s", table.source, kind.name, ", ".join(unused))
    if "rejected_response" in table.columns:
        log.warning("%s: the worse answers in rejected_response are not trained here", table.source)


def _say_placeholders(samples: Sequence[Sample]) -> None:
    for sample in samples:
        if any(PLACEHOLDERS.search(message.text) for message in sample.messages):
            log.warning(
                "%s holds {{name}} or {{author}}, which stays as it is: put the real names into "
                "the file",
                sample.id,
            )
            return


def _sample(kind: Format, sample_id: SampleId, row: Any, drop_system: bool) -> Sample:
    if isinstance(row, Broken):
        raise BadRow(row)
    if not isinstance(row, dict):
        raise BadRow(f"it is no object with columns, but {_kind_of(row)}")
    for column in MEDIA:
        if row.get(column):
            raise BadRow(f"{column} are not available yet")
    if _is_cut(row):
        raise BadRow("its text holds half of a character (a lone surrogate such as \\ud83d)")
    return kind.read(
        sample_id, {k: v for k, v in row.items() if not (drop_system and k == "system")}
    )


def _is_cut(value: Any) -> bool:
    """Whether a text in it was cut in the middle of a character, so that it is no Unicode."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return True
        return False
    if isinstance(value, dict):
        return any(map(_is_cut, value.values())) or any(map(_is_cut, value))
    return isinstance(value, list) and any(map(_is_cut, value))


def _kind_of(value: Any) -> str:
    names = {
        str: "text",
        int: "a number",
        float: "a number",
        bool: "true or false",
        list: "a list",
        dict: "an object",
    }
    return "null" if value is None else names.get(type(value), type(value).__name__)


def string(row: Fields, column: str, *, needed: bool = False) -> str | None:
    """A text column. Raises BadRow when it holds something else, or nothing where it is needed."""
    value = row.get(column)
    if value is None and not needed:
        return None
    if not isinstance(value, str):
        raise BadRow(f"{column} is {_kind_of(value)}, not text")
    if needed and not value.strip():
        raise BadRow(f"{column} is empty")
    return value


def _swift(sample_id: SampleId, row: Fields) -> Sample:
    query, response = string(row, "query"), string(row, "response", needed=True)
    past = _history(row.get("history"), row.get("history_roles"))
    if query is None and not past and row.get("system") is None:
        return Sample(sample_id, (), text=response)
    if query is None:
        raise BadRow("query is null")
    role = str(row.get("query_role") or "user")
    return _rounds(sample_id, row, [*past, (role, query), ("assistant", str(response))])


def _alpaca(sample_id: SampleId, row: Fields) -> Sample:
    instruction, more = string(row, "instruction"), string(row, "input")
    if instruction is None:
        raise BadRow("instruction is null")
    output = row.get("output")
    if isinstance(output, list) and output:  # the first is the better one
        row = {
            **row,
            "output": output[0],
            "rejected_response": output[1] if len(output) > 1 else None,
        }
    answer = string(row, "output", needed=True)
    query = f"{instruction}\n{more}" if more and instruction else instruction or more or ""
    past = _history(row.get("history"))
    return _rounds(sample_id, row, [*past, ("user", query), ("assistant", str(answer))])


def _pairs(sample_id: SampleId, row: Fields) -> Sample:
    turns: list[tuple[str, str]] = []
    for pair in _list(row, "conversation"):
        if not isinstance(pair, dict):
            raise BadRow(f"conversation holds {_kind_of(pair)} in place of human and assistant")
        turns.append(("user", str(string(pair, "human", needed=True))))
        turns.append(("assistant", str(string(pair, "assistant", needed=True))))
    return _rounds(sample_id, row, turns)


def _text(sample_id: SampleId, row: Fields) -> Sample:
    text, prompt = str(string(row, "text", needed=True)), string(row, "prompt")
    if prompt:
        return _rounds(sample_id, row, [("user", prompt), ("assistant", text)])
    return Sample(sample_id, (), text=text)


def _completion(sample_id: SampleId, row: Fields) -> Sample:
    if isinstance(row["prompt"], list) and isinstance(row["completion"], list):
        return _from_messages(sample_id, row, [*row["prompt"], *row["completion"]])
    prompt, answer = string(row, "prompt", needed=True), string(row, "completion", needed=True)
    return _rounds(sample_id, row, [("user", str(prompt)), ("assistant", str(answer))])


def _conversations(sample_id: SampleId, row: Fields) -> Sample:
    return _from_messages(sample_id, row, _list(row, "conversations"))


def _messages(sample_id: SampleId, row: Fields) -> Sample:
    return _from_messages(sample_id, row, _list(row, "messages"))


def _from_messages(sample_id: SampleId, row: Fields, given: Sequence[Any]) -> Sample:
    system, messages = conversation(given)
    return _finish(sample_id, row, string(row, "system") if system is None else system, messages)


def _rounds(sample_id: SampleId, row: Fields, turns: Sequence[tuple[str, str]]) -> Sample:
    given = [{"role": role, "content": content} for role, content in turns]
    _, messages = conversation(given)
    return _finish(sample_id, row, string(row, "system"), messages)


def _finish(
    sample_id: SampleId, row: Fields, system: str | None, messages: tuple[Message, ...]
) -> Sample:
    label, rejected = row.get("label"), row.get("rejected_response")
    return Sample(
        sample_id,
        messages,
        system=system,
        rejected=Message.of("assistant", rejected) if isinstance(rejected, str) else None,
        label=label if isinstance(label, bool) else None,
        tools=_tools(row.get("tools")),
    )


def _history(given: Any, roles: Any = None) -> list[tuple[str, str]]:
    """Earlier rounds as (role, text); given as pairs, also as a literal in a CSV cell."""
    given, roles = _literal(given, "history"), _literal(roles, "history_roles")
    if given in (None, "", []):
        return []
    if not isinstance(given, list):
        raise BadRow(f"history is {_kind_of(given)}, not a list of [question, answer]")
    turns: list[tuple[str, str]] = []
    for k, pair in enumerate(given):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise BadRow("history holds something else than [question, answer]")
        if not all(isinstance(text, str) for text in pair):
            raise BadRow("history holds something else than text")
        first = str(roles[k][0]) if isinstance(roles, list) and k < len(roles) else "user"
        turns += [(first, pair[0]), ("assistant", pair[1])]
    return turns


def _list(row: Fields, column: str) -> list[Any]:
    value = _literal(row.get(column), column)
    if not isinstance(value, list):
        raise BadRow(f"{column} is {_kind_of(value)}, not a list")
    return value


def _tools(given: Any) -> tuple[Mapping[str, Any], ...]:
    given = _literal(given, "tools")
    if given in (None, "", []):
        return ()
    if not isinstance(given, list) or not all(isinstance(tool, dict) for tool in given):
        raise BadRow("tools is not a list of objects")
    return tuple(t if "function" in t else {"type": "function", "function": t} for t in given)


def _literal(value: Any, column: str) -> Any:
    """A list written as text: JSON, or a Python literal."""
    if not isinstance(value, str) or not value.strip():
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            return read(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    raise BadRow(f"{column} is text that is neither JSON nor a Python literal")


FORMATS = (
    Format(
        "swift", ("response",), _swift, ("query", "query_role", "history_roles", *SHARED_COLUMNS)
    ),
    Format("alpaca", ("instruction", "output"), _alpaca, ("input", *SHARED_COLUMNS)),
    Format("conversations", ("conversations",), _conversations),
    Format("messages", ("messages",), _messages),
    Format("conversation", ("conversation",), _pairs),
    Format("prompt and completion", ("prompt", "completion"), _completion),
    Format("plain text", ("text",), _text, ("prompt", *SHARED_COLUMNS)),
)
