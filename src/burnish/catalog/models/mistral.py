"""Mistral 7B, base and instruct."""

from burnish.catalog.models.spec import ModelSpec

MODELS = (
    ModelSpec(
        "mistral-7b",
        hf="mistralai/Mistral-7B-v0.1",
        ms="AI-ModelScope/Mistral-7B-v0.1",
        template="default-generation",
    ),
    ModelSpec(
        "mistral-7b-instruct",
        hf="mistralai/Mistral-7B-Instruct-v0.1",
        ms="AI-ModelScope/Mistral-7B-Instruct-v0.1",
        template="mistral",
    ),
    ModelSpec(
        "mistral-7b-instruct-v2",
        hf="mistralai/Mistral-7B-Instruct-v0.2",
        ms="AI-ModelScope/Mistral-7B-Instruct-v0.2",
        template="mistral",
    ),
    ModelSpec(
        "mistral-7b-instruct-v3",
        hf="mistralai/Mistral-7B-Instruct-v0.3",
        ms="LLM-Research/Mistral-7B-Instruct-v0.3",
        template="mistral",
    ),
)
