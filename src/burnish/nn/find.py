"""Which model the flags mean: a registered type, a folder of yours, or an id on a hub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from burnish.catalog.find import find_model as find_spec
from burnish.catalog.models.spec import ModelSpec
from burnish.config.config import Config
from burnish.config.groups.model import ModelGroup
from burnish.core.errors import ModelError

PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on this disk."""

    path: Path
    name: str
    """Its registered type, else the folder's own name."""
    spec: ModelSpec | None = None


def find_model(config: Config) -> ModelFolder:
    """The folder of --model_type or --model_id_or_path, downloaded if it is an id on a hub.

    Raises:
        ModelError: no such folder, type or id; a type whose code no longer runs.
    """
    options = config[ModelGroup]
    spec = find_spec(options.model_type) if options.model_type else None
    given = options.model_id_or_path
    if given and Path(given).is_dir():
        path = Path(given)
        return ModelFolder(path, spec.name if spec else path.resolve().name, spec)
    if given and (given.startswith((".", "/", "~")) or given.count("/") > 1):
        raise ModelError(f"--model_id_or_path {given}: there is no such folder")
    if spec is not None and spec.folder and not given:
        return ModelFolder(PACKAGE / spec.folder, spec.name, spec)
    if spec is not None and spec.broken and not given:
        raise ModelError(no_longer(spec))
    return download(given, spec, config)


def no_longer(spec: ModelSpec) -> str:
    """What to say of a type that cannot be loaded any more."""
    return (
        f"--model_type {spec.name} cannot be loaded any more: {spec.broken}. The nearest type that "
        f"can is --model_type {spec.instead}"
    )


def download(given: str | None, spec: ModelSpec | None, config: Config) -> ModelFolder:
    """A model from a hub."""
    from burnish.core import hub  # noqa: PLC0415  (its clients are only needed here)

    options = config[ModelGroup]
    path = hub.download_model(
        given,
        spec,
        revision=options.model_revision,
        allow_pickle=options.allow_pickle,
        allow_remote_code=options.allow_remote_code,
    )
    return ModelFolder(path, spec.name if spec else str(given).rsplit("/", 1)[-1], spec)
