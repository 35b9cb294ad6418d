"""A model is found by type, folder or hub id; a folder of any name works from its config.json."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.tiny import write_byte_tokenizer

from burnish.catalog.find import model_of_hub_id
from burnish.commands.base import load
from burnish.config.config import Config
from burnish.config.resolve import resolve
from burnish.core.errors import ModelError
from burnish.nn.find import find_model
from burnish.nn.load import LoadOptions, load_model
from burnish.tuners.targets import has_fused_experts, target_modules

SIZE = {
    "vocab_size": 259,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "bos_token_id": None,
    "eos_token_id": 258,
    "pad_token_id": 256,
}
MLA = {
    "q_lora_rank": None,
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8,
    "v_head_dim": 8,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "n_group": 1,
    "topk_group": 1,
    "moe_intermediate_size": 16,
    "first_k_dense_replace": 1,
}
QKV = ["k_proj", "q_proj", "v_proj"]
MLP = ["down_proj", "gate_proj", "up_proj"]
# Architecture: its own settings, what DEFAULT means, what ALL means besides.
KINDS: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "llama": ({}, QKV, [*MLP, "o_proj"]),
    "qwen2": ({}, QKV, [*MLP, "o_proj"]),
    "gemma": ({}, QKV, [*MLP, "o_proj"]),
    "glm": ({}, QKV, ["down_proj", "gate_up_proj", "o_proj"]),
    "gpt2": ({"n_embd": 32, "n_layer": 2, "n_head": 4}, ["c_attn"], ["c_fc", "c_proj"]),
    "mixtral": ({"num_local_experts": 4}, QKV, ["o_proj"]),
    "gptj": ({"n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4}, QKV,
             ["fc_in", "fc_out", "out_proj"]),
    "deepseek_v3": (MLA, ["kv_a_proj_with_mqa", "kv_b_proj", "o_proj", "q_proj"], MLP),
}  # fmt: skip


def config_for(**flags: Any) -> Config:
    return resolve(load("sft"), {"dataset": "rows.jsonl", **flags})


def write_model(folder: Path, kind: str, settings: dict[str, Any]) -> Path:
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(kind, **{**SIZE, **settings})
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    write_byte_tokenizer(folder)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_of_any_name_works(kind: str, tmp_path: Path) -> None:
    settings, default, rest = KINDS[kind]
    folder = write_model(tmp_path / "some-thing-of-mine", kind, settings)
    found = find_model(config_for(model_id_or_path=str(folder)))
    assert (found.name, found.spec) == ("some-thing-of-mine", None)
    model = load_model(found.path, LoadOptions(dtype=torch.float32))
    assert target_modules(model, ["DEFAULT"], None) == default
    assert target_modules(model, ["ALL"], None) == sorted({*default, *rest})
    assert has_fused_experts(model) == (kind in ("mixtral", "deepseek_v3"))


def test_a_folder_may_be_called_like_a_type_that_is_gone(tmp_path: Path) -> None:
    found = find_model(config_for(model_id_or_path=str(tmp_path), model_type="chatglm3-6b"))
    assert found.path == tmp_path and found.spec is not None


@pytest.mark.parametrize(
    "flags",
    [
        {"model_type": "chatglm3-6b"},
        {"model_id_or_path": "THUDM/chatglm3-6b"},
        {"model_id_or_path": "zhipuai/ChatGLM3-6B"},
    ],
)
def test_what_is_gone_is_refused_before_it_is_downloaded(flags: dict[str, str]) -> None:
    with pytest.raises(ModelError, match=r"architecture of ChatGLM.*--model_type glm4-9b-chat-hf"):
        find_model(config_for(**flags))


def test_a_hub_id_of_the_catalogue_has_its_type() -> None:
    found = model_of_hub_id("Qwen/Qwen2.5-7B-Instruct")
    assert found is not None and found.template == "qwen2_5"


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(ModelError, match="there is no such folder"):
        find_model(config_for(model_id_or_path="./nowhere"))
