"""The language of --dataset, and from its items to tables: registered, local or from a hub."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from burnish.catalog.corpora.spec import Corpus
from burnish.catalog.find import corpora_with_id, find_corpus
from burnish.config.config import Config
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.hub import HubGroup
from burnish.core.errors import DataError
from burnish.core.hub import NAMES, Hub, chosen_hub
from burnish.core.hub_data import Repo
from burnish.core.log import log
from burnish.core.registry import CORPORA, nearest
from burnish.data.custom import FindFolder, open_custom
from burnish.data.from_hub import open_from_hub
from burnish.data.layout import kind_of
from burnish.data.local import check_sha1, near_file, open_paths
from burnish.data.mapping import Mapping
from burnish.data.registry_file import Entry, Registry, read_registry
from burnish.data.table import Table, open_table

HUBS = ("HF", "MS")
URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
HUB_PAGE = re.compile(
    r"https?://(?:www\.)?(huggingface\.co|modelscope\.cn)/datasets/([^/]+/[^/?#]+)"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of --dataset: [hub::]source[:subset/subset][#count]; behind a Python file stand the
    functions that make its rows.
    """

    source: str
    hub: str | None = None
    subsets: tuple[str, ...] = ()
    count: int | None = None
    flag: str = "--dataset"
    """The flag it was given to, for messages."""


def split_items(given: Sequence[str]) -> list[str]:
    """Items given as separate words, or in one word with commas."""
    if len(given) == 1 and not _is_path(given[0]):
        return [item.strip() for item in given[0].split(",") if item.strip()]
    return [item.strip() for item in given if item.strip()]


def _exists(text: str) -> bool:
    return bool(text) and Path(text).expanduser().exists()


def _is_path(text: str) -> bool:
    return _exists(text) or _exists(text.rpartition("#")[0])


def parse_item(text: str, flag: str = "--dataset") -> Item:
    """Read one item of `flag`. An existing file is taken whole before any sign in its name means
    something.

    Raises DataError for an unknown hub, a count that is no number, or a comma.
    """
    hub, rest = None, text.strip()
    _refuse_url(text, flag)
    if "::" in rest and not _exists(rest):
        name, rest = rest.split("::", 1)
        hub = name.strip().upper()
        if hub not in HUBS:
            raise DataError(
                f"{flag} {text}: there is no hub {name.strip()!r}; write HF:: or MS:: or leave "
                "it out."
            )
    if _exists(rest):
        return Item(rest, hub, flag=flag)
    rest, count = _count(f"{flag} {text}", rest)
    if _exists(rest):
        return Item(rest, hub, (), count, flag)
    name, _, subsets = rest.partition(":")
    if "," in rest:
        raise DataError(f"{flag} {text}: a comma separates data sets; use / between subsets.")
    if not name.strip():
        raise DataError(f"{flag} {text!r} names no data set.")
    parts = tuple(part.strip() for part in subsets.split("/") if part.strip())
    return Item(name.strip(), hub, parts, count, flag)


def _count(given: str, rest: str) -> tuple[str, int | None]:
    left, sign, right = rest.rpartition("#")
    if not sign:
        return rest, None
    try:
        count = int(right)
    except ValueError:
        raise DataError(f"{given}: {right!r} behind # is no number of rows.") from None
    if count < -1 or count == 0:
        raise DataError(f"{given}: the number of rows behind # must be 1 or more (or -1 for all).")
    return left.strip(), None if count == -1 else count


def _refuse_url(text: str, flag: str) -> None:
    bare = text.split("::", 1)[-1].strip()
    if not URL.match(bare):
        return
    if page := HUB_PAGE.match(bare):
        hub = "HF" if "huggingface" in page[1] else "MS"
        raise DataError(f"{flag} {text}: that is the page of a data set; write {hub}::{page[2]}.")
    raise DataError(
        f"{flag} {text}: data is not read from a web address. Download the file and give its path."
    )


def open_item(
    item: Item, config: Config | None = None, find_folder: FindFolder | None = None
) -> list[Table]:
    """The tables of an item, one a file; no row is held. `config` has the data sets that
    --custom_dataset_info defines, and a hub's token; `find_folder` finds the model's,
    for a function that makes rows with its tokenizer; without it none is run.

    A defined or registered name goes first, or the hub id of one; then a local file or folder; then
    a hub. Raises DataError when there is nothing to read, MissingPackage without a hub's client.
    """
    defined = Registry({})
    token = None
    if config and ExtendGroup in config:
        defined = read_registry(config[ExtendGroup].custom_dataset_info)
    if config and HubGroup in config:
        token = config[HubGroup].hub_token
    path = Path(item.source).expanduser()
    is_here = path.is_file() or (path.exists() and item.hub is None)
    entries = _named(item.source, defined)
    if not entries and item.hub is None and path.suffix == ".py" and not path.is_dir():
        return _with_rows(_made(item, path, config, find_folder), item)
    if not entries and is_here:
        return _with_rows(open_paths([path], Entry(item.source), item.subsets, item.flag), item)
    name, _, revision = item.source.partition("@")
    entries = entries or _named(name, defined) or _with_id(name, defined)
    entries = entries or [_unregistered(item, name, defined)]
    if revision:
        entries = [replace(entry, revision=revision) for entry in entries]
    tables = [table for entry in entries for table in _open_entry(item, entry, token)]
    return _with_rows(tables, item)


def _made(
    item: Item, path: Path, config: Config | None, find_folder: FindFolder | None
) -> list[Table]:
    """The rows of a person's own functions."""
    if not path.is_file():
        raise DataError(f"{item.flag} {item.source}: there is no such file.{near_file(path)}")
    is_typed = config is None or config.sources.get(item.flag.strip("-")) != "checkpoint"
    if find_folder is None or not is_typed:
        raise DataError(f"{item.flag} {item.source}: a Python file is not run here.")
    if config and "streaming" in config.flags and config.value("streaming"):
        raise DataError(
            f"{item.flag} {item.source}: --streaming reads files while training, and the rows of a "
            "function are made before. Leave --streaming out."
        )
    code = bool(
        config and config.flags.get("allow_remote_code") and config.value("allow_remote_code")
    )
    return open_custom(path, item.subsets, item.flag, find_folder, code)


def _named(name: str, defined: Registry) -> list[Entry]:
    if name in defined:
        return [defined[name]]
    return [_from_catalogue(find_corpus(name))] if name in CORPORA else []


def _with_id(hub_id: str, defined: Registry) -> list[Entry]:
    """Every data set with that hub id; those a person defined go before the registered ones."""
    return defined.with_id(hub_id) or [
        _from_catalogue(corpus) for corpus in corpora_with_id(hub_id)
    ]


def _from_catalogue(corpus: Corpus) -> Entry:
    return Entry(
        corpus.name,
        hf=corpus.hf,
        ms=corpus.ms,
        subsets=tuple(corpus.subsets),
        splits=tuple(corpus.split) or ("train",),
        mapping=Mapping(dict(corpus.columns), dict(corpus.conversations), corpus.code),
        origin="the catalogue",
    )


def _open_entry(item: Item, entry: Entry, token: str | None) -> list[Table]:
    if entry.parts:
        chosen = [p for p in entry.parts if not item.subsets or {*p.subsets} & {*item.subsets}]
        if not chosen:
            given, there = "/".join(item.subsets), ", ".join(entry.subsets)
            raise DataError(f"{entry.where} has no subset {given!r}; it has {there}.")
        return [t for p in chosen for t in _open_entry(replace(item, subsets=()), p, token)]
    beside = [Path(file) for _, file in entry.layout.parallel]
    if not entry.paths and not beside:
        return open_from_hub(repo_of(item, entry, token), entry, item.subsets)
    for path in beside or entry.paths:
        if not path.exists():
            raise DataError(f"{entry.where}: its file {path} is not there.{near_file(path)}")
        if entry.sha1 is not None and path.is_file():
            check_sha1(path, entry)
    if beside:
        return [open_table(beside[0], entry.name, entry.mapping, entry.layout)]
    return open_paths(entry.paths, entry, item.subsets, item.flag)


def _unregistered(item: Item, name: str, defined: Registry) -> Entry:
    """A hub id with nothing known of it. Raises DataError when it cannot be one."""
    path = Path(item.source).expanduser()
    folder = path.parent if path.parent.is_dir() else Path()
    known = [*CORPORA.names(), *defined]
    near = nearest(item.source, known)
    if item.hub is None and (
        path.is_absolute()
        or kind_of(path.name)
        or item.source.startswith((".", "~"))
        or not folder.samefile(Path())
    ):
        hint = near_file(path) or (f" The data set {near!r} is near to it." if near else "")
        if not (path.is_absolute() or kind_of(path.name)):
            hint += f" If it is on a hub, write HF::{item.source} or MS::{item.source}."
        raise DataError(f"{item.flag} {item.source}: there is no such file.{hint}")
    if "/" not in name and (item.hub or ("HF" if chosen_hub() == "hf" else "MS")) == "MS":
        hint = near_file(path) or (f" Did you mean {near!r}?" if near else "")
        raise DataError(
            f"{item.flag} {item.source}: there is no such file, and no data set of that name."
            f"{hint} `burnish list datasets` shows the names; ids on a hub look like owner/name."
        )
    return Entry(name, hf=name, ms=name, origin=item.flag)


def _with_rows(tables: list[Table], item: Item) -> list[Table]:
    """The tables that hold a row."""
    full = [table for table in tables if next(table.raws(), None) is not None]
    for table in tables:
        if table not in full:
            if not full:
                raise DataError(f"{table.name} is empty: there is no row in it.")
            log.warning("%s: %s is empty", item.source, table.name)
    return full


def repo_of(item: Item, entry: Entry, token: str | None) -> Repo:
    """The data set on the hub that was asked for, or on the one that has it."""
    asked: Hub | None = {"HF": "hf", "MS": "ms"}[item.hub] if item.hub else None  # type: ignore[assignment]
    hub = asked or chosen_hub()
    ids = {"hf": entry.hf, "ms": entry.ms}
    if ids[hub] is None and asked is None:
        hub = "ms" if hub == "hf" else "hf"
    found = ids[hub]
    if found is None:
        other = "HF" if hub == "ms" else "MS"
        raise DataError(
            f"{item.flag} {item.source}: {entry.name} is not on {NAMES[hub]}; leave "
            f"{item.hub}:: out, or write {other}::."
        )
    return Repo(hub, found, entry.revision, token)
