"""Two hubs on this machine: enough of their HTTP APIs for their own clients to download from."""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass
class StandInHub:
    """Models and data sets by id, each with revisions that are folders; `asked` lists every request
    that came.
    """

    models: dict[str, dict[str, Path]]
    datasets: dict[str, dict[str, Path]] = field(default_factory=dict)
    token: str | None = None
    """Asked for where the id begins with "private/"."""
    asked: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    """The ranges of bytes that were asked for."""
    breaks: set[str] = field(default_factory=set)
    """Files whose first download breaks off."""
    kept: float = 0.5
    """The share that came before it broke."""
    url: str = ""

    def files_asked(self) -> set[str]:
        """Names of the files whose content was taken."""
        return {
            line.split("/resolve/")[1].split("/", 1)[1]
            for line in self.asked
            if line.startswith("GET") and "/resolve/" in line
        }


@contextmanager
def serve_hub(hub: StandInHub) -> Iterator[StandInHub]:
    """The hub, answering at `hub.url` until the block ends."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def commit_of(revision: str) -> str:
    """The commit hash that a revision's name stands for."""
    return hashlib.sha1(revision.encode()).hexdigest()


ASK = """
import json, sys
from burnish.core.errors import BurnishError
from burnish.data.source import open_item, parse_item
from burnish.commands.base import load
from burnish.config.resolve import resolve
from burnish.core.facts import Facts
flags, *items = sys.argv[1:]
given = {"model_id_or_path": "m", "dataset": ["x"], **json.loads(flags)}
config = resolve(load("sft"), given, facts=Facts())
for text in items:
    try:
        tables = open_item(parse_item(text), config)
        print(json.dumps([[table.name, sum(1 for _ in table.raws())] for table in tables]))
    except BurnishError as error:
        print(json.dumps(f"{type(error).__name__}: {error}"))
"""


def ask(
    hub: StandInHub, cache: Path, *items: str, flags: dict[str, object] | None = None, **env: str
) -> list[object]:
    """What opening each item gives: [[table's name, rows], ...], or the error's text."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("HF_", "USE_HF", "MODELSCOPE"))
    }
    places = {"HF_ENDPOINT": hub.url, "MODELSCOPE_ENDPOINT": hub.url, "HF_HOME": str(cache / "hf")}
    places |= {"MODELSCOPE_CACHE": str(cache / "ms"), "BURNISH_CACHE": str(cache / "b")}
    places |= {"MODELSCOPE_HOME": str(cache / "mh"), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    environment = kept | places | {"NO_PROXY": "*"} | env
    done = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps(flags or {}), *items],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line[:1] in ('"', "[")]


class _Handler(BaseHTTPRequestHandler):
    hub: StandInHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, *args: object) -> None:
        """Silence."""

    def _answer(self) -> None:
        split = urlsplit(self.path)
        path = unquote(split.path).strip("/")
        self.hub.asked.append(f"{self.command} {path}")
        parts = [unquote(part) for part in split.path.strip("/").split("/")]
        if parts[:2] == ["api", "v1"]:
            return self._answer_as_modelscope(parts[2:], dict(parse_qsl(split.query)))
        is_api = parts[0] == "api"
        is_data = "datasets" in parts[:2]
        parts = parts[is_api + (is_api or is_data) :]
        repos = self.hub.datasets if is_data else self.hub.models
        repo, rest = "/".join(parts[:2]), parts[2:]
        if repo not in repos:
            return self._refuse(404, "RepoNotFound")
        if repo.startswith("private/") and not self._has_token():
            return self._refuse(401, "RepoNotFound")
        revision = rest[1] if len(rest) > 1 else "main"
        folder = self._folder(repos[repo], revision)
        if folder is None:
            return self._refuse(404, "RevisionNotFound")
        name, folder = folder
        if not is_api:
            return self._file(folder / "/".join(rest[2:]), name)
        if rest and rest[0] == "tree":
            return self._json([_entry(folder, file) for file in _files(folder)])
        siblings = [{"rfilename": file.relative_to(folder).as_posix()} for file in _files(folder)]
        return self._json(
            {"id": repo, "modelId": repo, "sha": commit_of(name), "siblings": siblings}
        )

    def _answer_as_modelscope(self, parts: list[str], query: dict[str, str]) -> None:
        """Data sets by owner/name, or by a number that stands for one."""
        ids = list(self.hub.datasets)
        if parts[:1] != ["datasets"]:
            return self._refuse(404, "NotFound")
        is_number = len(parts) > 1 and parts[1].isdigit()
        repo = ids[int(parts[1])] if is_number else "/".join(parts[1:3])
        rest = parts[2 if is_number else 3 :]
        if repo not in ids or (repo.startswith("private/") and not self._has_token()):
            return self._refuse(404, "NotFound")
        if not rest:
            return self._data({"Id": ids.index(repo), "Type": 1, "Name": parts[2]})
        found = self._folder(self.hub.datasets[repo], query.get("Revision", "master"))
        if found is None:
            return self._refuse(404, "NotFound")
        if rest == ["repo"]:
            return self._file(found[1] / query["FilePath"], found[0])
        size, page = int(query.get("PageSize", 100)), int(query.get("PageNumber", 1))
        files = _files(found[1])[(page - 1) * size : page * size]
        return self._data({"Files": [_ms_entry(found[1], file) for file in files]})

    def _data(self, value: object) -> None:
        self._json({"Code": 200, "Success": True, "Message": "", "Data": value})

    def _has_token(self) -> bool:
        cookie = self.headers.get("Cookie") or ""
        return (
            self.headers.get("Authorization") == f"Bearer {self.hub.token}"
            or f"m_session_id={self.hub.token}" in cookie
        )

    def _folder(self, revisions: dict[str, Path], revision: str) -> tuple[str, Path] | None:
        for name, folder in revisions.items():
            if revision in (name, commit_of(name)) or (name, revision) == ("main", "master"):
                return name, folder
        return None

    def _file(self, file: Path, revision: str) -> None:
        if not file.is_file():
            return self._refuse(404, "EntryNotFound")
        content = file.read_bytes()
        etag = hashlib.sha256(content).hexdigest()
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": commit_of(revision)}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if self.command == "GET" and file.name in self.hub.breaks and len(content) > 1:
            self.hub.breaks.remove(file.name)
            return self._send(200, content, headers, sent=int(len(content) * self.hub.kept))
        if asked is None:
            return self._send(200, content, headers)
        self.hub.ranges.append(asked[0])
        start, end = int(asked[1]), int(asked[2] or len(content) - 1)
        headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
        return self._send(206, content[start : end + 1], headers)

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

    def _send(
        self, status: int, content: bytes, headers: dict[str, str], sent: int | None = None
    ) -> None:
        """Answer; only the first `sent` bytes of the content before the connection breaks."""
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content[:sent])
        if sent is not None:
            self.close_connection = True


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _entry(folder: Path, file: Path) -> dict[str, object]:
    content = file.read_bytes()
    return {
        "type": "file",
        "path": file.relative_to(folder).as_posix(),
        "size": len(content),
        "oid": hashlib.sha1(content).hexdigest(),
    }


def _ms_entry(folder: Path, file: Path) -> dict[str, object]:
    content = file.read_bytes()
    return {
        "Type": "blob",
        "Name": file.name,
        "Path": file.relative_to(folder).as_posix(),
        "Size": len(content),
        "Sha256": hashlib.sha256(content).hexdigest(),
        "Revision": "master",
        "CommittedDate": 1700000000,
    }
