"""What --target_modules DEFAULT means for an architecture (`model_type` of its config.json)."""

QKV = ("q_proj", "k_proj", "v_proj")
MLA = ("q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj")
"""Multi-head latent attention."""
MLA_LITE = ("q_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj")
"""The same without a narrow query, as the small models have it."""
ANY_MLA = (*MLA, "q_proj")
"""For architectures that come in both forms; a name that a model lacks is passed over."""

DEFAULT_TARGETS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "cohere",
            "cohere2",
            "deepseek",
            "dots1",
            "ernie4_5",
            "ernie4_5_moe",
            "gemma",
            "gemma2",
            "gemma3_text",
            "glm",
            "glm4",
            "glm4_moe",
            "gpt_oss",
            "granite",
            "hunyuan_v1_dense",
            "hunyuan_v1_moe",
            "hy_v3",
            "internlm3",
            "iquestcoder",
            "llama",
            "llama4_text",
            "minicpm",
            "minimax_m2",
            "mistral",
            "mixtral",
            "nemotron_h",
            "olmo",
            "olmo2",
            "olmoe",
            "phimoe",
            "qwen2",
            "qwen2_moe",
            "qwen3",
            "qwen3_moe",
            "qwen3_next",
            "seed_oss",
            "smollm3",
            "stablelm",
            "starcoder2",
        ),
        QKV,
    ),
    "baichuan": ("W_pack",),
    "bloom": ("query_key_value",),
    "chatglm": ("query_key_value",),
    "dbrx": ("Wqkv",),
    **dict.fromkeys(
        (
            "deepseek_v2",
            "deepseek_v3",
            "deepseek_v32",
            "glm4_moe_lite",
            "glm_moe_dsa",
            "longcat_flash",
            "minicpm3",
            "youtu",
        ),
        ANY_MLA,
    ),
    "deepseek_v4": ("q_a_proj", "q_b_proj", "kv_proj"),
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
