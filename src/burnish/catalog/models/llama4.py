"""Llama 4: mixture of experts that reads text and images."""

from burnish.catalog.models.spec import owners

META = owners("meta-llama", "LLM-Research", tags=("multi-modal", "vision", "moe"))

MODELS = (
    META("llama4-maverick-17b-128e", "Llama-4-Maverick-17B-128E", None),
    META("llama4-maverick-17b-128e-instruct", "Llama-4-Maverick-17B-128E-Instruct", None),
    META("llama4-maverick-17b-128e-instruct-fp8", "Llama-4-Maverick-17B-128E-Instruct-FP8", None),
    META("llama4-scout-17b-16e", "Llama-4-Scout-17B-16E", None),
    META("llama4-scout-17b-16e-instruct", "Llama-4-Scout-17B-16E-Instruct", None),
)
