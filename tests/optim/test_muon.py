"""Muon: orthogonal updates inside the model, AdamW elsewhere."""

import pytest
import torch
from tests.fixtures_train import make_config, make_model

from burnish.core.registry import TUNERS
from burnish.optim.base import build_optimizer
from burnish.optim.muon import matrices, orthogonal


def built(model):
    flags = {"optim": "muon", "sft_type": "full", "learning_rate": 1e-2, "weight_decay": 0.1}
    return build_optimizer(model, make_config(**flags))


@pytest.mark.parametrize("shape", [(16, 48), (48, 16), (32, 32), (3, 16, 24)])
def test_the_singular_values_become_one_or_so(shape):
    u, _, v = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    matrix = u * torch.linspace(5, 0.5, u.shape[-1]) @ v
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert values.min() > 0.3 and values.max() < 1.3


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma2", "mixtral"])
def test_it_takes_the_matrices_inside(family, tied):
    model = make_model(family, tied=tied)
    found = {name for name, p in model.named_parameters() if id(p) in matrices(model)}
    expected = {n for n, p in model.named_parameters() if ".layers." in n and p.ndim >= 2}
    assert found == expected and len(found) >= 8


def test_of_an_adapter_it_takes_the_matrices_inside():
    config = make_config(
        sft_type="lora", target_modules=["q_proj", "embed_tokens"], use_dora=True,
        modules_to_save=["lm_head", "norm"],
    )  # fmt: skip
    model = TUNERS.find("lora").attach(make_model("llama"), config, 10)
    found = {name for name, p in model.named_parameters() if id(p) in matrices(model)}
    assert len(found) == 4 and all("q_proj.lora_A" in n or "q_proj.lora_B" in n for n in found)


def test_it_is_torchs_muon_and_adamw():
    ours, theirs = make_model("llama"), make_model("llama")
    inside = matrices(theirs)
    muon = torch.optim.Muon(
        [p for p in theirs.parameters() if id(p) in inside],
        lr=1e-2, weight_decay=0.1, momentum=0.95, adjust_lr_fn="match_rms_adamw",
    )  # fmt: skip
    rest = [p for n, p in theirs.named_parameters() if id(p) not in inside and "norm" not in n]
    norms = [p for n, p in theirs.named_parameters() if "norm" in n]
    adam = torch.optim.AdamW(
        [{"params": rest, "weight_decay": 0.1}, {"params": norms, "weight_decay": 0.0}],
        lr=1e-2, betas=(0.9, 0.95),
    )  # fmt: skip
    optimizer = built(ours)
    start = {n: p.detach().clone() for n, p in ours.named_parameters()}
    for step in range(4):
        draw = torch.Generator().manual_seed(step)
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            p.grad = torch.randn(p.shape, generator=draw)
            q.grad = p.grad.clone()
        optimizer.step(), muon.step(), adam.step()
    for (name, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        went = (q - start[name]).norm()
        part = 0.03 if id(q) in inside else 1e-5  # torch iterates in bfloat16
        assert (p - q).norm() < part * went, name


def test_an_update_is_as_large_as_adamws():
    model = make_model("llama")
    optimizer = built(model)
    weight = model.model.layers[0].self_attn.q_proj.weight
    before = weight.detach().clone()
    weight.grad = torch.randn_like(weight) * 1e-4
    optimizer.step()
    size = (weight - before * (1 - 1e-3)).square().mean().sqrt()
    assert 0.1 * 1e-2 < size < 0.3 * 1e-2
