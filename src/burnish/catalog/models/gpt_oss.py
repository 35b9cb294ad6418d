"""gpt-oss."""

from burnish.catalog.models.spec import MOE, owners

OPENAI = owners("openai", "openai-mirror", tags=MOE)

MODELS = (
    OPENAI("gpt-oss-20b", "gpt-oss-20b", None),
    OPENAI("gpt-oss-120b", "gpt-oss-120b", None),
)
