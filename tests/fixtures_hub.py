"""A model hub on this machine: enough of the Hugging Face API for its client to download from."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass
class StandInHub:
    """Models by id, each with revisions that are folders; `asked` lists every request that came."""

    models: dict[str, dict[str, Path]]
    token: str | None = None
    """Asked for where the id begins with "private/"."""
    asked: list[str] = field(default_factory=list)
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
        path = unquote(urlsplit(self.path).path).strip("/")
        self.hub.asked.append(f"{self.command} {path}")
        is_api = path.startswith("api/models/")
        parts = path.removeprefix("api/models/").split("/")
        model, rest = "/".join(parts[:2]), parts[2:]
        if model not in self.hub.models:
            return self._refuse(404, "RepoNotFound")
        if model.startswith("private/") and not self._has_token():
            return self._refuse(401, "RepoNotFound")
        revision = rest[1] if len(rest) > 1 else "main"
        folder = self._folder(model, revision)
        if folder is None:
            return self._refuse(404, "RevisionNotFound")
        name, folder = folder
        if not is_api:
            return self._file(folder / "/".join(rest[2:]), name)
        if rest and rest[0] == "tree":
            return self._json([_entry(folder, file) for file in _files(folder)])
        siblings = [{"rfilename": file.relative_to(folder).as_posix()} for file in _files(folder)]
        return self._json(
            {"id": model, "modelId": model, "sha": commit_of(name), "siblings": siblings}
        )

    def _has_token(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.hub.token}"

    def _folder(self, model: str, revision: str) -> tuple[str, Path] | None:
        for name, folder in self.hub.models[model].items():
            if revision in (name, commit_of(name)):
                return name, folder
        return None

    def _file(self, file: Path, revision: str) -> None:
        if not file.is_file():
            return self._refuse(404, "EntryNotFound")
        content = file.read_bytes()
        etag = hashlib.sha256(content).hexdigest()
        self._send(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": commit_of(revision)})

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


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
