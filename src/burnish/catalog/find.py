"""Finding entries of the catalog by name; an unknown name is answered with the nearest one."""

from burnish.catalog.models.spec import ModelSpec
from burnish.catalog.templates.spec import TemplateSpec
from burnish.core.registry import MODELS, TEMPLATES


def find_model(name: str) -> ModelSpec:
    """The model type called `name`. Raises UsageError with the nearest name."""
    found = MODELS.find(name)
    assert isinstance(found, ModelSpec)
    return found


def find_template(name: str) -> TemplateSpec:
    """The template called `name`. Raises UsageError with the nearest name."""
    found = TEMPLATES.find(name)
    assert isinstance(found, TemplateSpec)
    return found


def model_of_hub_id(hub_id: str) -> ModelSpec | None:
    """The model type registered for a hub id (letter case does not count), if any."""
    wanted = hub_id.strip("/").lower()
    for name in MODELS.names():
        spec = find_model(name)
        if wanted in {(spec.hf or "").lower(), (spec.ms or "").lower()} - {""}:
            return spec
    return None


def model_names() -> list[str]:
    """Names of all model types, sorted."""
    return MODELS.names()


def template_names() -> list[str]:
    """Names of all templates, sorted."""
    return TEMPLATES.names()
