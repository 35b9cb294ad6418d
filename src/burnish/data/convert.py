"""Rows to Samples: a table is looked at once, then every row is read by its own columns; one that
does not fit is refused with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.data.calls import tools_of
from burnish.data.cells import BadRow, Row, is_cut, kind_of, needed, text_of
from burnish.data.change import Change, change_of
from burnish.data.columns import refuse, say_tags, say_unused, say_what_is_special
from burnish.data.draft import Draft, How, Purpose
from burnish.data.forms import Form, form_of
from burnish.data.layout import Broken
from burnish.data.media import COLUMNS, NAMES, Kind, has_inline, has_tag, located, place
from burnish.data.names import Names
from burnish.data.pairs import if_it_can
from burnish.data.rejects import Rejects
from burnish.data.roles import check_order, speakers_of
from burnish.data.sample import Message, Part, Sample, SampleId
from burnish.data.table import Table

__all__ = ["BadRow", "Purpose", "Reading", "convert", "find_form", "survey"]
LOOKED_AT = 1000
"""Rows that the messages about a file are made from."""
MEDIA = frozenset(NAMES)
SHOWN = 60
"""Characters of a file's name in a message, which may be the file itself as base64."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows of one table become samples; picklable, so that workers can do it."""

    table: Table
    purpose: Purpose = "train"
    change: Change = field(default_factory=Change)
    how: How = field(default_factory=How)
    shows_media: bool = False
    """Whether the model takes images, sounds and films; rows with them are refused otherwise."""
    tag: tuple[Kind, str] | None = None
    """How the data writes one kind's tag."""
    stops: bool = False
    """Whether a bad row is an error of the whole (error_strategy: raise)."""

    def sample(self, number: int, raw: Any) -> Sample:
        """The sample of one row. Raises BadRow with the reason."""
        try:
            return self._sample(number, raw)
        except BadRow as error:
            if self.stops:
                raise DataError(
                    f"{self.table.name}:{number}: {error}. Its error_strategy is raise; write "
                    "delete to go on without such rows."
                ) from error
            raise

    def _sample(self, number: int, raw: Any) -> Sample:
        row = self.table.parse(raw)
        if type(row) is not dict:
            raise BadRow(_no_row(row))
        if is_cut(row):
            raise BadRow("its text holds half of a character (a lone surrogate such as \\ud83d)")
        if self.change.acts:
            row = self.change(row, self.purpose)
        form = find_form(row, self.purpose)
        return self._finish(SampleId(self.table.name, number), row, form.read(row, self.how))

    def _finish(self, sample_id: SampleId, row: Row, draft: Draft) -> Sample:
        label = _label(row) if self.purpose == "label" else row.get("label")
        label = label if isinstance(label, bool) else None
        if draft.text is not None:
            _refuse_plain(self.purpose)
            if self._waits_for_files(draft.text, row):
                raise BadRow("its text has tags of files, and its columns name none")
            return Sample(sample_id, (), None, None, label, (), draft.text, draft.prefix)
        if draft.tokenised is not None:
            return Sample(sample_id, (), label=label, tokenised=draft.tokenised)
        messages, system, first = draft.messages, text_of(row, "system"), 1
        if messages and messages[0].role == "system":
            system = _one_system(messages[0], system)
            messages, first = messages[1:], 2
        rejected = draft.rejected or if_it_can(lambda: _rejected(row), self.purpose)
        if not MEDIA.isdisjoint(row) or self.shows_media or _have_files(messages):
            whole = self._with_media(messages, row)
            if rejected is not None and messages:
                worse = [*messages[:-1], rejected]
                rejected = if_it_can(lambda: self._with_media(worse, row)[-1], self.purpose)
            messages = whole
        check_order(messages, None if self.purpose == "prompt" else True, first)
        if self.purpose == "pair":
            _check_pair(messages, rejected)
        offered = (draft.tools, row.get("tools"), row.get("functions"))
        tools = next((found for given in offered if (found := tools_of(given))), ())
        return Sample(sample_id, tuple(messages), system, rejected, label, tools)

    def _with_media(self, messages: list[Message], row: Row) -> list[Message]:
        names_files = any(row.get(name) not in (None, "", []) for name in MEDIA)
        waits = any(self._waits_for_files(message.text, row) for message in messages)
        if names_files or waits or self.shows_media or _have_files(messages):
            messages = place(messages, row, self.table.path.parent, self.tag)
        if self.shows_media:
            _refuse_shown_answers(messages[:-1] if self.purpose == "prompt" else messages)
            return located(messages, self.table.path.parent)
        for message in messages:
            for part in message.parts:
                if part.media:
                    raise BadRow(f"it shows an {part.media.kind}, and the model reads text alone")
        return messages

    def _waits_for_files(self, text: str, row: Row) -> bool:
        """Whether a tag is one, and not a word of HTML: the row has columns for files, if empty."""
        is_tagged = has_tag(text) or (self.tag is not None and self.tag[1] in text)
        return is_tagged and not MEDIA.isdisjoint(row)


def survey(
    table: Table,
    purpose: Purpose = "train",
    *,
    names: Names | None = None,
    shows_media: bool = False,
) -> Reading:
    """How a table is to be read, from a look at its first rows.

    `names` fill the placeholders of self-cognition rows; `shows_media`: the model takes images,
    sounds or films. Raises DataError when no row fits a format, or the mapping does not fit.
    """
    seen = list(islice(table.raws(), LOOKED_AT))
    rows = [(number, table.parse(raw)) for number, raw in seen]
    change = change_of(table, rows, names)
    settings = table.mapping.conversations
    kind = settings.get("media_type")
    how = How(
        purpose,
        speakers_of(settings),
        separator=str(settings.get("input_separator", "\n")),
    )
    reading = Reading(
        table,
        purpose,
        change,
        how,
        shows_media,
        (kind, str(settings.get("media_tag", f"<{kind}>"))) if kind in COLUMNS else None,
        settings.get("error_strategy") == "raise",
    )
    _check(reading, rows)
    return reading


def _check(reading: Reading, rows: Sequence[tuple[int, Any]]) -> None:
    """Say what is special about a table. Raises DataError when no row of it can be read."""
    changed: list[tuple[int, Any]] = []
    first: BadRow | None = None
    for number, row in rows:
        try:
            changed.append((number, reading.change(row, reading.purpose) if _is_row(row) else row))
        except BadRow as error:
            first = first or error
    if first is not None and not changed:
        raise DataError(
            f"{reading.table.name}: none of its first rows ({len(rows)}) fits the conversion "
            f"{reading.table.mapping.code}; {first}."
        )
    forms: dict[str, Form] = {}
    for row in (row for _, row in changed if _is_row(row)):
        try:
            form = find_form(row, reading.purpose)
        except BadRow:
            continue
        forms[form.name] = form
    if not forms:
        refuse(reading.table.name, changed, reading.purpose)
    say_unused(reading.table.name, changed, list(forms.values()), reading.change)
    say_what_is_special(reading.table.name, changed, list(forms.values()), reading.purpose)
    if not reading.shows_media:
        say_tags(reading.table.name, changed)


def _is_row(row: Any) -> bool:
    return type(row) is dict


def find_form(row: Row, purpose: Purpose) -> Form:
    """The form of a row, by the columns that hold something, or else by all of them.

    Raises BadRow when they fit none.
    """
    form = form_of(tuple([key for key, value in row.items() if value is not None]), purpose)
    form = form or form_of(tuple(row), purpose)
    if form is None:
        raise BadRow(f"its columns fit no format: {', '.join(map(str, row)) or 'it has none'}")
    return form


def convert(
    table: Table, rejects: Rejects, strategy: str = "none", purpose: Purpose = "train"
) -> list[Sample]:
    """The samples of a small table, in memory; every other row goes to `rejects`.

    `strategy` is --check_dataset_strategy: "error" stops at the first bad row, "warning" logs
    each, the others only list them. Raises DataError when no row fits a format.
    """
    reading = survey(table, purpose)
    samples = []
    for number, raw in table.raws():
        try:
            samples.append(reading.sample(number, raw))
        except BadRow as error:
            if strategy == "error":
                raise DataError(f"{table.name}:{number}: {error}.") from error
            if strategy == "warning":
                log.warning("%s:%d: %s", table.name, number, error)
            rejects.add(table.name, number, str(error))
    return samples


def _no_row(row: Any) -> str:
    if isinstance(row, Broken):
        return str(row)
    return f"it is no object with columns, but {kind_of(row)}"


def _have_files(messages: Sequence[Message]) -> bool:
    for message in messages:
        for part in message.parts:
            if part.media is not None or ("<" in part.text and has_inline(part.text)):
                return True
    return False


def _refuse_shown_answers(messages: Sequence[Message]) -> None:
    for message in messages:
        shown = next((part.media for part in message.parts if part.media), None)
        if shown is not None and message.role == "assistant":
            raise BadRow(
                f"an answer shows an {shown.kind} ({shown.path[:SHOWN]}): files are read in "
                "questions alone. Move it into the question, or take the tag out of the answer"
            )


def _label(row: Row) -> bool:
    if "label" not in row:
        raise BadRow("it has no column label, which says whether the answer is a good one")
    if not isinstance(row["label"], bool):
        quotes = " without quotes" * isinstance(row["label"], str)
        raise BadRow(f"label is {kind_of(row['label'])}, not true or false{quotes}")
    return row["label"]


def _refuse_plain(purpose: Purpose) -> None:
    if purpose != "train":
        raise BadRow("it is plain text: there is no question in it")


def _one_system(turn: Message, column: str | None) -> str | None:
    if any(part.media for part in turn.parts) or has_inline(turn.text):
        raise BadRow("the system turn shows a file; only questions and answers may")
    if not turn.parts:
        return column
    if column and column != turn.text:
        raise BadRow("the column system says something else than the system turn")
    return turn.text


def _rejected(row: Row) -> Message | None:
    if row.get("rejected_response") is None:
        return None
    return Message("assistant", (Part(needed(row, "rejected_response")),))


def _check_pair(messages: Sequence[Message], rejected: Message | None) -> None:
    if rejected is None:
        raise BadRow("it has no worse answer (rejected_response, rejected, a second output)")
    if not rejected.tool_calls and not rejected.text.strip():
        raise BadRow("the worse answer is empty")
    if rejected.parts == messages[-1].parts and rejected.tool_calls == messages[-1].tool_calls:
        raise BadRow("the better and the worse answer are the same")
