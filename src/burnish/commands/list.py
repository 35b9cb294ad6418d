"""burnish list: find model types, data sets, templates and tuners by words."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.commands.base import Command, load
from burnish.config.config import only
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.list import ListGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.resolve import resolve
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
    columns, rows = rows_of(kind, config)
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


def rows_of(kind: str, config: "Config") -> "tuple[tuple[str, ...], list[Row]]":
    """The columns and all rows of a list."""
    from burnish.catalog import listing

    if kind == "models":
        return listing.MODEL_COLUMNS, listing.model_rows()
    if kind == "datasets":
        return listing.CORPUS_COLUMNS, listing.corpus_rows()
    if kind == "templates":
        return listing.TEMPLATE_COLUMNS, listing.template_rows()
    if kind == "tuners":
        return tuner_rows(config)
    registry = {"objectives": OBJECTIVES, "hooks": HOOKS}[kind]
    folder = PACKAGE.joinpath(*registry.package.split(".")[1:])
    return listing.CODE_COLUMNS, listing.code_rows(registry, folder, (), set())


def tuner_rows(config: "Config") -> "tuple[tuple[str, ...], list[Row]]":
    """Every tuner: what it trains, its paper, whether it merges; on a model, how much that is."""
    from burnish.catalog.listing import Row

    model = config[ModelGroup]
    sizes = sizes_on(config) if model.model_type or model.model_id_or_path else None
    columns = ("name", "trains", "paper", "merges")
    rows = []
    for name in TUNERS.names():
        tuner = TUNERS.find(name)
        merges = "-" if name == "full" else "yes" if tuner.merges else "no"
        cells: tuple[str, ...] = (name, tuner.trains, tuner.paper or "-", merges)
        record = {"name": name, "trains": tuner.trains, "paper": tuner.paper}
        record |= {"merges": tuner.merges, "needs": sorted(tuner.needs)}
        if sizes is not None:
            cells = (*cells, *sizes[name])
            record |= {"trained": sizes[name][0], "memory": sizes[name][1]}
        rows.append(Row(cells, " ".join(cells).lower(), record))
    return (columns if sizes is None else (*columns, "trained", "memory beside the base")), rows


def sizes_on(config: "Config") -> dict[str, tuple[str, str]]:
    """For each tuner with its defaults, how many numbers it trains on a model, and the memory they
    take with gradient and AdamW.
    """
    from burnish.nn.find import find_model
    from burnish.train.sizes import extra_bytes, trained_count

    folder = find_model(config, weights=False).path
    found = {}
    for name in TUNERS.names():
        values = {"model_id_or_path": str(folder), "dataset": ["-"], "sft_type": name}
        count = trained_count(folder, resolve(load("sft"), values))
        if isinstance(count, str):
            found[name] = ("-", f"({count})")
        else:
            found[name] = (f"{count:,}", f"{extra_bytes(count, name) / 2**30:.3f} GiB")
    return found


def nothing(kind: str, words: Sequence[str], names: Sequence[str]) -> str:
    """What to say when no entry holds all words."""
    hint = f"; near: {', '.join(names)}" if names else ""
    return (
        f"no {KINDS[kind].removesuffix('s')} has {' and '.join(map(repr, words))} in its name, id, "
        f"template or tags{hint}"
    )


def _proven(kind: str, rows: "Sequence[Row]") -> str:
    if kind != "templates":
        return ""
    proven = sum(row.cells[1] == "yes" for row in rows)
    return f", {proven} proven against the models' own, {len(rows) - proven} not"


COMMAND = Command(
    name="list",
    summary="find models, data sets, templates and tuners by words",
    groups=(
        ListGroup,
        only(ModelGroup, "model_type", "model_id_or_path", "model_revision"),
        only(ExtendGroup, "custom_register_path"),
    ),
    run=run,
    positional="words",
    quiet=True,
    prints=True,
    example="burnish list models qwen2_5 7b",
)
