"""dataset_info.json: data sets that a person defines, in either of two schemas told apart by keys.

One names its source with file_name or hf_hub_url and maps roles to columns (prompt, response, ...);
the other with dataset_path or hf_dataset_id and maps columns to our names. --custom_dataset_info
takes a file, a folder that holds one, JSON text, or a dict.
"""

import json
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Fields
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.core.registry import nearest
from burnish.data.layout import Layout
from burnish.data.mapping import Mapping

FILE = "dataset_info.json"
FLAG = "--custom_dataset_info"
BY_ROLE = ("file_name", "hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name")
BY_COLUMN = ("dataset_path", "hf_dataset_id", "dataset_id", "ms_dataset_id")
HUB_IDS = ("hf_hub_url", "ms_hub_url", "hf_dataset_id", "dataset_id", "ms_dataset_id")
COMMON = (
    "split", "columns", "folder", "num_samples", "revision", "header", "delimiter", "field",
    "parallel", "members", "encoding", "code",
)  # fmt: skip
ROLE_KEYS = (*BY_ROLE, *COMMON, "file_sha1", "formatting", "ranking", "tags", "subset")
COLUMN_KEYS = (
    *BY_COLUMN, *COMMON, "subsets", "conversations", "remove_useless_columns", "tags", "help",
    "huge_dataset",
)  # fmt: skip
ROLES = {
    "prompt": "instruction", "query": "input", "response": "output", "history": "history",
    "messages": "", "system": "system", "tools": "tools", "images": "images", "videos": "videos",
    "audios": "audios", "chosen": "chosen", "rejected": "rejected", "kto_tag": "label",
}  # fmt: skip
"""What each role of the first schema is called here."""
DEFAULTS = {"prompt": "instruction", "query": "input", "response": "output"}
TAGS = {
    "role_tag": "from_key", "content_tag": "value_key", "user_tag": "user_role",
    "assistant_tag": "assistant_role", "observation_tag": "tool_role",
    "function_tag": "function_role", "system_tag": "system_role",
}  # fmt: skip
USUAL_TAGS = {
    "from_key": "from", "value_key": "value", "user_role": "human", "assistant_role": "gpt",
    "tool_role": "observation", "function_role": "function_call", "system_role": "system",
}  # fmt: skip
SETTINGS = (
    "user_role", "assistant_role", "system_role", "tool_role", "function_role",
    "conversations_key", "from_key", "value_key", "error_strategy", "media_type", "media_key",
    "media_tag",
)  # fmt: skip
OURS = (
    "query", "query_role", "response", "rejected_response", "system", "history", "history_roles",
    "images", "videos", "audios", "objects", "tools", "label", "instruction", "input", "output",
    "messages", "conversations", "conversation", "text", "prompt", "completion", "chosen",
    "rejected", "input_ids", "labels", "attention_mask", "loss_weights",
)  # fmt: skip
DROPPED = ("", "-", "_")
"""What a column is mapped to that is not to be used."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One defined data set: where its files are, and how their rows become samples."""

    name: str
    hf: str | None = None
    ms: str | None = None
    paths: tuple[Path, ...] = ()
    """Local files or folders; the ids do not count where there are any."""
    subsets: tuple[str, ...] = ()
    splits: tuple[str, ...] = ("train",)
    mapping: Mapping = field(default_factory=Mapping)
    layout: Layout = field(default_factory=Layout)
    roles: Fields[str, str | None] | None = None
    """Role -> column, of the first schema, whose missing roles follow from the data's columns."""
    members: str = "*"
    """Which files inside a zip file."""
    folder: str = ""
    revision: str | None = None
    sha1: str | None = None
    """None where the schema knows no such check, "" where the entry leaves it out."""
    origin: str = FLAG
    """Where it was defined, for messages."""
    parts: tuple["Entry", ...] = ()
    """One for each subset, where subsets have definitions of their own."""

    @property
    def where(self) -> str:
        """How messages name it."""
        return f"{self.origin}: {self.name}"


class Registry(Fields[str, Entry]):
    """Defined data sets by name. A definition is judged when it is asked for, so that one which is
    not wanted and wrong stands in nobody's way: taking it raises DataError.
    """

    def __init__(self, given: Fields[str, Any], origin: str = FLAG, base: Path = Path()) -> None:
        self.given, self.origin, self.base = given, origin, base

    def __getitem__(self, name: str) -> Entry:
        return _entry(name, self.given[name], self.origin, self.base)

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)

    def with_id(self, hub_id: str) -> list[Entry]:
        """Every data set with that id on a hub."""
        return [self[name] for name, given in self.given.items() if _has_id(given, hub_id)]


def _has_id(given: Any, hub_id: str) -> bool:
    return isinstance(given, Fields) and hub_id in [given.get(key) for key in HUB_IDS]


def read_registry(given: str | Path | Fields[str, Any] | None) -> Registry:
    """The data sets that --custom_dataset_info defines, by name. Raises DataError naming the file,
    for one that is not there or is no JSON object.
    """
    if not given:
        return Registry({})
    if isinstance(given, Fields):
        return _registry(given, FLAG, Path())
    text = str(given).strip()
    if text[:1] in ("{", "["):
        return _registry(_loaded(text, FLAG), FLAG, Path())
    path = Path(text).expanduser()
    file = path / FILE if path.is_dir() else path
    if path.is_dir() and not file.is_file():
        raise DataError(f"{FLAG} {text}: the folder holds no {FILE}. Name the file itself.")
    if not file.is_file():
        raise DataError(f"{FLAG} {text}: there is no such file, and it is no JSON text.")
    try:
        content = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{FLAG} {file} is not UTF-8: {error.reason}.") from error
    return _registry(_loaded(content, f"{FLAG} {file}"), f"{FLAG} {file}", file.parent)


def _loaded(text: str, origin: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise DataError(f"{origin}: {twice!r} is defined twice.")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise DataError(f"{origin} is broken JSON: line {error.lineno}: {error.msg}.") from error


def _registry(given: Any, origin: str, base: Path) -> Registry:
    if isinstance(given, list):
        given = {_name_of(entry, k, origin): entry for k, entry in enumerate(given, 1)}
    if not isinstance(given, Fields):
        raise DataError(f"{origin} must hold an object: names and their definitions.")
    return Registry(given, origin, base)


def _name_of(entry: Any, number: int, origin: str) -> str:
    """A list names its data sets by their ids."""
    for key in ("name", "ms_dataset_id", "dataset_id", "hf_dataset_id", "dataset_path"):
        if isinstance(entry, Fields) and isinstance(entry.get(key), str):
            return str(entry[key])
    raise DataError(f"{origin}: entry {number} of the list names no data set.")


def _entry(name: str, given: Any, origin: str, base: Path) -> Entry:
    where = f"{origin}: {name}"
    if not isinstance(given, Fields):
        raise DataError(f"{where} must be an object that says where the data is.")
    by_role = [key for key in BY_ROLE if key in given]
    by_column = [key for key in (*BY_COLUMN, "parallel") if given.get(key) is not None]
    if by_role and by_column:
        raise DataError(
            f"{where} mixes two kinds of definition ({by_role[0]} and {by_column[0]}): keep one."
        )
    if not by_role and not by_column:
        raise DataError(
            f"{where} does not say where the data is: give dataset_path (or file_name), "
            "hf_dataset_id or dataset_id."
        )
    if any(isinstance(subset, Fields) for subset in _listed(given.get("subsets"))):
        return _by_subset(name, given, origin, base)
    _check_keys(where, given, ROLE_KEYS if by_role else COLUMN_KEYS)
    entry = Entry(
        name,
        splits=_texts(where, given, "split") or ("train",),
        layout=_layout(where, given, base),
        members=str(given.get("members", "*")),
        folder=str(given.get("folder") or "").strip("/"),
        revision=given.get("revision"),
        origin=origin,
    )
    return (_by_role if by_role else _by_column)(where, entry, given, base)


def _by_subset(name: str, given: Fields[str, Any], origin: str, base: Path) -> Entry:
    """A data set whose subsets are objects that say what differs from the whole."""
    parts = []
    for subset in _listed(given["subsets"]):
        own = dict(subset) if isinstance(subset, Fields) else {"subset": subset}
        known = own.pop("subset", None) or own.pop("name", None)
        parts.append(_entry(name, {**given, **own, "subsets": _listed(known)}, origin, base))
    subsets = tuple(subset for part in parts for subset in part.subsets)
    return replace(parts[0], subsets=subsets, parts=tuple(parts))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value] if value else []


def _check_keys(where: str, given: Fields[str, Any], known: Sequence[str]) -> None:
    for key in given:
        if key in known or key == "name":
            continue
        if close := nearest(key, known):
            raise DataError(f"{where} has an unknown key {key!r}; did you mean {close!r}?")
        log.warning("%s: its key %r is not known here and changes nothing", where, key)


def _by_role(where: str, entry: Entry, given: Fields[str, Any], base: Path) -> Entry:
    if given.get("script_url"):
        raise DataError(
            f"{where}: script_url names a program that makes the data, and burnish runs no code of "
            "a data set. Give its files with file_name, or a copy as parquet with hf_hub_url."
        )
    hf, ms = given.get("hf_hub_url"), given.get("ms_hub_url")
    if not hf and not ms and not given.get("file_name"):
        raise DataError(f"{where}: only hf_hub_url, ms_hub_url and file_name can be read from.")
    columns = _fields(where, given, "columns")
    for role in columns:
        if role not in ROLES:
            close = nearest(role, ROLES)
            hint = f"did you mean {close!r}?" if close else f"there are {', '.join(ROLES)}."
            raise DataError(f"{where}: columns names an unknown role {role!r}; {hint}")
    form = given.get("formatting", "alpaca")
    if form not in ("alpaca", "sharegpt", "openai"):
        raise DataError(f"{where}: formatting {form!r} is neither 'alpaca' nor 'sharegpt'.")
    paths = () if hf or ms else _paths(where, given, "file_name", base)
    entry = replace(entry, hf=hf, ms=ms, paths=paths, subsets=_texts(where, given, "subset"))
    entry = replace(entry, sha1=given.get("file_sha1") or "", roles=columns)
    code = _code(where, given, base)
    if form == "alpaca":
        return replace(entry, mapping=Mapping(code=code))
    mapping = replace(_turns(where, given, columns, form), code=code)
    return replace(entry, mapping=mapping, roles=None)


def _turns(where: str, given: Fields[str, Any], columns: Fields[str, Any], form: str) -> Mapping:
    """The mapping of a data set whose rows hold lists of turns."""
    tags = _fields(where, given, "tags")
    for tag in tags:
        if tag not in TAGS:
            close = nearest(tag, TAGS) or ", ".join(TAGS)
            raise DataError(f"{where}: tags names an unknown tag {tag!r}; did you mean {close}?")
    usual = dict(USUAL_TAGS)
    if form == "openai":
        usual |= {"from_key": "role", "value_key": "content", "user_role": "user"}
        usual |= {"assistant_role": "assistant", "tool_role": "tool"}
    settings = usual | {TAGS[tag]: value for tag, value in tags.items()}
    default = "messages" if form == "openai" else "conversations"
    settings["conversations_key"] = columns.get("messages") or default
    named = {theirs: ROLES[role] for role, theirs in columns.items() if theirs and ROLES[role]}
    return Mapping({a: b for a, b in named.items() if a != b}, settings)


def mapping_by_role(entry: Entry, found: Sequence[str]) -> Mapping:
    """The mapping of an entry whose roles name columns, for data with the columns `found`.

    A role that is not named has its usual column, where there is one. Raises DataError for a
    column that the data lacks.
    """
    assert entry.roles is not None
    code = entry.mapping.code
    if not entry.roles:
        return Mapping(code=code)
    named: dict[str, str] = {}
    for role in ROLES:
        column = entry.roles.get(role, DEFAULTS.get(role))
        if column and (column in found or role in entry.roles):
            named[column] = ROLES[role]
    _check_columns(entry.where, named, found)
    if "output" not in named.values() and not {"chosen", "rejected"} & set(named.values()):
        named = {a: "text" if b == "instruction" else b for a, b in named.items()}
    if "chosen" in named.values():
        names = {"chosen": "output", "rejected": "rejected_response"}
        named = {a: names.get(b, b) for a, b in named.items() if b != "output"}
    unused = {column: "" for column in found if column in OURS and column not in named}
    return Mapping({**{a: b for a, b in named.items() if a != b}, **unused}, code=code)


def _by_column(where: str, entry: Entry, given: Fields[str, Any], base: Path) -> Entry:
    columns = {str(a): str(b) for a, b in _fields(where, given, "columns").items()}
    for ours in columns.values():
        if ours not in (*OURS, *DROPPED):
            close = nearest(ours, OURS)
            hint = f"did you mean {close!r}?" if close else f"there are {', '.join(OURS[:13])}."
            raise DataError(f"{where}: columns maps to {ours!r}, which is no column here; {hint}")
    settings = _fields(where, given, "conversations")
    for key in settings:
        if key not in SETTINGS:
            close = nearest(key, SETTINGS) or ", ".join(SETTINGS)
            raise DataError(f"{where}: conversations has no setting {key!r}; there is {close}.")
    keep = given.get("remove_useless_columns", True) is False
    code = _code(where, given, base)
    mapping = Mapping(columns, {} if columns else settings, code, keep)
    if given.get("dataset_path"):
        return replace(entry, mapping=mapping, paths=_paths(where, given, "dataset_path", base))
    hf, ms = given.get("hf_dataset_id"), given.get("dataset_id") or given.get("ms_dataset_id")
    return replace(entry, mapping=mapping, hf=hf, ms=ms, subsets=_texts(where, given, "subsets"))


def check_columns(entry: Entry, found: Sequence[str]) -> None:
    """Raises DataError when a column that `entry` maps is not among the data's columns."""
    _check_columns(entry.where, entry.mapping.columns, found)


def _check_columns(where: str, named: Fields[str, Any], found: Sequence[str]) -> None:
    missing = [a for a, ours in named.items() if a not in found and ours not in DROPPED]
    if missing and found:
        raise DataError(
            f"{where}: columns names {missing[0]!r}, which the data does not have; it has "
            f"{', '.join(found[:12])}."
        )


def _layout(where: str, given: Fields[str, Any], base: Path) -> Layout:
    parallel = _fields(where, given, "parallel")
    for column in parallel:
        if column not in OURS:
            raise DataError(f"{where}: parallel names {column!r}, which is no column here.")
    limit = given.get("num_samples")
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise DataError(f"{where}: num_samples {limit!r} is no number of rows.")
    if parallel and given.get("dataset_path"):
        base = base / str(given["dataset_path"])
        if not base.is_dir():
            raise DataError(f"{where}: beside parallel, dataset_path must be a folder.")
    return Layout(
        kind="parallel" if parallel else "",
        encoding=str(given.get("encoding") or ""),
        header=_texts(where, given, "header"),
        delimiter=str(given.get("delimiter") or ""),
        field=str(given.get("field") or ""),
        parallel=tuple((column, str(base / str(file))) for column, file in parallel.items()),
        limit=limit,
    )


def _code(where: str, given: Fields[str, Any], base: Path) -> str | None:
    """The conversion of an entry; a file of a person's own lies beside the registry."""
    code = given.get("code")
    if code is not None and not isinstance(code, str):
        raise DataError(f"{where}: code must name a conversion, or be FILE.py:FUNCTION.")
    file, sign, function = (code or "").rpartition(":")
    return f"{base / Path(file).expanduser()}{sign}{function}" if file.endswith(".py") else code


def _paths(where: str, given: Fields[str, Any], key: str, base: Path) -> tuple[Path, ...]:
    return tuple(base / Path(name).expanduser() for name in _texts(where, given, key))


def _texts(where: str, given: Fields[str, Any], key: str) -> tuple[str, ...]:
    """One text or a list of them."""
    value = given.get(key)
    if value is None or value == "":
        return ()
    values = value if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(text, str) for text in values):
        raise DataError(f"{where}: {key} must be text or a list of texts, not {value!r}.")
    return tuple(values)


def _fields(where: str, given: Fields[str, Any], key: str) -> Fields[str, Any]:
    value = given.get(key)
    if value is None:
        return {}
    if not isinstance(value, Fields):
        raise DataError(f"{where}: {key} must be an object, not {value!r}.")
    return value
