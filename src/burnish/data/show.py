"""The report of `burnish check` for a terminal; without colours it says the same."""

from collections.abc import Iterator, Sequence

from burnish.data.anatomy import Cell, Kind
from burnish.data.audit import Audit, Counts, RejectGroup, Shown
from burnish.data.visible import (
    LEGEND,
    count_of,
    named,
    one_line,
    percent,
    reason_of,
    runs,
    visible,
    weight_text,
    width,
)

COLUMNS = 100
"""Width where nothing says how wide the terminal is."""
RUN_LINES = 8
"""Lines of one turn; the middle of a longer one is left out, and counted."""
NAMED_ROWS = 8
BAR = 40
GAP = "│"
INDENT = "  "
LABEL = 10
LOSS = 5
BOLD_LINE = "1;4"
PAINT: dict[Kind, str] = {
    "template": "38;5;238;48;5;254",
    "system": "38;5;16;48;5;223",
    "tools": "38;5;16;48;5;187",
    "user": "38;5;16;48;5;153",
    "assistant": "38;5;16;48;5;157",
    "tool": "38;5;16;48;5;183",
    "text": "38;5;16;48;5;195",
    "tokenised": "38;5;16;48;5;252",
    "unknown": "38;5;16;48;5;217",
}
"""Dark letters on a light ground of each role: readable on light and on dark terminals."""


def show(audit: Audit, *, color: bool = False, columns: int = COLUMNS) -> str:
    """The whole report. `color` adds ANSI colours and changes nothing else."""
    parts = [
        *(_sample(shown, color, columns) for shown in audit.shown),
        *([f"{INDENT}{LEGEND}; loss: the weight of trained tokens"] if audit.shown else []),
        _section("template", [_pair(name, text) for name, text in audit.template], color),
        _section("data sets", list(_sets(audit)), color),
        _section(_roles_title(audit), list(_roles(audit)), color),
        _section("lengths in tokens", list(_lengths(audit)), color),
        _section("one epoch", list(_epoch(audit)), color),
        _section("rows not used as written", list(_rejects(audit.rejects)), color),
    ]
    return "\n\n".join(part for part in parts if part)


def paint(text: str, codes: str, color: bool) -> str:
    """A text in ANSI colours, where they are wanted."""
    return f"\x1b[{codes}m{text}\x1b[0m" if color and text else text


def _section(title: str, lines: Sequence[str], color: bool) -> str:
    if not lines:
        return ""
    return "\n".join([paint(title.upper(), "1", color), *(INDENT + line for line in lines)])


def _pair(name: str, text: str, room: int = 22) -> str:
    return f"{name:<{room}} {one_line(text)}"


def _sample(shown: Shown, color: bool, columns: int) -> str:
    counts = Counts(len(shown.cells), sum(cell.weight != 0 for cell in shown.cells))
    title = f"{shown.title}: {count_of(counts.tokens, 'token')}, {counts.trained:,} trained"
    lines = [paint(named(title), "1", color)]
    lines.append(f"{INDENT}{'role':<{LABEL}}{'loss':<{LOSS}}tokens")
    room = max(columns - len(INDENT) - LABEL - LOSS, 20)
    for kind, weight, cells in runs(shown.cells):
        label, loss = str(kind), weight_text(weight)
        for row in _shortened(list(_wrapped(cells, room))):
            tokens = _row(row, kind, weight, color) if not isinstance(row, str) else row
            lines.append(f"{INDENT}{label:<{LABEL}}{loss:<{LOSS}}{tokens}")
            label = loss = ""
    return "\n".join(lines)


def _row(row: Sequence[str], kind: Kind, weight: float, color: bool) -> str:
    codes = f"{PAINT[kind]};{BOLD_LINE}" if weight else PAINT[kind]
    return GAP.join(paint(token, codes, color) for token in row)


def _wrapped(cells: Sequence[Cell], room: int) -> Iterator[list[str]]:
    """Lines of tokens that fit into `room` columns; a longer token stands alone."""
    line: list[str] = []
    used = 0
    for cell in cells:
        token = visible(cell.text)
        wide = width(token) + len(GAP)
        if line and used + wide > room:
            yield line
            line, used = [], 0
        line.append(token)
        used += wide
    if line:
        yield line


def _shortened(rows: list[list[str]]) -> list[list[str] | str]:
    """The first and last lines of a long turn, with what lies between counted."""
    if len(rows) <= RUN_LINES:
        return list(rows)
    first, last = RUN_LINES - 3, 2
    left_out = sum(map(len, rows[first:-last]))
    return [*rows[:first], f"… {count_of(left_out, 'token')} not shown …", *rows[-last:]]


def _sets(audit: Audit) -> Iterator[str]:
    names = [named(one.name) for one in audit.sets]
    room = max(map(width, names), default=0)
    for one, name in zip(audit.sets, names, strict=True):
        name += " " * (room - width(name))
        yield (
            f"{name}  {one.use:<10}  {count_of(one.samples, 'sample')}, "
            f"{count_of(one.sequences, 'sequence')}, {count_of(one.counts.tokens, 'token')}, "
            f"{percent(one.counts.share)} trained"
        )


def _roles_title(audit: Audit) -> str:
    roles = audit.roles
    part = "" if roles.samples == roles.of else f" (of {roles.samples:,} of {roles.of:,} samples)"
    return f"tokens by role{part}"


def _roles(audit: Audit) -> Iterator[str]:
    whole = sum(counts.tokens for counts in audit.roles.counts.values())
    for kind, counts in audit.roles.counts.items():
        share = counts.tokens / whole
        yield (
            f"{kind:<10} {_bar(share, BAR // 2)} {percent(share):>6} of the tokens, "
            f"{percent(counts.share)} of these trained"
        )


def _lengths(audit: Audit) -> Iterator[str]:
    lengths = audit.lengths
    if lengths is None:
        return
    most = max(count for _, _, count in lengths.bins)
    digits = len(str(lengths.bins[-1][1]))
    for low, high, count in lengths.bins:
        yield f"{low:>{digits}}-{high:<{digits}} {_bar(count / most, BAR)} {count:,}"
    limit = "no limit" if lengths.limit is None else f"--max_length {lengths.limit:,}"
    yield (
        f"mean {lengths.mean:,.1f}, median {lengths.median:,}, 95% up to {lengths.p95:,}, "
        f"longest {lengths.longest:,}; {limit}"
    )


def _bar(share: float, room: int) -> str:
    """A bar of at most `room` columns; what is not nothing shows."""
    full = round(share * room)
    return ("█" * full or ("▏" if share else "")).ljust(room)


def _epoch(audit: Audit) -> Iterator[str]:
    total = audit.total
    yield (
        f"{count_of(audit.samples, 'sample')} -> {count_of(audit.sequences, 'sequence')}, "
        f"{count_of(total.tokens, 'token')}, {total.trained:,} trained ({percent(total.share)})"
    )
    yield from epoch_lines(audit)


def epoch_lines(audit: Audit) -> Iterator[str]:
    """What happened to the conversations, how answers are judged, and what --packing would give."""
    for one in audit.judged:
        mean = one.counts.trained / max(one.answers, 1)
        answers = count_of(one.answers, f"{one.name} answer")
        yield f"{answers}, {one.counts.trained:,} tokens trained, {mean:,.1f} on average"
    found = audit.unrolled
    if found.samples:
        yield (
            f"{count_of(found.samples, 'conversation')} unrolled into "
            f"{count_of(found.sequences, 'sequence')}"
        )
    for note, count in sorted(audit.notes.items(), key=lambda item: -item[1]):
        yield f"{count:,} {note}"
    if audit.packing is not None:
        packing = audit.packing
        yield (
            f"--packing: {count_of(packing.bins, 'bin')} of {packing.size:,} tokens, "
            f"{percent(packing.fill)} full"
        )


def _rejects(groups: Sequence[RejectGroup]) -> Iterator[str]:
    for group in groups:
        yield f"{count_of(len(group.rows), 'row')} {group.words}: {reason_of(group.reason)}"
        more = len(group.rows) - NAMED_ROWS
        rest = f" and {more:,} more" if more > 0 else ""
        yield f"{INDENT}{', '.join(map(named, group.rows[:NAMED_ROWS]))}{rest}"
