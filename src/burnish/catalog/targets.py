"""What --target_modules DEFAULT means for an architecture (`model_type` of its config.json)."""

QKV = ("q_proj", "k_proj", "v_proj")

DEFAULT_TARGETS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "cohere",
            "deepseek",
            "gemma",
            "gemma2",
            "gemma3_text",
            "glm",
            "glm4",
            "granite",
            "llama",
            "minicpm",
            "mistral",
            "mixtral",
            "olmo",
            "olmo2",
            "qwen2",
            "qwen2_moe",
            "qwen3",
            "qwen3_moe",
            "smollm3",
            "stablelm",
            "starcoder2",
        ),
        QKV,
    ),
    "baichuan": ("W_pack",),
    "bloom": ("query_key_value",),
    "chatglm": ("query_key_value",),
    "deepseek_v2": ("q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"),
    "deepseek_v3": ("q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"),
    "falcon": ("query_key_value",),
    "gpt2": ("c_attn",),
    "gpt_neox": ("query_key_value",),
    "internlm2": ("wqkv",),
    "mamba": ("in_proj", "x_proj", "embeddings", "out_proj"),
    "phi": QKV,
    "phi3": ("qkv_proj",),
    "qwen": ("c_attn",),
}


def default_targets(model_type: str) -> tuple[str, ...] | None:
    """Module names for an architecture, or None where it is not in the table."""
    return DEFAULT_TARGETS.get(model_type)
