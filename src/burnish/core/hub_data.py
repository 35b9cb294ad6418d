"""Files of a data set on Hugging Face or ModelScope: which there are, and downloads of some.

A note of what a data set holds and where its files were put is kept, so that they serve without the
network: when HF_HUB_OFFLINE=1 forbids it, and when the hub cannot be reached.
"""

import glob
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from burnish.core.errors import DataError, MissingPackage
from burnish.core.files import write_atomic
from burnish.core.hub import NAMES, About, Hub, explain, is_offline, is_unreachable
from burnish.core.log import log
from burnish.core.registry import CORPORA, nearest
from burnish.core.require import is_installed

TRIES = 3
"""Times a download goes on after its connection broke; what came before is kept."""
PAGE = 200


@dataclass(frozen=True, slots=True)
class Repo:
    """A data set on a hub, at one revision (None: the hub's default)."""

    hub: Hub
    id: str
    revision: str | None = None
    token: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        at = f"@{self.revision}" if self.revision else ""
        return f"{self.hub.upper()}::{self.id}{at}"


@dataclass(slots=True)
class Listing:
    """What a data set holds: its files, their commit, and where those are that came."""

    commit: str | None
    names: list[str]
    paths: dict[str, str] = field(default_factory=dict)
    is_remembered: bool = False
    """Whether the hub could not be asked, so that this is what it said before."""


def list_files(repo: Repo) -> Listing:
    """What a data set holds, as the hub says now; as it said before when it cannot be asked.

    Raises DataError when the hub does not say it, and MissingPackage.
    """
    file = _note_file(repo)
    kept = None
    if file.is_file():
        kept = Listing(**json.loads(file.read_text("utf-8")), is_remembered=True)
    if is_offline():
        return kept or _cached_by_others(repo)
    try:
        commit, names = _reached(repo, lambda: _list(repo))
    except DataError as error:
        if kept is None or not is_unreachable(error):
            raise
        log.warning("%s cannot be reached; %s is taken from its cache", NAMES[repo.hub], repo)
        return kept
    is_same = kept is not None and kept.commit == commit
    return Listing(commit, sorted(names), kept.paths if kept and is_same else {})


def download_files(repo: Repo, listing: Listing, names: Sequence[str]) -> list[Path]:
    """Local copies of some files of a data set, in the hub's own cache. Raises DataError."""
    known = listing.paths if listing.commit or listing.is_remembered else {}
    here = {name: Path(known[name]) for name in names if name in known}
    missing = [name for name in names if name not in here or not here[name].is_file()]
    if missing and is_offline():
        raise DataError(_lost(repo, missing))
    if missing:
        folder = _reached(repo, lambda: _fetch(repo, listing.commit, missing))
        here |= {name: Path(folder) / name for name in missing}
        if lost := [name for name in names if not here[name].is_file()]:
            raise DataError(_lost(repo, lost))
        listing.paths |= {name: str(path) for name, path in here.items()}
        _keep(repo, listing)
    return [here[name] for name in names]


def _keep(repo: Repo, listing: Listing) -> None:
    note = asdict(listing)
    del note["is_remembered"]
    try:
        write_atomic(_note_file(repo), json.dumps(note))
    except OSError as error:
        log.info("%s: what it holds is not noted for work offline: %s", repo, error)


def _lost(repo: Repo, names: Sequence[str]) -> str:
    some = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    if is_offline():
        return (
            f"{repo}: {some} are not in the local cache, and HF_HUB_OFFLINE=1 forbids the network. "
            "Download the data set once without that."
        )
    return f"{repo}: {some} did not come with the download."


def _cached_by_others(repo: Repo) -> Listing:
    """The snapshot that another program left in the cache of Hugging Face."""
    if repo.hub == "ms" or not is_installed("huggingface_hub"):
        raise DataError(explain(repo.hub, repo.id, repo.revision, OSError(), ABOUT))
    folder = Path(_reached(repo, lambda: _snapshot(repo, None, None)))
    files = [file for file in folder.rglob("*") if file.is_file()]
    paths = {file.relative_to(folder).as_posix(): str(file) for file in files}
    return Listing(None, sorted(paths), paths, is_remembered=True)


def _note_file(repo: Repo) -> Path:
    home = os.environ.get("BURNISH_CACHE")
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    place = os.environ.get("HF_ENDPOINT" if repo.hub == "hf" else "MODELSCOPE_ENDPOINT", "")
    key = hashlib.sha256(f"{repo} {place}".encode()).hexdigest()[:16]
    name = f"{repo.hub}-{repo.id.replace('/', '--')}-{key}.json"
    return (Path(home) if home else Path(cache) / "burnish") / "hub" / name


def _list(repo: Repo) -> tuple[str | None, list[str]]:
    """(commit, names) as the hub says."""
    if repo.hub == "hf":
        api = import_module("huggingface_hub").HfApi(token=repo.token)
        info = api.dataset_info(repo.id, revision=repo.revision)
        return info.sha, [file.rfilename for file in info.siblings or ()]
    api = import_module("modelscope.hub.api").HubApi()
    options: dict[str, Any] = {"token": repo.token} if repo.token else {}
    if repo.revision:
        options["revision"] = repo.revision
    names: list[str] = []
    number = 1
    while True:
        page = api.get_dataset_files(repo.id, page_number=number, page_size=PAGE, **options)
        names += [entry["Path"] for entry in page if entry.get("Type") != "tree"]
        if len(page) < PAGE:
            return None, names
        number += 1


def _fetch(repo: Repo, commit: str | None, names: Sequence[str]) -> str:
    """Download, going on where a broken connection stopped."""
    for left in reversed(range(TRIES)):
        try:
            return _snapshot(repo, commit, names)
        except Exception as error:  # each client and version has errors of its own
            if not left or not is_unreachable(error):
                raise
            log.warning("the connection to %s broke; the download goes on", NAMES[repo.hub])
    raise AssertionError("the loop returns or raises")


def _snapshot(repo: Repo, commit: str | None, names: Sequence[str] | None) -> str:
    options: dict[str, Any] = {}
    if names is not None:
        options["allow_patterns"] = [glob.escape(name) for name in names]
    if repo.token:
        options["token"] = repo.token
    if revision := commit or repo.revision:
        options["revision"] = revision
    if repo.hub == "hf":
        client = import_module("huggingface_hub")
        options["local_files_only"] = is_offline()
        return str(client.snapshot_download(repo.id, repo_type="dataset", **options))
    return str(
        import_module("modelscope.hub.snapshot_download").dataset_snapshot_download(
            repo.id, **options
        )
    )


def _reached(repo: Repo, call: Any) -> Any:
    """What `call` gives; whatever a client raises becomes one DataError."""
    _require_client(repo)
    try:
        return call()
    except Exception as error:  # each client and version has errors of its own
        raise DataError(explain(repo.hub, repo.id, repo.revision, error, ABOUT)) from error


def _require_client(repo: Repo) -> None:
    if is_installed("huggingface_hub" if repo.hub == "hf" else "modelscope"):
        return
    if repo.hub == "hf":
        raise MissingPackage(f"downloading {repo.id} needs it: pip install huggingface_hub")
    raise MissingPackage(
        f"the data set {repo.id} is no local file, and ModelScope, the default hub, needs a "
        "package that is not installed. Do one of these:\n"
        f"  --dataset HF::{repo.id}            take it from Hugging Face (or USE_HF=1 for all)\n"
        "  pip install modelscope             take it from ModelScope\n"
        "  --dataset FILE                     use a file that is on this machine"
    )


def _near(hub: Hub, given: str) -> str:
    ids = {}
    for name in CORPORA:
        if found := getattr(CORPORA.find(name), hub):
            ids[found] = name
    close = nearest(given, ids)
    if close is None:
        return "; `burnish list datasets` shows those known here"
    return f"; did you mean {close} (--dataset {ids[close]})?"


ABOUT = About("--dataset HF::owner/name@revision", "a local file", _near)
