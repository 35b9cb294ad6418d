"""Tables of a data set on a hub: its files are chosen by their names, downloaded and opened."""

import json
from collections.abc import Sequence

from burnish.core.errors import DataError
from burnish.core.hub_data import Listing, Repo, download_files, list_files
from burnish.core.log import log
from burnish.data.layout import READS
from burnish.data.local import mapped, open_files
from burnish.data.pick import Config, NoSplit, configs_of_meta, data_names, pick, read_configs
from burnish.data.registry_file import Entry
from burnish.data.table import Table


def open_from_hub(repo: Repo, entry: Entry, subsets: tuple[str, ...]) -> list[Table]:
    """The tables of `subsets`, or of those that the entry names, or of the default one.

    Raises DataError when the hub, or the data set, does not have them.
    """
    listing = list_files(repo)
    names = listing.names
    inside = [n for n in names if not entry.folder or n.startswith(f"{entry.folder}/")]
    if entry.folder and not inside:
        raise DataError(f"{entry.where}: {repo} has no folder {entry.folder!r}.")
    if not data_names(inside):
        raise DataError(_no_data_in(repo, names))
    configs = [] if entry.folder else _configs(repo, listing)
    chosen: dict[str, str] = {}
    for subset in subsets or entry.subsets or (None,):
        for split in entry.splits:
            wanted = None if split == "train" and entry.splits == ("train",) else split
            try:
                files = pick(str(repo), inside, configs, subset, wanted)
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
    return mapped(open_files(files_of, entry), entry)


def _configs(repo: Repo, listing: Listing) -> list[Config]:
    """What the data set says of its subsets and splits."""
    if "README.md" in listing.names:
        (readme,) = download_files(repo, listing, ["README.md"])
        if configs := read_configs(str(repo), readme.read_text("utf-8", errors="replace")):
            return configs
    meta = f"{repo.id.rpartition('/')[2]}.json"
    if repo.hub == "ms" and meta in listing.names:
        (file,) = download_files(repo, listing, [meta])
        try:
            return configs_of_meta(json.loads(file.read_text("utf-8")))
        except ValueError:
            return []  # data under that name
    return []


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
