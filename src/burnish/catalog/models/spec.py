"""What is known about a model before it is loaded."""

from dataclasses import dataclass

from burnish.catalog.targets import QKV


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model type: where it lies on the hubs and what suits it."""

    name: str
    hf: str | None = None
    """Hugging Face id."""
    ms: str | None = None
    """ModelScope id."""
    template: str = "default"
    """Used when the model brings no chat template of its own."""
    targets: tuple[str, ...] = QKV
    """What --target_modules DEFAULT means."""
    folder: str | None = None
    """A folder inside the package, for models that come with it."""
    revision: str | None = None
    requires: tuple[str, ...] = ()
