"""BlueLM: architecture not in transformers."""

from burnish.catalog.models.spec import not_held, owners

NO_BLUELM = not_held("BlueLM")

VIVO = owners("vivo-ai", broken=NO_BLUELM)

MODELS = (
    VIVO("bluelm-7b", "BlueLM-7B-Base", instead="qwen2_5-7b"),
    VIVO("bluelm-7b-32k", "BlueLM-7B-Base-32K", instead="qwen2_5-7b"),
    VIVO("bluelm-7b-chat", "BlueLM-7B-Chat", "bluelm", instead="qwen2_5-7b-instruct"),
    VIVO("bluelm-7b-chat-32k", "BlueLM-7B-Chat-32K", "bluelm", instead="qwen2_5-7b-instruct"),
)
