"""OpenBuddy: chat models for many languages, tuned from other families."""

from burnish.catalog.models.spec import MOE, owners

OPENBUDDY = owners("OpenBuddy")

MODELS = (
    OPENBUDDY("openbuddy-deepseek-67b-chat", "openbuddy-deepseek-67b-v15.2", "openbuddy"),
    OPENBUDDY("openbuddy-llama-65b-chat", "openbuddy-llama-65b-v8-bf16", "openbuddy"),
    OPENBUDDY("openbuddy-llama2-13b-chat", "openbuddy-llama2-13b-v8.1-fp16", "openbuddy"),
    OPENBUDDY("openbuddy-llama2-70b-chat", "openbuddy-llama2-70b-v10.1-bf16", "openbuddy"),
    OPENBUDDY("openbuddy-llama3-8b-chat", "openbuddy-llama3-8b-v21.1-8k", "openbuddy2"),
    OPENBUDDY("openbuddy-llama3-70b-chat", "openbuddy-llama3-70b-v21.1-8k", "openbuddy2"),
    OPENBUDDY("openbuddy-llama3_1-8b-chat", "openbuddy-llama3.1-8b-v22.1-131k", "openbuddy2"),
    OPENBUDDY("openbuddy-llama3_3-70b-v24_3-131k", "openbuddy-llama3.3-70b-v24.3-131k", None),
    OPENBUDDY("openbuddy-mistral-7b-chat", "openbuddy-mistral-7b-v17.1-32k", "openbuddy"),
    OPENBUDDY(
        "openbuddy-mixtral-moe-7b-chat", "openbuddy-mixtral-7bx8-v18.1-32k", "openbuddy", tags=MOE
    ),
    OPENBUDDY("openbuddy-nemotron-70b-v23_2-131k", "openbuddy-nemotron-70b-v23.2-131k", None),
    OPENBUDDY("openbuddy-yi1_5-34b-v21_3-32k", "openbuddy-yi1.5-34b-v21.3-32k", None),
    OPENBUDDY("openbuddy-zephyr-7b-chat", "openbuddy-zephyr-7b-v14.1", "openbuddy"),
)
