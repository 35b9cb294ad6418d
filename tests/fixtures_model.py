"""Small random models of two families, with a byte tokenizer, and adapters for them."""

from pathlib import Path
from typing import Any, Literal

from tests.tiny import SPECIALS, write_byte_tokenizer

Family = Literal["llama", "qwen2"]
VOCABULARY = 256 + len(SPECIALS)
STOP_ID = VOCABULARY - 1  # <|im_end|>


def tiny_model_folder(
    path: Path | str,
    family: Family = "llama",
    *,
    seed: int = 0,
    tied: bool = True,
    dtype: str = "float32",
    **config: Any,
) -> Path:
    """A model folder: two layers 64 wide, tokenizer, template, generation config; returns it."""
    import torch

    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    write_byte_tokenizer(folder)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = _random_model(family, tied=tied, **config).to(getattr(torch, dtype))
    model.generation_config.eos_token_id = STOP_ID
    model.generation_config.pad_token_id = 256
    model.save_pretrained(folder)
    return folder


def tiny_adapter(
    base: Path | str, folder: Path | str, *, seed: int = 1, scale: float = 0.2, **options: Any
) -> Path:
    """A LoRA adapter on `base`, all of it random, saved by peft into `folder`; returns `folder`.

    `options` go to peft's LoraConfig.
    """
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    options = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"]} | options
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **options))
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data += torch.randn_like(parameter) * scale
    model.save_pretrained(folder)
    return Path(folder)


def _random_model(family: Family, *, tied: bool, **config: Any) -> Any:
    import transformers

    settings = {
        "vocab_size": VOCABULARY,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "initializer_range": 0.2,  # the usual 0.02 gives answers that hardly depend on the prompt
        "tie_word_embeddings": tied,
        "bos_token_id": None,
        "eos_token_id": STOP_ID,
        "pad_token_id": 256,
    } | config
    if family == "llama":
        return transformers.LlamaForCausalLM(transformers.LlamaConfig(**settings))
    return transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**settings))


def tiny_checkpoint(base: Path | str, folder: Path | str, **lora: Any) -> Path:
    """A finished LoRA checkpoint on `base` as training leaves it, without its optimiser state."""
    import json
    import shutil

    from burnish.core import manifest
    from burnish.core.fingerprint import base_fingerprint
    from burnish.data.template import Template
    from burnish.data.tokenizer import Tokenizer

    folder = tiny_adapter(base, folder, **lora)
    (folder / "README.md").unlink(missing_ok=True)
    tokenizer = Tokenizer.load(base)
    for file in tokenizer.files():
        shutil.copyfile(file, folder / file.name)
    content = {
        "template.json": Template.own(tokenizer).describe(),
        "base.json": base_fingerprint(Path(base)),
        "configuration.json": {"framework": "pytorch", "task": "text-generation"},
        "sft_args.json": {"model_id_or_path": str(base), "sft_type": "lora", "dtype": "fp32"},
    }
    for name, value in content.items():
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
    shutil.copyfile(Path(base) / "generation_config.json", folder / "generation_config.json")
    manifest.write(folder)
    return folder


def infer_config(command: str = "infer", **values: Any) -> Any:
    """The resolved flags of `burnish infer` (or merge-lora), as typed on a command line."""
    from burnish.commands.base import load
    from burnish.config.resolve import resolve
    from burnish.core.facts import Facts

    return resolve(load(command), values, source="python", facts=Facts(device="cpu"))
