"""The language of --dataset, and from its items to tables: registered, local or from a hub."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from burnish.catalog.corpora.spec import Corpus
from burnish.catalog.find import corpora_with_id, find_corpus
from burnish.config.config import Config
from burnish.config.groups.extend import ExtendGroup
from burnish.config.groups.hub import HubGroup
from burnish.core.errors import DataError
from burnish.core.hub import NAMES, Hub, chosen_hub
from burnish.core.hub_data import Repo, download_files, list_files
from burnish.core.log import log
from burnish.core.registry import CORPORA, nearest
from burnish.data.layout import READS, kind_of
from burnish.data.mapping import Mapping
from burnish.data.pick import NO_DATA, NoSplit, data_names, pick, read_configs
from burnish.data.registry_file import Entry, check_columns, mapping_by_role, read_registry
from burnish.data.table import Table, open_table

HUBS = ("HF", "MS")
URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
HUB_PAGE = re.compile(
    r"https?://(?:www\.)?(huggingface\.co|modelscope\.cn)/datasets/([^/]+/[^/?#]+)"
)
LOOKED_AT = 100
"""Rows of a file whose keys are taken for its columns."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of --dataset: [hub::]source[:subset/subset][#count]."""

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


def open_item(item: Item, config: Config | None = None) -> list[Table]:
    """The tables of an item, one a file; no row is held. `config` has the data sets that
    --custom_dataset_info defines, and a hub's token.

    A defined or registered name goes first, or the hub id of one; then a local file or folder; then
    a hub. Raises DataError when there is nothing to read, MissingPackage without a hub's client.
    """
    defined: dict[str, Entry] = {}
    token = None
    if config and ExtendGroup in config:
        defined = read_registry(config[ExtendGroup].custom_dataset_info)
    if config and HubGroup in config:
        token = config[HubGroup].hub_token
    path = Path(item.source).expanduser()
    if entries := _known(item.source, defined):
        tables = [table for entry in entries for table in _open_entry(item, entry, token)]
    elif path.exists():
        tables = _open_paths([path], Entry(item.source), item.subsets, item.flag)
    else:
        tables = _open_from_hub(item, _unregistered(item, defined), token)
    return _with_rows(tables, item)


def _known(name: str, defined: dict[str, Entry]) -> list[Entry]:
    """The definitions of a name, or every one with that hub id."""
    if name in defined:
        return [defined[name]]
    if name in CORPORA:
        return [_from_catalogue(find_corpus(name))]
    if "/" not in name:
        return []
    mine = [entry for entry in defined.values() if name in (entry.hf, entry.ms)]
    return mine or [_from_catalogue(corpus) for corpus in corpora_with_id(name)]


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
        return _open_from_hub(item, entry, token)
    for path in beside or entry.paths:
        if not path.exists():
            raise DataError(f"{entry.where}: its file {path} is not there.{_near_file(path)}")
        if entry.sha1 and path.is_file():
            _check_sha1(path, entry)
    if beside:
        return [open_table(beside[0], entry.name, entry.mapping, entry.layout)]
    return _open_paths(entry.paths, entry, item.subsets, item.flag)


def _check_sha1(path: Path, entry: Entry) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha1").hexdigest()
    if found != str(entry.sha1).lower():
        log.warning(
            "%s: %s is not the file that was meant: its SHA-1 is %s, file_sha1 says %s",
            entry.where,
            path,
            found,
            entry.sha1,
        )


def _open_paths(
    paths: Iterable[Path], entry: Entry, subsets: tuple[str, ...], flag: str
) -> list[Table]:
    """Local files and folders. A folder's subsets are chosen like those of a hub."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += _folder(path, subsets)
        elif subsets and kind_of(path.name) != "zip":
            raise DataError(
                f"{flag} {path}:{'/'.join(subsets)}: one file has no subsets; leave "
                f":{'/'.join(subsets)} out. Subsets are those of a folder or of a hub."
            )
        else:
            files.append(path)
    return _mapped(_open_files([(str(file), file) for file in files], entry, subsets), entry)


def _open_files(
    files: Iterable[tuple[str, Path]], entry: Entry, subsets: tuple[str, ...] = ()
) -> list[Table]:
    tables: list[Table] = []
    for name, path in files:
        if kind_of(path.name) != "zip":
            tables.append(open_table(path, name, entry.mapping, entry.layout))
            continue
        for member in _members(path, entry, subsets):
            layout = replace(entry.layout, member=member)
            tables.append(open_table(path, f"{name}/{member}", entry.mapping, layout))
    return tables


def _members(path: Path, entry: Entry, subsets: tuple[str, ...]) -> list[str]:
    """The data files inside a zip file that are wanted."""
    try:
        with ZipFile(path) as packed:
            names = packed.namelist()
    except (OSError, BadZipFile) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error
    found = [name for name in data_names(names) if fnmatch(name, entry.members)]
    if subsets:
        return [name for subset in subsets for name in pick(str(path), found, "", subset, None)]
    if not found:
        raise DataError(f"{path}: the zip file holds no data file; burnish reads {READS}.")
    return found


def _open_from_hub(item: Item, entry: Entry, token: str | None) -> list[Table]:
    repo = _repo(item, entry, token)
    listing = list_files(repo)
    names = listing.names
    inside = [n for n in names if not entry.folder or n.startswith(f"{entry.folder}/")]
    if entry.folder and not inside:
        raise DataError(f"{entry.where}: {repo} has no folder {entry.folder!r}.")
    if not data_names(inside):
        raise DataError(_no_data_in(repo, names))
    readme = ""
    if "README.md" in names and not entry.folder:
        readme = download_files(repo, listing, ["README.md"])[0].read_text(
            "utf-8", errors="replace"
        )
    chosen: dict[str, str] = {}
    for subset in item.subsets or entry.subsets or (None,):
        for split in entry.splits:
            wanted = None if split == "train" and entry.splits == ("train",) else split
            try:
                files = pick(str(repo), inside, readme, subset, wanted)
            except NoSplit as error:
                if not chosen or split == entry.splits[0]:
                    raise
                log.warning("%s", error)
                continue
            label = f"{repo}:{subset or 'default'}/{split}"
            for file in files:
                chosen.setdefault(file, label if len(files) == 1 else f"{label} ({file})")
    paths = download_files(repo, listing, list(chosen))
    log.info("%s: %d of its %d data files", repo, len(chosen), len(data_names(names)))
    files_of = zip(chosen.values(), paths, strict=True)
    return _mapped(_open_files(files_of, entry), entry)


def _repo(item: Item, entry: Entry, token: str | None) -> Repo:
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


def _no_data_in(repo: Repo, names: Sequence[str]) -> str:
    script = next((name for name in names if name.endswith(".py") and "/" not in name), None)
    if script is None:
        return f"{repo} holds no data file that burnish reads ({READS})."
    if repo.hub == "ms":
        return f"{repo} holds no data files but a program ({script}), which burnish does not run."
    return (
        f"{repo} holds no data files but a program that makes them ({script}), which burnish does "
        f"not run. Hugging Face may keep a copy of its data: HF::{repo.id}@refs/convert/parquet"
    )


def _unregistered(item: Item, defined: dict[str, Entry]) -> Entry:
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
        hint = _near_file(path) or (f" The data set {near!r} is near to it." if near else "")
        raise DataError(f"{item.flag} {item.source}: there is no such file.{hint}")
    name, _, revision = item.source.partition("@")
    if "/" not in name and (item.hub or ("HF" if chosen_hub() == "hf" else "MS")) == "MS":
        hint = _near_file(path) or (f" Did you mean {near!r}?" if near else "")
        raise DataError(
            f"{item.flag} {item.source}: there is no such file, and no data set of that name."
            f"{hint} `burnish list datasets` shows the names; ids on a hub look like owner/name."
        )
    return Entry(name, hf=name, ms=name, revision=revision or None, origin=item.flag)


def _near_file(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else Path()
    close = nearest(path.name, [file.name for file in folder.iterdir()])
    return f" Did you mean {folder / close}?" if close else ""


def _mapped(tables: list[Table], entry: Entry) -> list[Table]:
    """The tables with a mapping that is checked against, or follows from, their columns."""
    if entry.roles is None and not entry.mapping.columns:
        return tables
    columns = columns_of(tables)
    if entry.roles is None:
        check_columns(entry, columns)
        return tables
    mapping = mapping_by_role(entry, columns)
    return [replace(table, mapping=mapping) for table in tables]


def columns_of(tables: Iterable[Table]) -> list[str]:
    """The keys of the first rows of every table, in their order."""
    rows = (table.parse(raw) for table in tables for _, raw in islice(table.raws(), LOOKED_AT))
    return list(dict.fromkeys(str(key) for row in rows if isinstance(row, dict) for key in row))


def _with_rows(tables: list[Table], item: Item) -> list[Table]:
    """The tables that hold a row."""
    full = [table for table in tables if next(table.raws(), None) is not None]
    for table in tables:
        if table not in full:
            if not full:
                raise DataError(f"{table.name} is empty: there is no row in it.")
            log.warning("%s: %s is empty", item.source, table.name)
    return full


def _folder(path: Path, subsets: tuple[str, ...]) -> list[Path]:
    """The data files of a folder, which must be of one kind (json and jsonl count as one)."""
    inside = (file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    names = sorted(name for name in inside if not re.search(r"(^|/)\.", name))
    readme = path / "README.md"
    text = readme.read_text("utf-8", errors="replace") if readme.is_file() else ""
    if subsets or (text and read_configs(str(path), text)):
        parts = [pick(str(path), names, text, subset, None) for subset in subsets or (None,)]
        return [path / name for part in parts for name in part]
    found = data_names(names)
    if not found:
        raise DataError(f"{path}: the folder holds no data file; burnish reads {READS}.")
    kinds = {"csv" if kind_of(name) == "tsv" else kind_of(name) for name in found}
    if len(kinds) > 1:
        raise DataError(
            f"{path}: the folder holds several kinds of data ({', '.join(found[:6])}). Give the "
            "files one by one."
        )
    others = [name for name in names if name not in found and not NO_DATA.search(name)]
    if others:
        log.info("%s: %d files are no data and were left out", path, len(others))
    return [path / name for name in found]
