"""Finding entries of the catalog by name; an unknown name is answered with the nearest one."""

from burnish.catalog.corpora.spec import Corpus
from burnish.catalog.models.spec import ModelSpec
from burnish.catalog.templates.spec import TemplateSpec
from burnish.core.registry import CORPORA, MODELS, TEMPLATES


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


def find_corpus(name: str) -> Corpus:
    """The data set called `name`. Raises UsageError with the nearest name."""
    found = CORPORA.find(name)
    assert isinstance(found, Corpus)
    return found


def corpora_with_id(hub_id: str) -> list[Corpus]:
    """The data sets registered for a hub id (letter case does not count): one id may lie under
    several names, each with its subsets and conversion.
    """
    wanted = hub_id.strip("/").lower()
    corpora = [find_corpus(name) for name in CORPORA.names()]
    return [c for c in corpora if wanted in {(c.hf or "").lower(), (c.ms or "").lower()} - {""}]


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


def corpus_names() -> list[str]:
    """Names of all data sets, sorted."""
    return CORPORA.names()
