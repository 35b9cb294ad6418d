"""What is said of a table's columns: those that fit nothing, those not used, what is special."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.cells import Row
from burnish.data.change import Change
from burnish.data.draft import PREFIX, Purpose
from burnish.data.forms import FORMS, LIKE_QUESTIONS, Form, form_of
from burnish.data.layout import Broken
from burnish.data.media import NAMES as MEDIA
from burnish.data.media import has_tag
from burnish.data.names import has_placeholder

CLOSE = 0.75
"""How alike a column's name must be to be taken for a slip of the pen."""
SYNONYMS = {"question": "query", "answer": "response", "dialogue": "conversation"}
SHOWN = 12

Rows = Sequence[tuple[int, Any]]


def columns_of(rows: Rows) -> list[str]:
    """Every column that occurs, in the order of the first row that has it."""
    return [*dict.fromkeys(str(key) for _, row in rows if isinstance(row, dict) for key in row)]


def refuse(name: str, rows: Rows, purpose: Purpose) -> NoReturn:
    """Raises DataError naming the columns found and those expected."""
    if not rows:
        raise DataError(f"{name} holds no row.")
    if all(isinstance(row, Broken) for _, row in rows):
        number, wrong = rows[0]
        raise DataError(f"{name}: no row of it can be read; row {number}: {wrong.rstrip('.')}.")
    columns = columns_of(rows)
    forms = [form for form in FORMS if form.serves(purpose)]
    expected = "\n".join(f"  {', '.join(_wanted(f, purpose)):<34} ({f.name})" for f in forms)
    more = f" and {len(columns) - SHOWN} more" if len(columns) > SHOWN else ""
    found = ", ".join(columns[:SHOWN]) or "none (rows must be JSON objects)"
    raise DataError(
        f"{name}: its columns fit no known format.\n"
        f"Found: {found}{more}\n"
        f"Expected one of:\n{expected}{_nearest(columns)}\n"
        'Other names: --custom_dataset_info \'{"mine": {"dataset_path": ..., "columns": '
        '{"their_name": "query", ...}}}\' --dataset mine'
    )


def _wanted(form: Form, purpose: Purpose) -> tuple[str, ...]:
    return form.asks if purpose == "prompt" and form.asks else form.usual


def _nearest(columns: Iterable[str]) -> str:
    known = dict.fromkeys(column for form in FORMS for column in form.usual)
    meant = {}
    for column in columns:
        near = difflib.get_close_matches(column.lower(), known, n=1, cutoff=CLOSE)
        meant[column] = SYNONYMS.get(column.lower()) or (near[0] if near else None)
    close = [f"{column} -> {name}" for column, name in meant.items() if name not in (None, column)]
    return f"\nDid you mean: {', '.join(close)}?" if close else ""


def say_unused(name: str, rows: Rows, forms: Sequence[Form], change: Change) -> None:
    """Log the columns that nothing reads. Raises DataError when one of them looks like the question
    of a lone response.
    """
    columns = columns_of(rows)
    used = {column for form in forms for column in form.used} | {*MEDIA, "tag", PREFIX}
    unused = [column for column in columns if column not in used]
    looks = [column for column in LIKE_QUESTIONS if column in columns and column not in used]
    if looks and len(forms) == 1 and forms[0].name == "swift" and "query" not in columns:
        raise DataError(
            f"{name} has a column response but none called query; {looks[0]} looks like the "
            f"question. Rename {looks[0]} to query (or drop it, to train on response as plain "
            "text)."
        )
    if len(forms) > 1:
        log.info("%s holds rows of several forms: %s", name, ", ".join(f.name for f in forms))
    if unused and not change.code:
        log.info("%s: read as %s; columns not used: %s", name, forms[0].name, ", ".join(unused))


def say_what_is_special(name: str, rows: Rows, forms: Sequence[Form], purpose: Purpose) -> None:
    """Warn of what a person may not expect of a table's rows."""
    dicts = [(number, row) for number, row in rows if isinstance(row, dict)]
    if purpose == "train" and any(_is_pair(row) for _, row in dicts):
        log.warning("%s: the worse answers in it are not trained here; rlhf uses them", name)
    if purpose == "train" and any(row.get("label") is False for _, row in dicts):
        log.warning(
            "%s: rows with label false are left out here: their answers are not to be learnt; "
            "rlhf uses them (--rlhf_type kto)",
            name,
        )
    odd = next((n for n, row in dicts if not isinstance(row.get("label"), bool | None)), None)
    if purpose != "label" and odd is not None:
        log.info(
            "%s:%d: label is neither true nor false, so it is no judgement of the answer", name, odd
        )
    lone = [number for number, row in dicts if _is_lone(row)]
    is_odd = len(lone) < len(dicts) or any("query" in row for _, row in dicts)
    if purpose == "train" and lone and is_odd:
        log.warning(
            "%s: of its first %d rows, %d with a response and no query (first: row %d) are trained "
            "as plain text, without a chat template",
            name, len(dicts), len(lone), lone[0],
        )  # fmt: skip
    waiting = next((number for number, row in dicts if has_placeholder(row)), None)
    if waiting is not None:
        log.warning(
            "%s:%d holds {{name}} or {{author}}, which stays as it is: where rows speak of the "
            "model itself, --model_name and --model_author fill it in",
            name, waiting,
        )  # fmt: skip


def say_tags(name: str, rows: Rows) -> None:
    """Warn of a tag in a row without columns for files: it is HTML, or the files are missing."""
    for number, row in rows:
        if isinstance(row, dict) and set(MEDIA).isdisjoint(row) and has_tag(row):
            log.warning(
                "%s:%d holds <image>, <audio> or <video>, and no column images, audios or videos: "
                "it stays text",
                name, number,
            )  # fmt: skip
            return


def _is_pair(row: Row) -> bool:
    worse = ("rejected_response", "rejected", "rejected_messages", "non_preferred_output")
    return any(row.get(column) is not None for column in worse) or (
        isinstance(row.get("output"), list) and len(row["output"]) > 1
    )


def _is_lone(row: Row) -> bool:
    if row.get("response") is None or row.get("query"):
        return False
    form = form_of(tuple(key for key, value in row.items() if value is not None), "train")
    others = ("system", "history", *MEDIA)
    if any(row.get(key) for key in LIKE_QUESTIONS):
        return False  # such a row is refused
    return form is not None and form.name == "swift" and not any(row.get(key) for key in others)
