"""burnish list: find model types, data sets, templates and tuners by words."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.commands.base import Command
from burnish.config.config import only
from burnish.config.flag import infos_of
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.list import ListGroup
from burnish.config.groups.tuner import TunerGroup
from burnish.core.errors import UsageError
from burnish.core.registry import HOOKS, OBJECTIVES, TUNERS, load_file, nearest

if TYPE_CHECKING:
    from burnish.catalog.listing import Row
    from burnish.config.config import Config

PACKAGE = Path(__file__).parents[1]
KINDS = {
    "models": "model types",
    "datasets": "data sets",
    "templates": "templates",
    "tuners": "tuners",
    "objectives": "objectives",
    "hooks": "hooks",
}
"""What can be listed, and how its entries are called."""


def run(config: "Config") -> str:
    """The table, or JSON. Raises UsageError when there is no such list or nothing is found."""
    from burnish.catalog import listing

    options = config[ListGroup]
    if own := config[ExtendGroup].custom_register_path:
        load_file(own)
    kind = kind_of(options.words)
    columns, rows = rows_of(kind)
    words = options.words[1:]
    found = listing.matching(rows, words)
    if not found and words:
        raise UsageError(nothing(kind, words, listing.near(rows, words)))
    if options.json:
        records = [row.record for row in found]
        return json.dumps(records, ensure_ascii=False, indent=1)
    if len(found) == 1 and words:
        return f"{listing.table(columns, found)}\n\n{listing.details(found[0].record)}"
    total = f"{len(found)} of {len(rows)}" if words else str(len(rows))
    kinds = KINDS[kind] if len(rows) > 1 else KINDS[kind].removesuffix("s")
    return f"{listing.table(columns, found)}\n\n{total} {kinds}{_proven(kind, found)}"


def kind_of(words: Sequence[str]) -> str:
    """What the first word asks for. Raises UsageError when that cannot be listed."""
    kinds = ", ".join(KINDS)
    if not words:
        raise UsageError(f"say what to list: {kinds}; such as: burnish list models qwen 7b")
    plain = words[0].lower().replace("-", "").replace("_", "")
    for kind in KINDS:
        if plain in (kind, kind.removesuffix("s")):
            return kind
    close = nearest(plain, KINDS)
    hint = f"did you mean {close}?" if close else f"there are {kinds}"
    raise UsageError(f"{words[0]!r} is nothing that burnish lists; {hint}")


def rows_of(kind: str) -> "tuple[tuple[str, ...], list[Row]]":
    """The columns and all rows of a list."""
    from burnish.catalog import listing

    if kind == "models":
        return listing.MODEL_COLUMNS, listing.model_rows()
    if kind == "datasets":
        return listing.CORPUS_COLUMNS, listing.corpus_rows()
    if kind == "templates":
        return listing.TEMPLATE_COLUMNS, listing.template_rows()
    registry = {"tuners": TUNERS, "objectives": OBJECTIVES, "hooks": HOOKS}[kind]
    folder = PACKAGE.joinpath(*registry.package.split(".")[1:])
    known, built = _spoken_of() if kind == "tuners" else (set(), set())
    return listing.CODE_COLUMNS, listing.code_rows(registry, folder, known, built)


def nothing(kind: str, words: Sequence[str], names: Sequence[str]) -> str:
    """What to say when no entry holds all words."""
    hint = f"; near: {', '.join(names)}" if names else ""
    return (
        f"no {KINDS[kind].removesuffix('s')} has {' and '.join(map(repr, words))} in its name, id, "
        f"template or tags{hint}"
    )


def _spoken_of() -> tuple[set[str], set[str]]:
    """Tuners that --sft_type names, and those of them that work."""
    info = infos_of(TunerGroup)["sft_type"]
    return set(info.choices or ()), set(info.meta.built or ())


def _proven(kind: str, rows: "Sequence[Row]") -> str:
    if kind != "templates":
        return ""
    proven = sum(row.cells[1] == "yes" for row in rows)
    return f", {proven} proven against the models' own, {len(rows) - proven} not"


COMMAND = Command(
    name="list",
    summary="find models, data sets, templates and tuners by words",
    groups=(ListGroup, only(ExtendGroup, "custom_register_path")),
    run=run,
    positional="words",
    quiet=True,
    prints=True,
    example="burnish list models qwen2_5 7b",
)
