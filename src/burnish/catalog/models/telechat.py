"""TeleChat: architecture not in transformers."""

from burnish.catalog.models.spec import not_held, owners

NO_TELECHAT = not_held("TeleChat")

TELE = owners("Tele-AI", "TeleAI", targets=("key_value", "query"), broken=NO_TELECHAT)
SWIFT = owners(None, "swift", targets=("key_value", "query"), broken=NO_TELECHAT)

MODELS = (
    TELE(
        "telechat-7b",
        "telechat-7B",
        "telechat",
        ms="TeleAI/TeleChat-7B",
        instead="qwen2_5-7b-instruct",
    ),
    TELE("telechat-12b", "TeleChat-12B", "telechat", instead="qwen2_5-14b-instruct"),
    TELE("telechat-12b-v2", "TeleChat-12B-v2", "telechat", instead="qwen2_5-14b-instruct"),
    TELE(
        "telechat2-115b",
        "TeleChat2-115B",
        "telechat2",
        dtype="fp16",
        instead="qwen2_5-72b-instruct",
    ),
    SWIFT(
        "telechat-12b-v2-gptq-int4",
        "TeleChat-12B-V2-GPTQ-Int4",
        "telechat",
        dtype="fp16",
        instead="qwen2_5-14b-instruct-gptq-int4",
    ),
)
