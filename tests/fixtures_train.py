"""What tests of training share: models of several families, sequences, flags, stand-in parts."""

import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
import transformers
from torch import nn

from burnish.commands.sft import COMMAND
from burnish.config import store
from burnish.config.config import Config
from burnish.config.resolve import resolve
from burnish.data.sample import IGNORE, Encoded, SampleId

VOCABULARY = 97
SMALL = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "initializer_range": 0.2,  # the usual 0.02 is so flat that a wrong scale hides in it
    "bos_token_id": None,
    "eos_token_id": 1,
    "pad_token_id": 0,
}
OWN = {
    "gemma2": {"final_logit_softcapping": 3.0, "head_dim": 8, "sliding_window": 16},
    "cohere": {"logit_scale": 0.25},
    "granite": {"logits_scaling": 4.0},
    "glm": {"head_dim": 8},
}
FAMILIES = {
    "llama": ("LlamaConfig", "LlamaForCausalLM"),
    "qwen2": ("Qwen2Config", "Qwen2ForCausalLM"),
    "gemma2": ("Gemma2Config", "Gemma2ForCausalLM"),
    "cohere": ("CohereConfig", "CohereForCausalLM"),
    "granite": ("GraniteConfig", "GraniteForCausalLM"),
    "mixtral": ("MixtralConfig", "MixtralForCausalLM"),
    "glm": ("GlmConfig", "GlmForCausalLM"),
}


def make_model(family: str = "llama", *, tied: bool = False, seed: int = 0, **changes: Any) -> Any:
    """A model of `family`, two layers 32 wide, with random float32 weights."""
    config_name, class_name = FAMILIES[family]
    settings = {**SMALL, **OWN.get(family, {}), "tie_word_embeddings": tied, **changes}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = getattr(transformers, config_name)(**settings)
        return getattr(transformers, class_name)(config).float()


def make_sequences(
    lengths: Iterable[int], *, seed: int = 0, source: str = "rows.jsonl", prompt: int = 2
) -> list[Encoded]:
    """Random sequences; the first `prompt` positions carry no loss, nor does the last."""
    draw = torch.Generator().manual_seed(seed)
    made = []
    for row, length in enumerate(lengths, 1):
        ids = torch.randint(2, VOCABULARY, (length,), generator=draw).tolist()
        labels = [*ids[1:], IGNORE]
        hidden = min(prompt, length - 1)
        labels[:hidden] = [IGNORE] * hidden
        made.append(Encoded(SampleId(source, row), ids, labels))
    return made


def make_config(**values: Any) -> Config:
    """The flags of `burnish sft` with these values."""
    return resolve(COMMAND, {"model_type": "demo", "dataset": ["rows.jsonl"], **values})


def gradients(model: nn.Module) -> dict[str, torch.Tensor]:
    """A copy of every gradient there is, by name."""
    return {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


def assert_same_gradients(
    found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor], part: float = 1e-4
) -> None:
    """Each gradient within `part` of its tensor's largest entry."""
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        error = (found[name] - gradient).abs().max().item()
        assert error <= part * gradient.abs().max().item(), f"{name}: {error}"


def fill(model: nn.Module, seed: int = 1, scale: float = 0.3) -> None:
    """Move every trained weight away from where it starts (B of LoRA starts at 0)."""
    draw = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        if parameter.requires_grad:
            noise = torch.randn(parameter.shape, generator=draw) * scale
            parameter.data += noise.to(parameter)


def single_mesh() -> Any:
    """The mesh of one process, for code that only adds up over ranks."""
    from burnish.train.mesh import Mesh

    return Mesh(torch.float32)


def namespace(**values: Any) -> Any:
    """An object with just these attributes, where a function reads only them of a Run."""
    return SimpleNamespace(**values)


def write_files(folder: Path, **contents: str) -> Path:
    """A folder with these files; a double underscore in a name stands for the dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


ROWS = (
    ("What is the colour of the sky?", "It is blue."),
    ("And of grass?", "Green, most of the year, unless it is dry."),
    ("Count to three.", "One, two, three."),
    ("Say hello.", "Hello!"),
    ("What do bees make?", "Honey, and wax."),
    ("Name a river.", "The Danube runs through ten countries."),
)


def write_rows(file: Path, count: int = 12) -> Path:
    """A jsonl file of `count` questions and answers of unlike lengths."""
    rows = (
        {"query": f"{ROWS[i % 6][0]} ({i})", "response": ROWS[i % 6][1] * (1 + i % 3)}
        for i in range(count)
    )
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def run_flags(model_folder: Path, folder: Path, **flags: Any) -> dict[str, Any]:
    """Flags of a run of six steps on 12 rows that writes into `folder`/out."""
    rows = folder / "rows.jsonl"
    if not rows.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_rows(rows)
    return {
        "model_type": None,
        "model_id_or_path": str(model_folder),
        "dataset": [str(rows)],
        "output_dir": folder / "out",
        "add_output_dir_suffix": False,
        "dtype": "fp32",
        "batch_size": 2,
        "gradient_accumulation_steps": 1,
        "dataset_test_ratio": 0.0,
        "report_to": ["none"],
        "num_train_epochs": 1,
        "disable_tqdm": True,
        **flags,
    }


def make_run(model_folder: Path, folder: Path, **flags: Any) -> Any:
    """A Run of one process, built by the product's own code and not started."""
    from burnish.core.registry import TUNERS
    from burnish.train import place, run
    from burnish.train.interrupt import StopRequest
    from burnish.tuners.base import fitted

    config = make_config(**run_flags(model_folder, folder, **flags))
    config = fitted(config, TUNERS.find(config.value("sft_type")))
    mesh = run.build_mesh(config)
    out = place.run_folder(config, mesh)
    store.save(config, out / "sft_args.json")
    return run.build(config, mesh, StopRequest(), out, run.inputs(config))
