"""Where a report of data is written: never over an input, nor a copy over any other file."""

from collections.abc import Iterable
from pathlib import Path

from burnish.core.errors import DataError
from burnish.data.items import Source
from burnish.data.rejects import FILE


def refuse_overwriting(
    fix: Path | None, html: Path | None, found: Iterable[Source], others: Iterable[str | None] = ()
) -> None:
    """Raise DataError when --fix (with its ledger) or --html would replace an input, or one
    another, or a copy would replace any file or be read with the next run's inputs.

    `others` are the texts of flags that may name a file which the run reads.
    """
    found = list(found)
    inputs = [file for source in found for file in _inputs(source)]
    inputs += [Path(text).expanduser() for text in others if text and _is_there(Path(text))]
    copies = [fix, fix.with_name(FILE)] if fix else []
    for flag, path, targets in (("--fix", fix, copies), ("--html", html, [html] if html else [])):
        if path is None:
            continue
        if path.is_dir():
            name = "a .jsonl file" if flag == "--fix" else "a file, such as report.html"
            raise DataError(f"{flag} {path} is a folder: give the name of {name}.")
        if above := next((p for p in path.parents if p.exists() and not p.is_dir()), None):
            raise DataError(f"{flag} {path}: {above} is no folder. Give another path.")
        for target in targets:
            if any(_same(target, file) for file in inputs):
                raise DataError(
                    f"{flag} {path} would overwrite {target}, which is an input. Give another path."
                )
    if html and any(_same(html, copy) for copy in copies):
        raise DataError(f"--html {html} and --fix {fix} would write one file. Give two paths.")
    if fix:
        _refuse_among(fix, found)
    for target in copies:
        if target.is_symlink() or (target.exists() and target.stat().st_size):
            raise DataError(
                f"--fix {fix} would overwrite {target}, which is there already. Give another path, "
                f"or remove {target} first."
            )


def _inputs(source: Source) -> list[Path]:
    files = [Path(source.item.source).expanduser()]
    for reading in source.readings:
        table = reading.table
        files += [table.path, *(Path(file) for _, file in table.layout.parallel)]
        code = (table.mapping.code or "").rpartition(":")[0]
        files += [Path(code).expanduser()] if code.endswith(".py") else []
    return files


def _is_there(path: Path) -> bool:
    try:
        return path.expanduser().exists()
    except OSError:  # a JSON text in place of a path may be too long for one
        return False


def _same(one: Path, other: Path) -> bool:
    """Whether both lead to one file, which need not be there yet."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _refuse_among(fix: Path, found: Iterable[Source]) -> None:
    for source in found:
        folder = Path(source.item.source).expanduser()
        if folder.is_dir() and fix.resolve().is_relative_to(folder.resolve()):
            raise DataError(
                f"--fix {fix} lies in {folder}, a folder of inputs: the next run would read these "
                "rows twice. Give a path outside it."
            )
