"""Llama 2, 3, 3.1 and 3.2 (text), and SmolLM2, which has their architecture."""

from burnish.catalog.models.spec import ModelSpec

META, CHINA = "meta-llama", "LLM-Research"


def _llama2(size: str) -> tuple[ModelSpec, ModelSpec]:
    name, hub = f"llama2-{size.lower()}", f"Llama-2-{size.lower()}"
    return (
        ModelSpec(name, f"{META}/{hub}-hf", f"modelscope/{hub}-ms", "default-generation"),
        ModelSpec(f"{name}-chat", f"{META}/{hub}-chat-hf", f"modelscope/{hub}-chat-ms", "llama"),
    )


def _llama3(family: str, hub: str, size: str, template: str) -> tuple[ModelSpec, ModelSpec]:
    name, hub = f"{family}-{size.lower()}", f"{hub}-{size}"
    return (
        ModelSpec(name, f"{META}/{hub}", f"{CHINA}/{hub}", "default-generation"),
        ModelSpec(
            f"{name}-instruct", f"{META}/{hub}-Instruct", f"{CHINA}/{hub}-Instruct", template
        ),
    )


def _smollm2(size: str) -> tuple[ModelSpec, ModelSpec]:
    name, hub = f"smollm2-{size.lower().replace('.', '_')}", f"HuggingFaceTB/SmolLM2-{size}"
    return (
        ModelSpec(name, hub, hub, "default-generation"),
        ModelSpec(f"{name}-instruct", f"{hub}-Instruct", f"{hub}-Instruct", "smollm2"),
    )


MODELS = (
    *(spec for size in ("7B", "13B", "70B") for spec in _llama2(size)),
    *(s for size in ("8B", "70B") for s in _llama3("llama3", "Meta-Llama-3", size, "llama3")),
    *(
        s
        for size in ("8B", "70B", "405B")
        for s in _llama3("llama3_1", "Meta-Llama-3.1", size, "llama3_1")
    ),
    *(s for size in ("1B", "3B") for s in _llama3("llama3_2", "Llama-3.2", size, "llama3_2")),
    *(spec for size in ("135M", "360M", "1.7B") for spec in _smollm2(size)),
)
