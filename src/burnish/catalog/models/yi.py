"""Yi and Yi-1.5: Llama architecture, a tokenizer of their own."""

from burnish.catalog.models.spec import ModelSpec


def _of(family: str, hub: str, size: str, template: str) -> tuple[ModelSpec, ModelSpec]:
    name, hub = f"{family}-{size.lower()}", f"{hub}-{size}"
    return (
        ModelSpec(name, f"01-ai/{hub}", f"01ai/{hub}", "default-generation"),
        ModelSpec(f"{name}-chat", f"01-ai/{hub}-Chat", f"01ai/{hub}-Chat", template),
    )


MODELS = (
    *(spec for size in ("6B", "34B") for spec in _of("yi", "Yi", size, "yi")),
    *(spec for size in ("6B", "9B", "34B") for spec in _of("yi-1_5", "Yi-1.5", size, "yi")),
)
