"""The walk over every tuner: its cases with what is known of each, and the steps of the walk.

A tuner joins by being in the registry; `test_every_tuner.py` fails until it has a case here.
"""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tests.fixtures_train import make_config, make_model, make_run
from tests.tiny import SPECIALS, write_byte_tokenizer
from torch import nn

from burnish.core.adapter import adapter_folder
from burnish.core.registry import TUNERS
from burnish.tuners.base import Tuner

FAMILIES = ("llama", "qwen2", "glm")
VOCABULARY = 256 + len(SPECIALS)
IDS = torch.arange(40, 64).reshape(2, 12)
Count = Callable[[nn.Module], int]


@dataclass(frozen=True)
class Case:
    """One way to call a tuner, and what must hold of it."""

    sft_type: str
    flags: dict[str, Any] = field(default_factory=dict)
    starts_as_base: bool = True
    """Whether the fresh model gives the base's logits (within `start`)."""
    start: float = 1e-5
    claims: str = ""
    """Expression found in the name of every trained weight, and of no other."""
    count: Count | None = None
    """(base model) -> trained elements."""
    shifts_base: bool = False
    """Whether base weights are changed once, before training (pissa)."""
    reload: float = 1e-5
    """How far the logits of the loaded model may be from those of the trained one."""
    rate: float = 1e-2
    families: tuple[str, ...] = FAMILIES
    """The families that it takes."""
    grows: bool = False
    """Whether the merged model has layers that the base has not."""

    @property
    def tuner(self) -> Tuner:
        return TUNERS.find(self.sft_type)


def shapes(model: nn.Module, *names: str) -> Iterator[tuple[int, int]]:
    """(out, in) of every linear layer with one of these last names."""
    for path, module in model.named_modules():
        if path.rsplit(".", 1)[-1] in names and isinstance(module, nn.Linear):
            yield module.out_features, module.in_features


def over(*names: str, each: Callable[[int, int], int]) -> Count:
    """The sum of `each(out, in)` over the layers of these names."""
    return lambda model: sum(each(o, i) for o, i in shapes(model, *names))


QKV = ("q_proj", "k_proj", "v_proj")
LINEAR = (*QKV, "o_proj", "gate_proj", "up_proj", "gate_up_proj", "down_proj")
LORA = r"\.lora_[AB]\."
CASES: dict[str, Case] = {
    "full": Case("full", claims="", count=lambda m: sum(p.numel() for p in m.parameters())),
    "lora": Case("lora", claims=LORA, count=over(*QKV, each=lambda o, i: 8 * (o + i))),
    "lora-swift": Case("lora", {"tuner_backend": "swift"}, claims=LORA),
    "dora": Case("lora", {"use_dora": True}, claims=r"\.lora_", start=1e-4),
    "llamapro": Case(
        "llamapro",
        {"llamapro_num_new_blocks": 2},
        start=0.0,
        claims=r"\.layers\.[13]\.",
        count=lambda m: sum(p.numel() for p in m.model.layers.parameters()),
        grows=True,
    ),
    "reft-no": Case(
        "reft",
        {"reft_intervention_type": "NoreftIntervention"},
        starts_as_base=False,
        claims=r"\.layers\.\d\.reft\.",
        count=lambda m: 2 * (2 * 4 * 32 + 4),
    ),
    "reft-lo": Case(
        "reft",
        {"reft_intervention_type": "LoreftIntervention"},
        starts_as_base=False,
        claims=r"\.layers\.\d\.reft\.",
        count=lambda m: 2 * (2 * 4 * 32 + 4),
    ),
    "reft-cons": Case(
        "reft",
        {"reft_intervention_type": "ConsreftIntervention"},
        starts_as_base=False,
        claims=r"\.layers\.\d\.reft\.",
        count=lambda m: 2 * (4 * 32 + 4),
    ),
    "reft-lobi": Case(
        "reft",
        {"reft_intervention_type": "LobireftIntervention"},
        starts_as_base=False,
        claims=r"\.layers\.\d\.reft\.",
        count=lambda m: 2 * (4 * 32 + 4),
    ),
    "reft-di": Case(
        "reft",
        {"reft_intervention_type": "DireftIntervention"},
        starts_as_base=False,
        claims=r"\.layers\.\d\.reft\.",
        count=lambda m: 2 * (2 * 4 * 32 + 4),
    ),
    "reft-nodi": Case(
        "reft",
        {"reft_intervention_type": "NodireftIntervention"},
        starts_as_base=False,
        claims=r"\.layers\.\d\.reft\.",
        count=lambda m: 2 * (2 * 4 * 32 + 4),
    ),
    "p_tuning": Case(
        "p_tuning",
        {"pre_seq_len": 3},
        starts_as_base=False,
        claims=r"^prefix\.embedding\.",
        count=lambda m: 3 * 2 * 2 * 16,
    ),
    "p_tuning-projection": Case(
        "p_tuning",
        {"pre_seq_len": 3, "prefix_projection": True},
        starts_as_base=False,
        claims=r"^prefix\.",
        count=lambda m: 3 * 32 + 32 * 32 + 32 + 32 * 64 + 64,
    ),
    "freeze": Case(
        "freeze",
        {"num_layer_trainable": 1},
        start=0.0,
        claims=r"layers\.1\.mlp\.",
        count=lambda m: sum(p.numel() for p in m.model.layers[1].mlp.parameters()),
        shifts_base=True,
    ),
    "freeze-first": Case(
        "freeze",
        {"num_layer_trainable": -1, "name_module_trainable": "qkv"},
        start=0.0,
        claims=r"layers\.0\.self_attn\.[qkv]_proj\.",
        shifts_base=True,
    ),
    "longlora": Case(
        "longlora",
        {"max_length": 80},
        claims=LORA + r"|\.(embed_tokens|norm|input_layernorm|post_attention_layernorm)\.",
        count=lambda m: over(*QKV, each=lambda o, i: 8 * (o + i))(m) + VOCABULARY * 32 + 5 * 32,
        families=("llama",),
    ),
    "adapter": Case(
        "adapter",
        {"adapter_length": 6},
        claims=r"\.mlp\.adapter\.(up|down)\.",
        count=lambda m: 2 * (6 * 32 + 6 + 32 * 6 + 32),
    ),
    "rslora": Case("lora", {"use_rslora": True, "target_modules": ["ALL"]}, claims=LORA),
    "gaussian": Case("lora", {"init_lora_weights": "gaussian"}, claims=LORA),
    "random": Case("lora", {"init_lora_weights": "false"}, False, claims=LORA),
    "pissa": Case(
        "lora", {"init_lora_weights": "pissa"}, start=1e-4, claims=LORA, shifts_base=True,
        reload=1e-5, count=over(*QKV, each=lambda o, i: 8 * (o + i)),
    ),
    "pissa-niter": Case(
        "lora", {"init_lora_weights": "pissa_niter_4", "use_rslora": True, "lora_rank": 4},
        start=1e-4, claims=LORA, shifts_base=True,
    ),
    "embedding": Case(
        "lora", {"target_modules": ["EMBEDDING", "q_proj"]}, claims=r"\.lora_(embedding_)?[AB]\b"
    ),
    "saved": Case(
        "lora", {"modules_to_save": ["EMBEDDING", "LN", "lm_head"]},
        claims=LORA + r"|modules_to_save",
    ),
    "adalora": Case(
        "adalora", {"adalora_tinit": 1, "adalora_target_r": 2, "adalora_init_r": 4},
        claims=r"\.lora_[AEB]\.", count=over(*QKV, each=lambda o, i: 4 * (o + i + 1)),
    ),
    "adalora-seldom": Case(
        "adalora", {"adalora_tinit": 1, "adalora_tfinal": 1, "adalora_deltaT": 2},
        claims=r"\.lora_[AEB]\.",
    ),
    "ia3": Case(
        "ia3", claims=r"\.ia3_l\.", start=0.0,
        count=lambda m: sum(o for o, _ in shapes(m, "k_proj", "v_proj"))
        + sum(i for _, i in shapes(m, "down_proj")),
    ),
    "vera": Case(
        "vera", {"vera_rank": 16, "target_modules": ["ALL"]}, claims=r"\.vera_lambda_[bd]\.",
        count=lambda m: sum(o + 16 for o, _ in shapes(m, *LINEAR)),
    ),
    "vera-unsaved": Case(
        "vera", {"vera_rank": 16, "vera_projection_prng_key": False},
        claims=r"\.vera_lambda_[bd]\.",
    ),
    "boft": Case(
        "boft", claims=r"\.boft_[Rs]\.",
        count=over(*QKV, each=lambda o, i: i // 4 * 16 + o),
    ),
    "fourierft": Case(
        "fourierft", {"fourier_n_frequency": 50, "fourier_scaling": 30.0}, False,
        claims=r"\.fourierft_spectrum\.",
        count=over(*QKV, each=lambda o, i: 50),
    ),
}  # fmt: skip
"""By id. A tuner has at least one."""


def cases() -> list[str]:
    return [name for name, case in CASES.items() if case.sft_type in TUNERS.names()]


def pairs() -> list[tuple[str, str]]:
    """Every case with every family that it takes."""
    return [(name, family) for name in cases() for family in CASES[name].families]


def without_case() -> set[str]:
    """Tuners of the registry that nobody walks."""
    return set(TUNERS.names()) - {case.sft_type for case in CASES.values()}


def base_folder(folder: Path, family: str) -> Path:
    """A tiny model of `family` on disk, with a byte tokenizer."""
    if not (folder / "config.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_byte_tokenizer(folder)
        base_model(family).save_pretrained(folder)
    return folder


def base_model(family: str, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Any:
    """The same model in memory; as when it is read from there, tables of positions are float32."""
    changes = {"vocab_size": VOCABULARY, "max_position_embeddings": 512}
    model = make_model(family, **changes, eos_token_id=258, pad_token_id=256)
    for parameter in model.parameters():
        parameter.data = parameter.data.to(dtype)
    return model.to(device)


def attach(case: Case, family: str, total: int = 4, **place: Any) -> nn.Module:
    """A fresh model; `place`: the device or dtype of its base."""
    torch.manual_seed(0)
    return case.tuner.attach(base_model(family, **place), config_of(case), total)


def still(model: nn.Module) -> nn.Module:
    """Without dropout: layouts draw it for other places."""
    for module in model.modules():
        if "dropout" in type(module).__name__.lower():
            module.p = 0.0
    return model


def config_of(case: Case, **flags: Any) -> Any:
    return make_config(sft_type=case.sft_type, **{"dtype": "fp32", **case.flags, **flags})


def logits(model: Any) -> torch.Tensor:
    model.eval()
    ids = IDS.to(next(model.parameters()).device)
    with torch.no_grad():
        return model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits.float()


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def frozen(model: nn.Module) -> dict[str, torch.Tensor]:
    return {n: p.detach().clone() for n, p in model.named_parameters() if not p.requires_grad}


def digest(tensor: torch.Tensor) -> str:
    """A name for a tensor's shape and bits."""
    data = tensor.detach().contiguous().view(torch.uint8).numpy().tobytes()
    return f"{tuple(tensor.shape)} {hashlib.sha256(data).hexdigest()}"


def start_run(case: Case, base: Path, folder: Path, **flags: Any) -> Any:
    """A run of four steps of three short rows, saved after two and four, and not yet started."""
    flags = {
        "learning_rate": case.rate, "max_steps": 4, "save_steps": 2, "save_total_limit": -1,
        "batch_size": 3, "logging_steps": 1, "sft_type": case.sft_type, **case.flags, **flags,
    }  # fmt: skip
    return make_run(base, folder, **flags)


def stir() -> None:
    """Another state of every generator."""
    random.seed(99), torch.manual_seed(99)


def load(case: Case, base: Any, checkpoint: Path, **place: Any) -> Any:
    """What inference does with a checkpoint; `place`: its device and dtype, for a whole model."""
    if case.tuner.saves == "model":
        from burnish.nn.load import LoadOptions, load_model

        base = load_model(checkpoint, LoadOptions(**place))
    return case.tuner.load(base, adapter_folder(checkpoint))


def logits_elsewhere(
    jobs: list[tuple[str, str, Path]], folder: Path, device: str = "cpu", dtype: str = "fp32"
) -> dict[str, torch.Tensor]:
    """Logits of each (case, family, checkpoint), loaded in one fresh process with other random
    numbers.
    """
    listed = folder / "jobs.txt"
    listed.write_text("\n".join("\t".join(map(str, job)) for job in jobs))
    out = folder / "logits.safetensors"
    command = [sys.executable, "-m", "tests.tuners.walk", str(listed), str(out), device, dtype]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return load_file(out)


def main(listed: str, out: str, device: str, dtype: str) -> None:
    from burnish.nn.load import DTYPES

    found, place = {}, {"device": device, "dtype": DTYPES[dtype]}
    for line in Path(listed).read_text().splitlines():
        name, family, checkpoint = line.split("\t")
        stir()
        model = load(CASES[name], base_model(family, **place), Path(checkpoint), **place)
        found[f"{name} {family}"] = logits(model).contiguous().cpu()
    save_file(found, out)


def claimed(case: Case, name: str) -> bool:
    return re.search(case.claims, name) is not None


if __name__ == "__main__":
    main(*sys.argv[1:])
