"""Downloads from a hub on this machine: which files come, and what is said when it fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fixtures_hub import StandInHub, serve_hub

from burnish.catalog.models.spec import ModelSpec
from burnish.core import hub as hub_module
from burnish.core.errors import MissingPackage, ModelError
from burnish.core.hub import chosen_hub, is_offline

FILES = {
    "config.json": b"{}",
    "model.safetensors": b"weights",
    "pytorch_model.bin": b"pickle",
    "training_args.bin": b"pickle",
    "modeling_x.py": b"print('run')",
    "tokenizer.json": b"[]",
    "onnx/model.onnx": b"other",
}


def make(folder: Path, names: list[str], mark: bytes = b"") -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(FILES[name] + mark)
    return folder


@pytest.fixture
def hub(tmp_path):
    whole = make(tmp_path / "whole", list(FILES))
    older = make(tmp_path / "older", ["config.json", "model.safetensors"], b" of v1")
    pickled = make(tmp_path / "pickled", ["config.json", "pytorch_model.bin"])
    models = {
        "made/tiny": {"main": whole, "v1": older},
        "made/pickled": {"main": pickled},
        "private/tiny": {"main": older},
    }
    with serve_hub(StandInHub(models, token="hf_secret")) as served:
        yield served


def download(hub: StandInHub, cache: Path, call: str, **env: str) -> subprocess.CompletedProcess:
    """Run `download_model(<call>)` in a fresh process, the hub's address in its environment."""
    code = (
        "import sys\n"
        "from burnish.core.errors import BurnishError\n"
        "from burnish.core.hub import download_model\n"
        f"try: print(download_model({call}))\n"
        "except BurnishError as error: sys.exit(f'{type(error).__name__}: {error}')\n"
    )
    return run(code, HF_ENDPOINT=hub.url, HF_HOME=str(cache), **env)


def run(code: str, **env: str) -> subprocess.CompletedProcess:
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TRANSFORMERS_", "USE_HF"))
    }
    environment = kept | {"USE_HF": "1", "NO_PROXY": "*", "HF_HUB_DISABLE_PROGRESS_BARS": "1"} | env
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def names_in(done: subprocess.CompletedProcess) -> set[str]:
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


SAFE = {"config.json", "model.safetensors", "tokenizer.json"}


def test_safe_files_come_and_no_others(hub, tmp_path):
    assert names_in(download(hub, tmp_path / "cache", "'made/tiny'")) == SAFE
    assert hub.files_asked() == SAFE


def test_weights_stay_away_when_they_are_not_wanted(hub, tmp_path):
    done = download(hub, tmp_path / "a", "'made/tiny', weights=False")
    assert names_in(done) == {"config.json", "tokenizer.json"}
    pickled = download(hub, tmp_path / "b", "'made/pickled', weights=False")
    assert names_in(pickled) == {"config.json"}


def test_code_comes_when_asked_for(hub, tmp_path):
    done = download(hub, tmp_path / "cache", "'made/tiny', allow_remote_code=True")
    assert names_in(done) == {*SAFE, "modeling_x.py"}


def test_pickles_come_when_asked_for_and_nothing_else_is_there(hub, tmp_path):
    assert names_in(download(hub, tmp_path / "a", "'made/tiny', allow_pickle=True")) == SAFE
    done = download(hub, tmp_path / "b", "'made/pickled', allow_pickle=True")
    assert names_in(done) == {"config.json", "pytorch_model.bin"}
    refused = download(hub, tmp_path / "c", "'made/pickled'")
    assert refused.returncode == 1
    assert "no safetensors" in refused.stderr and "--allow_pickle true" in refused.stderr


def test_a_revision(hub, tmp_path):
    done = download(hub, tmp_path / "cache", "'made/tiny', revision='v1'")
    assert (Path(done.stdout.strip()) / "model.safetensors").read_bytes() == b"weights of v1"
    wrong = download(hub, tmp_path / "cache", "'made/tiny', revision='v9'")
    assert "has no revision 'v9'" in wrong.stderr and "--model_revision" in wrong.stderr


def test_a_private_model_needs_its_token(hub, tmp_path):
    refused = download(hub, tmp_path / "a", "'private/tiny'")
    assert "private" in refused.stderr and "token" in refused.stderr
    assert names_in(download(hub, tmp_path / "b", "'private/tiny', token='hf_secret'"))
    assert names_in(download(hub, tmp_path / "c", "'private/tiny'", HF_TOKEN="hf_secret"))


def test_an_unknown_id_is_one_line_with_the_nearest(hub, tmp_path):
    done = download(hub, tmp_path / "cache", "'Qwen/Qwen2.5-7B-Instruckt'")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("ModelError: Qwen/Qwen2.5-7B-Instruckt on Hugging Face does not")
    from burnish.core.registry import MODELS

    if any(getattr(MODELS.find(name), "hf", None) == "Qwen/Qwen2.5-7B-Instruct" for name in MODELS):
        assert (
            "did you mean Qwen/Qwen2.5-7B-Instruct (--model_type qwen2_5-7b-instruct)?"
            in done.stderr
        )


def test_what_is_no_id_at_all(hub, tmp_path):
    done = download(hub, tmp_path / "cache", "'a/b/c d'")
    assert "neither a local folder nor a hub id" in done.stderr


def test_what_was_downloaded_serves_without_the_network(hub, tmp_path):
    cache = tmp_path / "cache"
    first = download(hub, cache, "'made/tiny'")
    asked = len(hub.asked)
    offline = download(hub, cache, "'made/tiny'", HF_HUB_OFFLINE="1")
    assert (offline.returncode, offline.stdout) == (0, first.stdout)
    assert len(hub.asked) == asked
    hub.url = "http://127.0.0.1:9"  # nobody listens there
    assert download(hub, cache, "'made/tiny'").stdout == first.stdout
    gone = download(hub, tmp_path / "other", "'made/tiny'")
    assert "cannot be reached" in gone.stderr


NO_SOCKETS = """
import socket, sys
def refuse(*args, **kwargs):
    print("SOCKET", args); sys.exit(9)
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from burnish.core.errors import BurnishError
from burnish.core.hub import download_model
try: download_model("made/tiny", hub=sys.argv[1] if len(sys.argv) > 1 else HUB)
except BurnishError as error: print(type(error).__name__, error)
"""


@pytest.mark.parametrize("name", ["hf", "ms"])
def test_offline_opens_no_socket(tmp_path, name):
    code = f"HUB = {name!r}\n{NO_SOCKETS}"
    done = run(code, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path), MODELSCOPE_CACHE=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "HF_HUB_OFFLINE=1" in done.stdout or "MissingPackage" in done.stdout


def test_modelscope_is_the_default_and_says_what_to_do_without_its_client(monkeypatch):
    monkeypatch.delenv("USE_HF", raising=False)
    assert chosen_hub() == "ms"
    monkeypatch.setattr(hub_module, "is_installed", lambda name: False)
    for offline, advice in (("0", True), ("1", False)):
        monkeypatch.setenv("HF_HUB_OFFLINE", offline)
        with pytest.raises(MissingPackage, match="USE_HF=1") as raised:
            hub_module.download_model("made/tiny")
        assert ("pip install modelscope" in str(raised.value)) == advice, "nothing is downloaded"
        assert "--model_id_or_path FOLDER" in str(raised.value)


def test_the_environment_chooses(monkeypatch):
    for value, expected in {"1": "hf", "true": "hf", "0": "ms", "": "ms"}.items():
        monkeypatch.setenv("USE_HF", value)
        assert chosen_hub() == expected
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    assert not is_offline()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert is_offline()


def test_any_other_failure_is_one_message(monkeypatch, tmp_path):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)

    def fail(*args, **kwargs):
        raise PermissionError("disk is read-only\nand more")

    monkeypatch.setattr("huggingface_hub.snapshot_download", fail)
    with pytest.raises(ModelError, match=r"PermissionError: disk is read-only$"):
        hub_module.download_model("made/tiny", hub="hf")


def test_an_entry_of_the_catalogue_names_the_id(monkeypatch, tmp_path):
    asked = []

    def fetch(model_id, **options):
        asked.append((model_id, options["revision"]))
        return str(make(tmp_path / "found", ["model.safetensors"]))

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    spec = ModelSpec("some-type", hf="Some/Type", revision="v1")
    hub_module.download_model(None, spec, hub="hf")
    hub_module.download_model("Other/Type", spec, hub="hf", revision="x")
    assert asked == [("Some/Type", None), ("Other/Type", "x")]
    with pytest.raises(ModelError, match="some-type is not on ModelScope: set USE_HF=1"):
        hub_module.download_model(None, spec, hub="ms")
    with pytest.raises(ModelError, match="--model_type NAME"):
        hub_module.download_model(None)
