"""Qwen2, Qwen2.5 and Qwen3."""

from burnish.catalog.models.spec import ModelSpec

SIZES_2 = ("0.5B", "1.5B", "7B", "72B")
SIZES_2_5 = ("0.5B", "1.5B", "3B", "7B", "14B", "32B", "72B")
SIZES_3 = ("0.6B", "1.7B", "4B", "8B", "14B", "32B")


def _of(family: str, version: str, size: str, template: str, suffix: str = "") -> ModelSpec:
    """`suffix` ends the hub id; both hubs use one id, but for the letter case of its owner."""
    name = f"{family}-{size.replace('.', '_')}{suffix}".lower()
    owner = "qwen" if version == "Qwen2" else "Qwen"
    hub = f"{version}-{size}{suffix}"
    return ModelSpec(name, hf=f"Qwen/{hub}", ms=f"{owner}/{hub}", template=template)


MODELS = (
    *(_of("qwen2", "Qwen2", size, "default-generation") for size in SIZES_2),
    *(_of("qwen2", "Qwen2", size, "qwen", "-Instruct") for size in SIZES_2),
    *(_of("qwen2_5", "Qwen2.5", size, "default-generation") for size in SIZES_2_5),
    *(_of("qwen2_5", "Qwen2.5", size, "qwen2_5", "-Instruct") for size in SIZES_2_5),
    *(_of("qwen3", "Qwen3", size, "chatml") for size in SIZES_3),
)
