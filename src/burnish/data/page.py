"""The report of `burnish check` as one HTML page that needs nothing else: light and dark, and every
token says its id, role and loss weight.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from burnish.data.anatomy import Cell, Kind
from burnish.data.audit import Audit, Shown
from burnish.data.show import epoch_lines
from burnish.data.visible import (
    LEGEND,
    LONG,
    count_of,
    named,
    one_line,
    percent,
    reason_of,
    runs,
    visible,
    weight_text,
)

TOKENS = 20_000
"""Of a sample, at most; a page with more than that is slow to open."""
ROWS = 200
"""Of a reason, at most; --fix writes all of them."""

STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1c1f24; --soft: #545c69;
  --line: #d8dce3; --panel: #f5f6f8; --bar: #3b6fb6; --trained: #2c7a4b; --bad: #a02b2b;
  --template: #e6e8ec; --system: #fbe3c8; --tools: #ecebc0; --user: #cfe3fb;
  --assistant: #cdeed4; --tool: #e5d6f6; --text: #d3f0ef; --tokenised: #e3e0da;
  --unknown: #f9d0d4; }
@media (prefers-color-scheme: dark) { :root { --ground: #15181d; --ink: #e6e8ec; --soft: #b0b8c5;
  --line: #353b45; --panel: #1d2128; --bar: #79a8ea; --trained: #7fd49b; --bad: #f09a9a;
  --template: #30353e; --system: #553a17; --tools: #45431a; --user: #173b66;
  --assistant: #174a29; --tool: #42285f; --text: #12474a; --tokenised: #46413a;
  --unknown: #64252c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 68rem; background: var(--ground);
  color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans",
  "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; } p { margin: .4rem 0; }
.soft { color: var(--soft); } .bad { color: var(--bad); }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; padding: 0; }
.tiles div { flex: 1 1 8rem; background: var(--panel); border: 1px solid var(--line);
  border-radius: .5rem; padding: .5rem .8rem; }
.tiles b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0;
  border-bottom: 1px solid var(--line); }
table.words td { overflow-wrap: anywhere; }
th { font-weight: 600; } thead th { color: var(--soft); font-size: .85rem; white-space: nowrap; }
td.n, th.n { text-align: right; white-space: nowrap; }
.bar { display: block; height: .9rem; background: var(--bar); border-radius: 2px; }
td.plot { width: 50%; min-width: 5rem; padding-top: .65rem; }
.sample { border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 1rem; }
.sample header { padding: .5rem .8rem; background: var(--panel); border-radius: .5rem .5rem 0 0;
  border-bottom: 1px solid var(--line); }
.run { display: grid; grid-template-columns: 6.5rem 1fr; gap: .6rem; padding: .3rem .8rem; }
.run + .run { border-top: 1px dashed var(--line); }
.who { font-size: .85rem; color: var(--soft); padding-top: .2rem; }
.who b { display: block; color: var(--trained); font-weight: 600; }
.tokens { font: 15px/1.9 ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono",
  "Noto Sans Mono CJK SC", "PingFang SC", "Microsoft YaHei", monospace;
  overflow-wrap: anywhere; min-width: 0; }
.tokens span { padding: .1em .12em; margin-right: 1px; border-radius: 3px;
  unicode-bidi: isolate; white-space: pre-wrap; }
.tokens i { font-style: normal; color: var(--soft); }
.on { font-weight: 700; text-decoration: underline 2px; text-underline-offset: .22em;
  text-decoration-color: var(--trained); }
.special { outline: 1px solid var(--soft); outline-offset: -1px; }
.template { background: var(--template); } .system { background: var(--system); }
.tools { background: var(--tools); } .user { background: var(--user); }
.assistant { background: var(--assistant); } .tool { background: var(--tool); }
.text { background: var(--text); } .tokenised { background: var(--tokenised); }
.unknown { background: var(--unknown); }
.key { display: flex; flex-wrap: wrap; gap: .4rem; font-size: .9rem; margin: .6rem 0; }
.key span { padding: .1rem .5rem; border-radius: 3px; }
@media (max-width: 36rem) { .run { grid-template-columns: 1fr; gap: 0; }
  .who b { display: inline; } }
"""

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
"""


def page(audit: Audit) -> str:
    """The whole page."""
    parts = [
        HEAD.format(title=escape(f"burnish check: {named(audit.model)}"), style=STYLE),
        f"<h1>burnish check</h1>\n<p class=soft>{escape(named(audit.model))}</p>\n",
        _tiles(audit),
        _rejects(audit),
        _samples(audit),
        _section("Template", _facts(audit)),
        _section("Data sets", _sets(audit)),
        _section("Tokens by role", _roles(audit)),
        _section("Lengths in tokens", _lengths(audit)),
        _section("One epoch", _epoch(audit)),
    ]
    return "".join(parts) + "</body>\n</html>\n"


def _section(title: str, inside: str) -> str:
    return f"<h2>{title}</h2>\n{inside}" if inside else ""


def _tiles(audit: Audit) -> str:
    total = audit.total
    lost = sum(len(group.rows) for group in audit.rejects)
    tiles = [
        (f"{audit.samples:,}", "samples"),
        (f"{audit.sequences:,}", "sequences"),
        (f"{total.tokens:,}", "tokens an epoch"),
        (percent(total.share), "of them trained"),
        (f"{lost:,}", "rows not used as written"),
    ]
    inside = "".join(f"<div><b>{number}</b> {words}</div>" for number, words in tiles)
    return f"<div class=tiles>{inside}</div>\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table of cells that are HTML already; the first cell of a row is its heading."""

    def cell(k: int, text: str, name: str) -> str:
        kind = (
            " class=n"
            if k in numbers
            else " class=plot"
            if text.startswith("<span class=b")
            else ""
        )
        return f"<{name}{kind}>{text}</{name}>"

    head = "".join(cell(k, text, "th") for k, text in enumerate(heads))
    lines = [
        "".join(cell(k, text, "td" if k else "th") for k, text in enumerate(row)) for row in rows
    ]
    top = f"<thead><tr>{head}</tr></thead>" if heads else ""
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    kind = "numbers" if numbers else "words"
    return f"<div class=wide><table class={kind}>{top}<tbody>\n{body}\n</tbody></table></div>\n"


def _rejects(audit: Audit) -> str:
    rows = []
    for group in audit.rejects:
        more = len(group.rows) - ROWS
        names = ", ".join(escape(named(row)) for row in group.rows[:ROWS])
        names += f" and {more:,} more" if more > 0 else ""
        reason = escape(reason_of(group.reason, LONG))
        rows.append((f"{len(group.rows):,}", f"{group.words}: {reason}", names))
    if not rows:
        return "<p>Every row is used as it was written.</p>\n"
    return _section("Rows not used as written", _table(("Rows", "Why", "Which"), rows))


def _samples(audit: Audit) -> str:
    if not audit.shown:
        return ""
    kinds = dict.fromkeys(cell.kind for shown in audit.shown for cell in shown.cells)
    key = "".join(f"<span class={kind}>{kind}</span>" for kind in kinds)
    key += "<span class='special'>marker</span><span class=on>trained</span>"
    words = f"{LEGEND}. Point at a token for its id and loss weight."
    inside = "".join(map(_sample, audit.shown))
    return _section("Samples", f"<div class=key>{key}</div>\n<p class=soft>{words}</p>\n{inside}")


def _sample(shown: Shown) -> str:
    cells = shown.cells[:TOKENS]
    trained = sum(cell.weight != 0 for cell in shown.cells)
    words = f"{count_of(len(shown.cells), 'token')}, {trained:,} trained"
    more = len(shown.cells) - len(cells)
    rest = f"<p class=run>… {count_of(more, 'token')} not shown …</p>\n" if more else ""
    title = f"<h3>{escape(named(shown.title))}</h3><span class=soft>{words}</span>"
    inside = "".join(_run(*run) for run in runs(cells))
    return f"<article class=sample><header>{title}</header>\n{inside}{rest}</article>\n"


def _run(kind: Kind, weight: float, cells: Sequence[Cell]) -> str:
    loss = f"<b>loss {weight_text(weight)}</b>" if weight else ""
    tokens = "".join(map(_token, cells)).removesuffix("<wbr>").removesuffix("<br>")
    return (
        f"<div class=run><div class=who>{kind} {loss}</div><div class=tokens>{tokens}</div></div>\n"
    )


def _token(cell: Cell) -> str:
    names = [cell.kind, *["on"] * (cell.weight != 0), *["special"] * cell.is_special]
    title = f"{cell.id} · {cell.kind} · loss {weight_text(cell.weight) or 0}"
    inside = "".join(_character(char) for char in cell.text)
    behind = "<br>" if cell.text.endswith("\n") else "<wbr>"
    return f'<span class="{" ".join(names)}" title="{title}">{inside}</span>{behind}'


def _character(char: str) -> str:
    sign = visible(char)
    return escape(char) if sign == char else f"<i>{escape(sign)}</i>"


def _facts(audit: Audit) -> str:
    rows = [(escape(name), escape(one_line(text, 4000))) for name, text in audit.template]
    return _table((), rows)


def _sets(audit: Audit) -> str:
    rows = [
        (
            escape(named(one.name)),
            one.use,
            f"{one.samples:,}",
            f"{one.sequences:,}",
            f"{one.counts.tokens:,}",
            percent(one.counts.share),
        )
        for one in audit.sets
    ]
    heads = ("Data set", "Use", "Samples", "Sequences", "Tokens", "Trained")
    return _table(heads, rows, numbers=(2, 3, 4, 5))


def _bar(share: float) -> str:
    return f"<span class=bar style='width:{max(share * 100, 0.5 if share else 0):.1f}%'></span>"


def _roles(audit: Audit) -> str:
    roles = audit.roles
    whole = sum(counts.tokens for counts in roles.counts.values())
    rows = [
        (
            f"<span class='{kind}' style='padding:0 .4em'>{kind}</span>",
            _bar(counts.tokens / whole),
            percent(counts.tokens / whole),
            percent(counts.share),
        )
        for kind, counts in roles.counts.items()
    ]
    if not rows:
        return ""
    part = ""
    if roles.samples < roles.of:
        part = f"<p class=soft>Of {roles.samples:,} of {roles.of:,} samples.</p>\n"
    return part + _table(("Role", "", "Tokens", "Trained"), rows, numbers=(2, 3))


def _lengths(audit: Audit) -> str:
    lengths = audit.lengths
    if lengths is None:
        return ""
    most = max(count for _, _, count in lengths.bins)
    rows = [
        (f"{low:,} to {high:,}", _bar(count / most), f"{count:,}")
        for low, high, count in lengths.bins
    ]
    limit = "no limit" if lengths.limit is None else f"--max_length {lengths.limit:,}"
    words = (
        f"Mean {lengths.mean:,.1f}, median {lengths.median:,}, 95% up to {lengths.p95:,}, "
        f"longest {lengths.longest:,}; {limit}."
    )
    return _table(("Tokens", "", "Sequences"), rows, numbers=(2,)) + f"<p>{words}</p>\n"


def _epoch(audit: Audit) -> str:
    total = audit.total
    lines = [
        f"{count_of(total.tokens, 'token')}, {total.trained:,} of them trained "
        f"({percent(total.share)}).",
        *epoch_lines(audit),
    ]
    return "".join(_paragraphs(lines))


def _paragraphs(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"<p>{escape(line)}</p>\n"
