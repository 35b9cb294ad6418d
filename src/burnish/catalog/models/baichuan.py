"""Baichuan and Baichuan 2: architecture not in transformers."""

from burnish.catalog.models.spec import BNB, not_held, owners

NO_BAICHUAN = not_held("Baichuan")

BAICHUAN = owners("baichuan-inc", targets=("W_pack",), broken=NO_BAICHUAN)
BAICHUAN_BNB = owners("baichuan-inc", targets=("W_pack",), requires=BNB, broken=NO_BAICHUAN)

MODELS = (
    BAICHUAN("baichuan-7b", "Baichuan-7B", ms="baichuan-inc/baichuan-7B", instead="qwen2_5-7b"),
    BAICHUAN("baichuan-13b", "Baichuan-13B-Base", instead="qwen2_5-14b"),
    BAICHUAN("baichuan-13b-chat", "Baichuan-13B-Chat", "baichuan", instead="qwen2_5-14b-instruct"),
    BAICHUAN("baichuan2-7b", "Baichuan2-7B-Base", instead="qwen2_5-7b"),
    BAICHUAN("baichuan2-7b-chat", "Baichuan2-7B-Chat", "baichuan", instead="qwen2_5-7b-instruct"),
    BAICHUAN("baichuan2-13b", "Baichuan2-13B-Base", instead="qwen2_5-14b"),
    BAICHUAN(
        "baichuan2-13b-chat", "Baichuan2-13B-Chat", "baichuan", instead="qwen2_5-14b-instruct"
    ),
    BAICHUAN_BNB(
        "baichuan2-7b-chat-int4",
        "Baichuan2-7B-Chat-4bits",
        "baichuan",
        instead="qwen2_5-7b-instruct-gptq-int4",
    ),
    BAICHUAN_BNB(
        "baichuan2-13b-chat-int4",
        "Baichuan2-13B-Chat-4bits",
        "baichuan",
        instead="qwen2_5-14b-instruct-gptq-int4",
    ),
)
