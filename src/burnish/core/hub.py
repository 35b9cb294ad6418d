"""Models from Hugging Face or ModelScope: which hub, which files, and one message when it fails.

The hubs' clients are imported when something is downloaded. With HF_HUB_OFFLINE=1 no socket is
opened, for neither hub: what lies in the caches is used, or the message says that it does not.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol

from burnish.core.errors import MissingPackage, ModelError
from burnish.core.registry import MODELS, nearest
from burnish.core.require import is_installed

Hub = Literal["hf", "ms"]
NAMES: dict[Hub, str] = {"hf": "Hugging Face", "ms": "ModelScope"}

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.joblib")
CODE = ("*.py", "*.ipynb", "*.so")
NOT_NEEDED = (
    "*.h5", "*.msgpack", "*.ot", "*.onnx", "*.onnx_data", "*.tflite", "*.gguf", "*.mlmodel",
    "onnx/*", "openvino/*", "coreml/*", "original/*", "consolidated*", "runs/*",
)  # fmt: skip
"""The same weights again, for other programs."""


class OnHubs(Protocol):
    """What a catalogue entry says of the hubs; ids are None where a hub does not have the model."""

    @property
    def name(self) -> str: ...
    @property
    def hf(self) -> str | None: ...
    @property
    def ms(self) -> str | None: ...
    @property
    def revision(self) -> str | None: ...


def chosen_hub() -> Hub:
    """Hugging Face when the environment says USE_HF=1, else ModelScope."""
    return "hf" if _is_true("USE_HF") else "ms"


def is_offline() -> bool:
    """Whether the environment forbids the network: HF_HUB_OFFLINE=1 or TRANSFORMERS_OFFLINE=1."""
    return _is_true("HF_HUB_OFFLINE") or _is_true("TRANSFORMERS_OFFLINE")


def download_model(
    given: str | None,
    spec: OnHubs | None = None,
    *,
    hub: Hub | None = None,
    revision: str | None = None,
    token: str | None = None,
    allow_pickle: bool = False,
    allow_remote_code: bool = False,
    weights: bool = True,
) -> Path:
    """A model's local folder, downloaded into the hub's own cache unless it lies there already.

    Pickled weights come along only with `allow_pickle` and only where the model has no
    safetensors; Python files only with `allow_remote_code`; no weights at all without `weights`.
    `given` is the id; without it the entry `spec` names id and revision. `hub` None means
    `chosen_hub()`, `revision` None the hub's default.

    Raises: ModelError when the model cannot be had, MissingPackage when the hub's client is not
    installed.
    """
    hub = hub or chosen_hub()
    model_id = given or _id_of(spec, hub)
    if given is None and revision is None and spec is not None and hub == "ms":
        revision = spec.revision
    _require_client(hub, model_id)
    ignored = [*NOT_NEEDED, *(() if allow_remote_code else CODE)]
    with _told_plainly(hub, model_id, revision):
        if not weights:
            return _fetch(hub, model_id, revision, token, [*ignored, *PICKLES, "*.safetensors"])
        folder = _fetch(hub, model_id, revision, token, [*ignored, *PICKLES])
        if allow_pickle and not has_safetensors(folder):
            folder = _fetch(hub, model_id, revision, token, ignored)
    if not allow_pickle and not has_safetensors(folder):
        raise ModelError(
            f"{model_id} has no safetensors weights on {NAMES[hub]}. Pickled weights can run code "
            "when they are opened: --allow_pickle true takes them if you trust their author."
        )
    return folder


def _id_of(spec: OnHubs | None, hub: Hub) -> str:
    """The id of a catalogue entry on a hub."""
    if spec is None:
        raise ModelError("say which model: --model_type NAME, or --model_id_or_path FOLDER or ID")
    found = spec.hf if hub == "hf" else spec.ms
    if found is None:
        other = "unset USE_HF" if hub == "hf" else "set USE_HF=1"
        raise ModelError(
            f"--model_type {spec.name} is not on {NAMES[hub]}: {other}, or give its folder with "
            "--model_id_or_path"
        )
    return found


def has_safetensors(folder: Path) -> bool:
    """Whether a folder holds weights in safe form."""
    return next(folder.glob("*.safetensors"), None) is not None


def _fetch(
    hub: Hub, model_id: str, revision: str | None, token: str | None, ignored: list[str]
) -> Path:
    options: dict[str, Any] = {"revision": revision, "ignore_patterns": ignored}
    options["local_files_only"] = is_offline()
    if token:
        options["token"] = token
    if hub == "hf":
        found = import_module("huggingface_hub").snapshot_download(model_id, **options)
    else:
        client = import_module("modelscope.hub.snapshot_download")
        found = client.snapshot_download(model_id, **options)
    return Path(found)


def _require_client(hub: Hub, model_id: str) -> None:
    if is_installed("huggingface_hub" if hub == "hf" else "modelscope"):
        return
    if hub == "hf":
        raise MissingPackage(f"downloading {model_id} needs it: pip install huggingface_hub")
    if is_offline():
        raise MissingPackage(
            f"{model_id} is not a local folder, and the network is forbidden (HF_HUB_OFFLINE or "
            "TRANSFORMERS_OFFLINE is 1). Do one of these:\n"
            "  USE_HF=1 burnish ...               use Hugging Face's cache on this machine\n"
            "  --model_id_or_path FOLDER          use a model that is on this machine"
        )
    raise MissingPackage(
        f"{model_id} is not a local folder, and ModelScope, the default hub, needs a package that "
        "is not installed. Do one of these:\n"
        "  USE_HF=1 burnish ...               take the model from Hugging Face\n"
        "  pip install modelscope             take it from ModelScope\n"
        "  --model_id_or_path FOLDER          use a model that is on this machine"
    )


@dataclass(frozen=True, slots=True)
class About:
    """The words for one kind of thing that hubs hold."""

    revision: str
    """Where a revision is chosen."""
    local: str
    near: Callable[[Hub, str], str]
    """What to say about an id that the hub does not have."""


@contextlib.contextmanager
def _told_plainly(hub: Hub, model_id: str, revision: str | None) -> Iterator[None]:
    """Turns whatever a hub's client raises into one ModelError."""
    try:
        yield
    except Exception as error:  # each client and version has errors of its own
        raise ModelError(explain(hub, model_id, revision, error, MODEL)) from error


def explain(hub: Hub, repo: str, revision: str | None, error: BaseException, about: About) -> str:
    """What went wrong, told from the errors' names: the clients' classes come and go."""
    where = f"{repo} on {NAMES[hub]}"
    if is_offline():
        return (
            f"{repo} is not (or not wholly) in the local cache of {NAMES[hub]}, and "
            f"HF_HUB_OFFLINE=1 forbids the network. Download it once without that, or give "
            f"{about.local}."
        )
    chain = list(_causes(error))
    kinds = {base.__name__ for link in chain for base in type(link).__mro__}
    statuses = {getattr(getattr(link, "response", None), "status_code", None) for link in chain}
    statuses |= {getattr(link, "status_code", None) for link in chain}
    if kinds & {"HFValidationError", "HfUriError"}:
        return f"{repo!r} is neither {about.local} nor a hub id (ids look like owner/name)"
    if "GatedRepoError" in kinds or 403 in statuses:
        return (
            f"{where} asks for consent or is private: accept its terms on its page, then set "
            f"{'HF_TOKEN' if hub == 'hf' else 'MODELSCOPE_API_TOKEN'} to a token that may read it"
        )
    if "RevisionNotFoundError" in kinds:
        return f"{where} has no revision {revision!r}: see {about.revision}"
    if kinds & {"RepositoryNotFoundError", "NotExistError"} or statuses & {401, 404}:
        return f"{where} does not exist, or is private and needs a token{about.near(hub, repo)}"
    if is_unreachable(error):
        reason = _first(chain[-1])
        return f"{NAMES[hub]} cannot be reached, and {repo} is not in its local cache: {reason}"
    return f"{where} could not be downloaded: {type(error).__name__}: {_first(error)}"


UNREACHABLE = {
    "LocalEntryNotFoundError", "ConnectError", "ConnectionError", "TimeoutException", "Timeout",
    "RemoteProtocolError", "ReadError", "ChunkedEncodingError", "NetworkError",
}  # fmt: skip


def is_unreachable(error: BaseException) -> bool:
    """Whether the connection failed, not the request."""
    return any(
        base.__name__ in UNREACHABLE for link in _causes(error) for base in type(link).__mro__
    )


def _did_you_mean(hub: Hub, model_id: str) -> str:
    """The nearest id of the catalogue, and the way to it."""
    ids = {getattr(MODELS.find(name), hub): name for name in MODELS}
    ids.pop(None, None)
    close = nearest(model_id, ids)
    if close is None:
        return "; `burnish list models` shows the ids known here"
    return f"; did you mean {close} (--model_type {ids[close]})?"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first(error: BaseException) -> str:
    return str(error).strip().split("\n")[0]


def _is_true(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() in {"1", "true", "yes", "on"}


MODEL = About("--model_revision", "a local folder", _did_you_mean)
