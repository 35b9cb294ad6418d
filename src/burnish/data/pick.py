"""Which of many files are a subset's split: by the `configs` of a README, or by the files' names.

The names follow what data sets on the hubs do: data/train-00000-of-00003.parquet, en/test.jsonl,
validation.csv. One file that names no split is `train`.
"""

import importlib
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from burnish.core.errors import DataError
from burnish.core.log import log
from burnish.core.registry import nearest
from burnish.data.layout import kind_of

SPLITS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
SHARD = re.compile(r"(?:^|/)([\w.-]*?)-\d{5}-of-\d{5}[^/]*$")
NUMBERED = re.compile(r"^(.*)-\d{5}-of-(\d{5})[^/]*$")
NO_DATA = re.compile(
    r"(^|/)(\.[^/]*|__MACOSX|dataset_infos?\.json|dataset_dict\.json|state\.json|configuration\.json|"
    r"croissant\.json|requirements[^/]*\.txt|licen[sc]e[^/]*|readme[^/]*|checksums?[^/]*)(/|$)",
    re.IGNORECASE,
)
Config = Mapping[str, Any]


class NoSplit(DataError):
    """A data set lacks one of the splits that were asked for."""


def data_names(names: Sequence[str]) -> list[str]:
    """Those of `names` that are data, not notes; .txt only where there is nothing else."""
    found = [name for name in sorted(names) if kind_of(name) and not NO_DATA.search(name)]
    return [name for name in found if kind_of(name) != "text"] or found


def pick(
    where: str,
    names: Sequence[str],
    configs: Sequence[Config],
    subset: str | None,
    split: str | None,
) -> list[str]:
    """The files of one subset (None: the default one) and split (None: train) among `names`.

    `where` names the data set in messages; `configs` is what it says of itself, if anything.
    Raises DataError, saying which subsets and splits there are.
    """
    if configs:
        found = _by_configs(where, names, configs, subset, split)
    else:
        found = _by_names(where, data_names(names), subset, split)
    _check_shards(where, found)
    return _of_one_kind(where, found)


def _check_shards(where: str, files: Sequence[str]) -> None:
    """Raises DataError when one of train-00000-of-00003, train-00001-of-00003, ... is missing."""
    groups: dict[tuple[str, int], int] = {}
    for name in files:
        if parts := NUMBERED.search(name):
            group = (parts[1], int(parts[2]))
            groups[group] = groups.get(group, 0) + 1
    for (name, count), there in groups.items():
        if there < count:
            raise DataError(
                f"{where} is not whole: of the {count} files {name}-* only {there} are there."
            )


def read_configs(where: str, readme: str) -> list[Config]:
    """The `configs` in the YAML head of a README that name data files."""
    head = re.match(r"\ufeff?---\r?\n(.*?)\r?\n---", readme, re.DOTALL)
    if head is None:
        return []
    yaml = importlib.import_module("yaml")
    try:
        card = yaml.safe_load(head[1])
    except yaml.YAMLError as error:
        log.warning("%s: the head of its README.md is broken YAML (%s)", where, _first(error))
        return []
    configs = card.get("configs") if isinstance(card, dict) else None
    if not isinstance(configs, list):
        return []
    return [
        c for c in configs if isinstance(c, dict) and (c.get("data_files") or c.get("data_dir"))
    ]


def configs_of_meta(meta: Any) -> list[Config]:
    """The same from ModelScope's older form: {subset: {split: {"meta": file}}}."""
    configs: list[Config] = []
    for subset, splits in meta.items() if isinstance(meta, dict) else ():
        if not isinstance(splits, dict):
            return []
        files = {k: v["meta"] for k, v in splits.items() if isinstance(v, dict) and "meta" in v}
        if len(files) != len(splits):
            return []
        configs.append({"config_name": subset, "data_files": files})
    return configs


def _by_configs(
    where: str,
    names: Sequence[str],
    configs: Sequence[Config],
    subset: str | None,
    split: str | None,
) -> list[str]:
    by_name = {str(config.get("config_name", "default")): config for config in configs}
    wanted = _default(by_name) if subset in (None, "default") else str(subset)
    if wanted is None:
        raise DataError(
            f"{where} has several subsets: {_listed(by_name)}. Say which: {where}:NAME, or several "
            "with / between them."
        )
    if wanted not in by_name and len(by_name) == 1 and split is None:
        only = _files_of(next(iter(by_name.values())), names)
        if wanted in only:
            return only[wanted]
    if wanted not in by_name:
        raise DataError(f"{where} has no subset {subset!r}; it has {_listed(by_name, subset)}.")
    splits = _files_of(by_name[wanted], names)
    name = split or "train"
    if name not in splits:
        raise NoSplit(_no_split(where, name, splits))
    if not splits[name]:
        raise DataError(f"{where}: its README names files of split {name!r} that are not there.")
    return splits[name]


def _default(configs: Mapping[str, Config]) -> str | None:
    """The subset that is meant when none is named."""
    marked = [name for name, config in configs.items() if config.get("default")]
    if marked or len(configs) == 1:
        return marked[0] if marked else next(iter(configs))
    return "default" if "default" in configs else None


def _files_of(config: Config, names: Sequence[str]) -> dict[str, list[str]]:
    """The files of each split that a config of a README names."""
    folder = str(config.get("data_dir") or "").strip("./")
    inside = [name for name in names if not folder or name.startswith(f"{folder}/")]
    given = config.get("data_files")
    if not given:
        return splits_of(data_names(inside))
    if isinstance(given, dict):
        given = [{"split": split, "path": path} for split, path in given.items()]
    parts = given if isinstance(given, list) else [given]
    found: dict[str, list[str]] = {}
    for part in parts:
        is_named = isinstance(part, dict)
        paths = part.get("path", ()) if is_named else part
        split = str(part.get("split", "train")) if is_named else "train"
        for pattern in paths if isinstance(paths, list) else [paths]:
            full = f"{folder}/{pattern}" if folder else str(pattern)
            sign = glob_regex(full.removeprefix("./"))
            found.setdefault(split, []).extend(name for name in sorted(names) if sign(name))
    return {split: list(dict.fromkeys(files)) for split, files in found.items()}


def glob_regex(pattern: str) -> Any:
    """A matcher of whole names: * and ? stay in a folder, ** does not, {a,b} is either."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\{[^{}]*\}|\[[^\[\]]+\])", pattern)
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    made = []
    for part in parts:
        if part.startswith("{"):
            made.append("(?:" + "|".join(map(re.escape, part[1:-1].split(","))) + ")")
        elif part.startswith("["):
            made.append(part.replace("[!", "[^"))
        else:
            made.append(signs.get(part, re.escape(part)))
    return re.compile("".join(made)).fullmatch


def _by_names(where: str, files: list[str], subset: str | None, split: str | None) -> list[str]:
    if not files:
        raise DataError(f"{where} holds no data file that burnish reads.")
    inside = files
    if subset not in (None, "default"):
        if split is None and (named := _split_named(files, str(subset))):
            return named
        inside = _under(files, str(subset))
    if not inside:
        raise DataError(f"{where} has no subset {subset!r}; {_folders(files, str(subset))}")
    splits = splits_of(inside)
    wanted = split or "train"
    if wanted not in splits:
        raise NoSplit(_no_split(where, wanted, splits))
    return splits[wanted]


def _split_named(files: list[str], name: str) -> list[str]:
    """The files of a split that was written where a subset is expected."""
    is_split = any(name in words for words in SPLITS.values())
    exact = [file for file in files if is_split and _has_word(file, (name,))]
    return exact or splits_of(files).get(name, [])


def _under(files: list[str], subset: str) -> list[str]:
    """The files of a subset: in a folder of its name, else with its name in theirs."""
    folder = [name for name in files if subset in PurePosixPath(name).parts[:-1]]
    if folder or "/" in subset:
        return folder or [name for name in files if name.startswith(f"{subset}/")]
    word = re.compile(rf"(^|[-._ ]){re.escape(subset)}([-._ ]|$)")
    return [name for name in files if word.search(PurePosixPath(name).name)]


def splits_of(files: Sequence[str]) -> dict[str, list[str]]:
    """The files of each split, by their names; all are train where none names a split."""
    found: dict[str, list[str]] = {}
    for name in files:
        if shard := SHARD.search(name):
            found.setdefault(shard[1], []).append(name)
    if found:
        return found
    for name in files:
        for split, words in SPLITS.items():
            if _has_word(name, words):
                found.setdefault(split, []).append(name)
                break
    return found or {"train": list(files)}


def _has_word(name: str, words: Sequence[str]) -> bool:
    return any(re.search(rf"(^|[-._ /0-9]){word}([-._ /0-9]|$)", name) for word in words)


def _of_one_kind(where: str, files: list[str]) -> list[str]:
    kinds = {kind_of(name) for name in files}
    kinds = {"csv" if kind == "tsv" else kind for kind in kinds}
    if len(kinds) > 1:
        raise DataError(
            f"{where}: its data is there in several kinds ({', '.join(files[:4])}). Say which with "
            'a definition in --custom_dataset_info: "folder": FOLDER, or give the files.'
        )
    return files


def _no_split(where: str, wanted: str, splits: Mapping[str, Any]) -> str:
    return (
        f"{where} has no split {wanted!r}; it has {_listed(splits, wanted)}. Write {where}:NAME to "
        "take another."
    )


def _folders(files: Sequence[str], subset: str) -> str:
    folders = dict.fromkeys(part for name in files for part in PurePosixPath(name).parts[:-1])
    return f"its folders are {_listed(folders, subset)}." if folders else "it has no subsets."


def _listed(names: Mapping[str, Any], given: str | None = None) -> str:
    close = nearest(given, names) if given else None
    shown = list(names)[:20]
    more = ", ..." if len(names) > len(shown) else ""
    return ", ".join(shown) + more + (f" (did you mean {close}?)" if close else "")


def _first(error: BaseException) -> str:
    return str(error).split("\n")[0]
