"""What is known about a model before it is loaded.

The hub ids come from public lists and were not all tried; types that are wrong or gone fail with
the hub's own answer. Of requirements only packages stand here that transformers of today does not
bring or replace; AWQ and GPTQ weights, for one, burnish reads itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from burnish.catalog.targets import MLA, MLA_LITE, QKV

__all__ = [
    "AUDIO", "BNB", "CODING", "CONVERTED", "MATH", "MLA", "MLA_LITE", "MOE",
    "PACKED_EXPERTS", "QKV", "VIDEO", "VISION", "ModelSpec", "not_held", "owners",
]  # fmt: skip

PACKED_EXPERTS = "its experts are packed by GPTQ or AWQ, which is not read"
BNB = ("bitsandbytes",)

MOE, CODING, MATH = ("moe",), ("coding",), ("math",)
VISION = ("multi-modal", "vision")
VIDEO = ("multi-modal", "vision", "video")
AUDIO = ("multi-modal", "audio")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model type: where it lies on the hubs and what suits it."""

    name: str
    hf: str | None = None
    """Hugging Face id."""
    ms: str | None = None
    """ModelScope id."""
    template: str | None = "default"
    """Used when the model brings no chat template of its own; None: it must bring one."""
    targets: tuple[str, ...] = QKV
    """What --target_modules DEFAULT means."""
    folder: str | None = None
    """A folder inside the package, for models that come with it."""
    revision: str | None = None
    requires: tuple[str, ...] = ()
    """Packages that loading it needs."""
    dtype: Literal["bf16", "fp16", "fp32"] | None = None
    """What its weights were made for, where that is not bf16; --dtype AUTO follows it on a GPU."""
    tags: tuple[str, ...] = ()
    broken: str | None = None
    """Why it cannot be loaded any more."""
    instead: str | None = None
    """The nearest type that can."""


def owners(hf: str | None, ms: str | None = "", /, **common: Any) -> Callable[..., ModelSpec]:
    """A function that makes types of one owner, who may be called otherwise on ModelScope ("": is
    not) or be missing on a hub (None): (name, model, template, ...) -> ModelSpec. `common` is what
    all of them share.
    """
    on_ms = hf if ms == "" else ms

    def spec(
        name: str, model: str, template: str | None = "default-generation", **own: Any
    ) -> ModelSpec:
        ids = {"hf": f"{hf}/{model}" if hf else None, "ms": f"{on_ms}/{model}" if on_ms else None}
        return ModelSpec(name, template=template, **{**ids, **common, **own})

    return spec


def not_held(family: str) -> str:
    """Why a model whose architecture lives in remote code alone cannot be loaded."""
    return (
        f"transformers does not hold the architecture of {family}, and the code that lies beside "
        "the weights was written for transformers 4"
    )


CONVERTED = "its weights are laid out for code of their own; a copy is laid out for transformers"
