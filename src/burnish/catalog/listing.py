"""What the catalogue holds as rows of a table, and the rows that words are found in."""

import ast
import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from burnish.catalog.find import find_corpus, find_model, find_template
from burnish.core.registry import CORPORA, MODELS, TEMPLATES, Registry


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: its cells in the order of the columns, the text that words are looked for in, and
    all that is known of it.
    """

    cells: tuple[str, ...]
    text: str
    record: dict[str, Any]

    @property
    def name(self) -> str:
        return self.cells[0]


MODEL_COLUMNS = ("type", "Hugging Face", "ModelScope", "template", "tags", "note")
CORPUS_COLUMNS = ("data set", "Hugging Face", "ModelScope", "subsets", "tags", "note")
TEMPLATE_COLUMNS = ("template", "proven", "by the templates of", "note")
CODE_COLUMNS = ("name", "state", "about")


def model_rows() -> list[Row]:
    """Every model type."""
    return [_model(name) for name in MODELS]


def _model(name: str) -> Row:
    spec = find_model(name)
    needs = f"needs {' '.join(spec.requires)}" if spec.requires else ""
    note = f"gone, nearest: {spec.instead}" if spec.broken else needs
    note = note or ("comes with burnish" if spec.folder else "")
    ids = (spec.hf or "-", _second(spec.hf, spec.ms))
    cells = (name, *ids, spec.template or "its own", " ".join(spec.tags), note)
    text = _text(name, spec.hf, spec.ms, spec.template, *spec.tags)
    return Row(cells, text, dataclasses.asdict(spec))


def corpus_rows() -> list[Row]:
    """Every data set."""
    return [_corpus(name) for name in CORPORA]


def _corpus(name: str) -> Row:
    corpus = find_corpus(name)
    ids = (corpus.hf or "-", _second(corpus.hf, corpus.ms))
    note = "huge" if corpus.huge else ""
    cells = (name, *ids, _some(corpus.subsets), " ".join(corpus.tags), note)
    text = _text(name, corpus.hf, corpus.ms, *corpus.subsets, *corpus.tags)
    return Row(cells, text, dataclasses.asdict(corpus))


def template_rows() -> list[Row]:
    """Every template, with what it was proven by."""
    return [_template(name) for name in TEMPLATES]


def _template(name: str) -> Row:
    spec = find_template(name)
    notes = {
        "cannot be used": bool(spec.unavailable),
        "plain text": spec.generation,
        "multi-modal": spec.media,
    }
    proven = "yes" if spec.proven else "no"
    note = ", ".join(text for text, holds in notes.items() if holds)
    cells = (name, proven, ", ".join(spec.proven), note)
    return Row(cells, _text(name, *spec.proven, note), dataclasses.asdict(spec))


def code_rows(registry: Registry, folder: Path, known: Iterable[str], built: set[str]) -> list[Row]:
    """Entries that are code, with the first line of their file; nothing is imported.

    `known` are names that are spoken of but may have no file yet, `built` those that work.
    """
    rows = []
    for name in sorted({*registry.names(), *known}):
        state = "works" if name in built or name not in known else "not available yet"
        about = _first_line(folder / f"{name}.py")
        record = {"name": name, "state": state, "about": about}
        rows.append(Row((name, state, about), _text(name, about), record))
    return rows


def matching(rows: Iterable[Row], words: Sequence[str]) -> list[Row]:
    """The rows in whose text every word stands, in either letter case."""
    wanted = [word.lower() for word in words]
    return [row for row in rows if all(word in row.text for word in wanted)]


def near(rows: Iterable[Row], words: Sequence[str]) -> list[str]:
    """Up to three names that are like the words, nearest first."""
    names = [row.name for row in rows]
    typed = "-".join(words).lower().replace(".", "_")
    return get_close_matches(typed, names, n=3, cutoff=0.6)


def table(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """The rows under their columns, aligned; columns that are empty in all rows are left out."""
    used = [i for i in range(len(columns)) if any(row.cells[i] for row in rows)]
    lines = [[columns[i] for i in used], *([row.cells[i] for i in used] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(used))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def details(record: dict[str, Any]) -> str:
    """All that is known of one entry, a line each; long texts are left to --json."""
    shown = {key: _plain(value) for key, value in record.items() if value not in (None, "", (), {})}
    width = max(map(len, shown))
    return "\n".join(f"{key.ljust(width)}  {text}" for key, text in shown.items())


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if "\n" in str(value) else str(value)


def _text(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part).lower()


def _second(first: str | None, second: str | None) -> str:
    return "same" if first and first == second else second or "-"


def _some(names: Sequence[str], shown: int = 3) -> str:
    rest = len(names) - shown
    return " ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


def _first_line(path: Path) -> str:
    """The first line of a file's docstring; "" where there is no such file."""
    if not path.is_file():
        return ""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]
