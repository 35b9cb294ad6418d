"""Loss and gradients of small models, by one of two ways, for test_unsloth_cuda.py to compare.

`python -m tests.gpu.unsloth_trial exact|peft|unsloth FOLDER` writes FOLDER/<way>.pt. A process has
one way alone: Unsloth changes the libraries of the one it is in.
"""

import sys
from pathlib import Path
from typing import Any

LENGTHS = (5, 23, 14)
LORA = {"sft_type": "lora", "lora_rank": 4, "lora_dropout": 0.0, "target_modules": ["ALL"]}
FULL = {"sft_type": "full"}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama lora": ("llama", LORA),
    "qwen2 lora": ("qwen2", LORA),
    "qwen3 lora": ("qwen3", LORA),
    "mistral lora": ("mistral", LORA),
    "mistral window": ("mistral windowed", LORA),
    "llama full": ("llama", FULL),
    "qwen2 full": ("qwen2", FULL),
    "qwen3 full": ("qwen3", FULL),
    "mistral full": ("mistral", FULL),
    "llama float32": ("llama", {**LORA, "dtype": "fp32"}),
    "llama float16": ("llama", {**LORA, "dtype": "fp16"}),
    "llama two layers": ("llama", {**LORA, "target_modules": ["q_proj", "v_proj"]}),
    "llama dora": ("llama", {**LORA, "use_dora": True}),
    "llama rslora": ("llama", {**LORA, "use_rslora": True}),
    "llama pissa": ("llama", {**LORA, "init_lora_weights": "pissa"}),
    "llama bfloat16 adapter": ("llama", {**LORA, "lora_dtype": "bf16"}),
    "qwen2 biases": ("qwen2", {**LORA, "lora_bias_trainable": "all"}),
    "llama saved": ("llama", {**LORA, "modules_to_save": ["EMBEDDING", "lm_head", "LN"]}),
    "llama embedding": ("llama", {**LORA, "target_modules": ["EMBEDDING", "q_proj"]}),
    "llama 4 bit": ("llama", {**LORA, "quantization_bit": 4}),
    "qwen2 4 bit": ("qwen2", {**LORA, "quantization_bit": 4}),
    "llama recompute": ("llama", {**LORA, "gradient_checkpointing": True}),
    "qwen2 recompute": ("qwen2", {**LORA, "gradient_checkpointing": True}),
    "llama full recompute": ("llama", {**FULL, "gradient_checkpointing": True}),
    "llama half full recompute": (
        "llama",
        {**FULL, "gradient_checkpointing": True, "freeze_parameters_ratio": 0.6},
    ),
    "llama dropout": ("llama", {**LORA, "lora_dropout": 0.2}),
    "llama dropout recompute": (
        "llama",
        {**LORA, "lora_dropout": 0.2, "gradient_checkpointing": True},
    ),
    "llama long": ("llama", LORA),
}
"""Name: (family, flags). "long" has a sequence beyond what the model was made for."""
SHAPE = {
    "vocab_size": 259,
    "hidden_size": 128,
    "intermediate_size": 192,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "initializer_range": 0.1,
    "bos_token_id": None,
    "eos_token_id": 258,
    "pad_token_id": 256,
    "tie_word_embeddings": False,
}
OWN = {"mistral windowed": {"sliding_window": 8}}


def main() -> None:
    way, folder = sys.argv[1], Path(sys.argv[2])
    if way == "unsloth":
        from burnish.nn import unsloth

        unsloth.begin()
    import torch

    found = {}
    for name in CASES:
        try:
            found[name] = measured(name, way, folder)
        except Exception as error:
            found[name] = {"error": f"{type(error).__name__}: {str(error)[:600]}"}
    torch.save(found, folder / f"{way}.pt")


def base_of(family: str, folder: Path, limit: int) -> Path:
    """A model of bfloat16 numbers in float32, so that every way holds the same; made once."""
    import torch
    from tests.tiny import write_byte_tokenizer
    from transformers import AutoConfig, AutoModelForCausalLM

    made = folder / f"{family}-{limit}"
    if not made.exists():
        torch.manual_seed(0)
        config = AutoConfig.for_model(
            family.split()[0], max_position_embeddings=limit, **SHAPE, **OWN.get(family, {})
        )
        model = AutoModelForCausalLM.from_config(config).to(torch.bfloat16).float()
        made.mkdir(parents=True)
        write_byte_tokenizer(made)
        model.save_pretrained(made)
    return made


def measured(name: str, way: str, folder: Path) -> dict[str, Any]:
    """What one case gives: loss, gradients, trained names, whether the base stayed as it was."""
    import torch
    from tests.fixtures_train import make_config, make_sequences

    from burnish.core.registry import TUNERS
    from burnish.data.collate import batch_of
    from burnish.nn import unsloth
    from burnish.nn.kernels.swap import swap
    from burnish.nn.load import load_model
    from burnish.nn.packed import settle
    from burnish.nn.scorer import Scorer
    from burnish.train.mesh import Mesh
    from burnish.train.weights import load_options

    family, flags = CASES[name]
    is_long = name.endswith("long")
    base = base_of(family, folder, 32 if is_long else 2048)
    options = {"gradient_checkpointing": False, "dtype": "bf16", **flags}
    if way == "exact":
        options["dtype"] = "fp32"
    config = make_config(**options, tuner_backend="unsloth" if way == "unsloth" else "peft")
    recompute = bool(options["gradient_checkpointing"])
    mesh = Mesh(torch.float32 if way == "exact" else load_options(config).dtype)
    given = load_options(config, "cpu" if way == "exact" else "cuda")
    if way == "exact":
        object.__setattr__(given, "dtype", torch.float64)
        object.__setattr__(given, "attention", "eager")
        object.__setattr__(given, "quant", None)
    torch.manual_seed(1)
    by_unsloth = way == "unsloth"
    model = unsloth.load(base, given, recompute) if by_unsloth else load_model(base, given)
    after_load = torch.rand(3)
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    tuner = TUNERS.find(config.value("sft_type"))
    torch.manual_seed(2)
    model = tuner.attach(model, config, 10)
    start = {n: p.detach().float().cpu() for n, p in model.named_parameters() if p.requires_grad}
    lines = unsloth.drive(model, recompute) if by_unsloth else swap(model)
    if recompute and not by_unsloth:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    if way != "exact":
        mesh.decide_autocast(model)
    move(model)
    with mesh.forward():
        scorer = Scorer(model)
        flat = settle(scorer)
    model.train()
    sequences = make_sequences((40, *LENGTHS) if is_long else LENGTHS)
    batch = batch_of([[s] for s in sequences], 0, flat).to("cpu" if way == "exact" else "cuda")
    torch.manual_seed(3)
    with mesh.forward():
        scores = scorer(batch, even=True)
        loss = -scores.logps.sum() / len(batch.targets)
    (loss * (1024 if options["dtype"] == "fp16" else 1)).backward()
    scale = 1024 if options["dtype"] == "fp16" else 1
    trained = {n: p for n, p in model.named_parameters() if p.requires_grad}
    after = {n.replace("base_model.model.", "").replace(".base_layer", ""): p
             for n, p in model.named_parameters()}  # fmt: skip
    frozen = [n for n, p in before.items() if n in after and not after[n].requires_grad]
    return {
        "loss": float(loss),
        "gradients": {n: p.grad.double().cpu() / scale for n, p in trained.items()},
        "trained": {n: str(p.dtype) for n, p in trained.items()},
        "start": start,
        "chance": after_load,
        "logps": scores.logps.detach().double().cpu(),
        "flat": flat,
        "autocast": mesh.autocast,
        "lines": lines,
        "base is untouched": "pissa" in name
        or all(torch.equal(before[n], after[n]) for n in frozen),
        "generation": model.generation_config.to_dict(),
        "config": {k: str(v) for k, v in model.config.to_dict().items()},
    }


def move(model: Any) -> None:
    """Put fixed numbers, the same by every way, into the trained weights of an adapter; add them
    to those of the model itself.
    """
    import torch

    for number, (name, parameter) in enumerate(sorted(model.named_parameters())):
        if not parameter.requires_grad:
            continue
        draw = torch.Generator().manual_seed(number)
        noise = torch.randn(parameter.shape, generator=draw).to(torch.bfloat16)
        if "lora_" in name and "magnitude" not in name:
            parameter.data.copy_(noise.to(parameter) / 32)
        elif "lora_" not in name:
            moved = parameter.data.float() + noise.to(parameter.device).float() / 64
            parameter.data.copy_(moved.to(torch.bfloat16))


if __name__ == "__main__":
    main()
