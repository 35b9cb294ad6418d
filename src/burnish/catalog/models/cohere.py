"""Command R and Aya Expanse."""

from burnish.catalog.models.spec import owners

COHERE = owners("CohereForAI", "AI-ModelScope")

MODELS = (
    COHERE("aya-expanse-8b", "aya-expanse-8b", "aya"),
    COHERE("aya-expanse-32b", "aya-expanse-32b", "aya"),
    COHERE("c4ai-command-r-plus", "c4ai-command-r-plus", "c4ai"),
    COHERE("c4ai-command-r-v01", "c4ai-command-r-v01", "c4ai"),
)
