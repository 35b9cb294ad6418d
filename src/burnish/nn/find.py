"""Which model the flags mean: a registered type, a folder of yours, or an id on a hub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from burnish.catalog.find import find_model as find_spec
from burnish.catalog.find import model_of_hub_id
from burnish.catalog.models.spec import ModelSpec
from burnish.config.config import Config
from burnish.config.groups.model import ModelGroup
from burnish.core.errors import ModelError
from burnish.core.log import log

PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on this disk."""

    path: Path
    name: str
    """Its registered type, else the folder's own name."""
    spec: ModelSpec | None = None


def find_model(config: Config, *, weights: bool = True) -> ModelFolder:
    """The folder of --model_type or --model_id_or_path, downloaded if it is an id on a hub; without
    its weights if they are not wanted.

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
    on_hub = model_of_hub_id(given) if given else spec
    if on_hub is not None and on_hub.broken:
        if not options.allow_remote_code:
            raise ModelError(no_longer(on_hub, given))
        log.warning("%s", no_longer(on_hub, given))
    spec = spec or on_hub
    return download(given, spec, config, weights=weights)


def no_longer(spec: ModelSpec, given: str | None) -> str:
    """What to say of a type that cannot be loaded any more, or of an id on a hub that is of it."""
    asked = f"--model_id_or_path {given}" if given else f"--model_type {spec.name}"
    return (
        f"{asked} cannot be loaded any more: {spec.broken}. The nearest type that can be is "
        f"--model_type {spec.instead}"
    )


def download(
    given: str | None, spec: ModelSpec | None, config: Config, *, weights: bool = True
) -> ModelFolder:
    """A model from a hub."""
    from burnish.core import hub  # noqa: PLC0415  (its clients are only needed here)

    options = config[ModelGroup]
    path = hub.download_model(
        given,
        spec,
        revision=options.model_revision,
        allow_pickle=options.allow_pickle,
        allow_remote_code=options.allow_remote_code,
        weights=weights,
    )
    return ModelFolder(path, spec.name if spec else str(given).rsplit("/", 1)[-1], spec)
