"""Parameter groups: what decays, what learns faster, and that nothing is lost on the way."""

import pytest
import torch
from tests.fixtures_train import make_config, make_model

from burnish.config.groups.optim import SERVED
from burnish.core.registry import TUNERS
from burnish.nn.split_adamw import SplitAdamW
from burnish.optim.base import build_optimizer, find_optimizer, is_half, parameter_groups
from burnish.optim.each import Each


def lora(**flags):
    config = make_config(sft_type="lora", target_modules=["ALL"], **flags)
    return TUNERS.find("lora").attach(make_model("qwen2"), config, 10)


def by_name(groups):
    """{parameter name: (rate, decay)}"""
    return {n: (g["lr"], g["weight_decay"]) for g in groups for n in g["names"]}


@pytest.mark.parametrize("family", ["llama", "qwen2", "cohere", "gemma2"])
def test_biases_and_norms_do_not_decay(family):
    """Cohere's norms of queries and keys have a weight for each head: two dimensions."""
    model = make_model(family, **({"use_qk_norm": True} if family == "cohere" else {}))
    found = by_name(parameter_groups(model, 1e-4, 0.1))
    for name, parameter in model.named_parameters():
        flat = parameter.ndim < 2 or "norm" in name
        assert found[name] == (1e-4, 0.0 if flat else 0.1), name


def test_every_trained_parameter_is_in_one_group():
    model = lora()
    groups = parameter_groups(model, 1e-4, 0.1, 16.0)
    found = [p for g in groups for p in g["params"]]
    trained = [p for p in model.parameters() if p.requires_grad]
    assert sorted(map(id, found)) == sorted(map(id, trained))
    names = dict(model.named_parameters())
    for group in groups:
        assert [id(names[n]) for n in group["names"]] == [id(p) for p in group["params"]]


def test_tied_weights_count_once():
    groups = parameter_groups(make_model("llama", tied=True), 1e-4, 0.1)
    assert sum("embed_tokens" in n or "lm_head" in n for g in groups for n in g["names"]) == 1


def test_lora_plus_speeds_up_b():
    found = by_name(parameter_groups(lora(lora_bias_trainable="all"), 1e-4, 0.1, 16.0))
    for name, (rate, _) in found.items():
        fast = "lora_B" in name or name.endswith("bias")
        assert rate == pytest.approx(16e-4 if fast else 1e-4), name
    assert set(by_name(parameter_groups(lora(), 1e-4, 0.1)).values()) == {(1e-4, 0.1)}


def test_lora_plus_is_pefts():
    """The rates of peft's own construction, name by name."""
    from peft.optimizers import create_loraplus_optimizer

    model = lora()
    theirs = create_loraplus_optimizer(
        model, torch.optim.AdamW, lr=1e-4, loraplus_lr_ratio=8.0, loraplus_weight_decay=0.1
    )
    expected = {id(p): g["lr"] for g in theirs.param_groups for p in g["params"]}
    names = dict(model.named_parameters())
    for name, (rate, _) in by_name(parameter_groups(model, 1e-4, 0.1, 8.0)).items():
        assert rate == pytest.approx(expected[id(names[name])]), name


def test_lora_plus_on_embeddings_learns_slowly():
    config = make_config(sft_type="lora", target_modules=["EMBEDDING"])
    model = TUNERS.find("lora").attach(make_model("llama"), config, 10)
    rates = {rate for rate, _ in by_name(parameter_groups(model, 1e-4, 0.1, 16.0)).values()}
    assert rates == {1e-6}


def test_lora_plus_tells_embeddings_matrices_and_vectors_apart():
    """A at the rate, B and whatever is no matrix at rate x ratio, LoRA on embeddings at 1e-6; a
    module that is trained in full, an embedding too, is like A. Weight decay goes by shape.
    """
    config = make_config(
        sft_type="lora", target_modules=["q_proj", "embed_tokens"], use_dora=True,
        modules_to_save=["lm_head", "norm"],
    )  # fmt: skip
    model = TUNERS.find("lora").attach(make_model("llama"), config, 10)
    found = by_name(parameter_groups(model, 1e-4, 0.1, 16.0))
    expected = {
        "lora_embedding_A": (1e-6, 0.1), "lora_embedding_B": (1e-6, 0.1),
        "embed_tokens.lora_magnitude_vector": (16e-4, 0.0),
        "q_proj.lora_magnitude_vector": (16e-4, 0.0),
        "lora_A": (1e-4, 0.1), "lora_B": (16e-4, 0.1),
        "norm.modules_to_save": (16e-4, 0.0), "lm_head.modules_to_save": (1e-4, 0.1),
    }  # fmt: skip
    seen = set()
    for name, (rate, decay) in found.items():
        key = next(k for k in expected if k in name)
        seen.add(key)
        assert (rate, decay) == (pytest.approx(expected[key][0]), expected[key][1]), name
    assert seen == expected.keys()


def test_what_is_apart_has_groups_of_its_own():
    model = make_model("llama")
    apart = {id(model.lm_head.weight), id(model.model.norm.weight)}
    groups = parameter_groups(model, 1e-4, 0.1, None, apart)
    named = {n for g in groups if g.get("apart") for n in g["names"]}
    assert named == {"lm_head.weight", "model.norm.weight"}
    assert sum(len(g["params"]) for g in groups) == len(list(model.parameters()))


@pytest.mark.parametrize(
    ("name", "dtype", "expected"),
    [
        ("adamw_torch", torch.float32, torch.optim.AdamW),
        ("adamw_torch", torch.bfloat16, SplitAdamW),
        ("adamw_torch_fused", torch.float32, torch.optim.AdamW),
        ("adamw_hf", torch.float32, torch.optim.AdamW),
        ("sgd", torch.float32, Each),
        ("lion_32bit", torch.bfloat16, Each),
        ("muon", torch.bfloat16, Each),
    ],
)
def test_flags_reach_the_optimiser(name, dtype, expected):
    config = make_config(
        optim=name, adam_beta1=0.8, adam_beta2=0.9, adam_epsilon=1e-6, learning_rate=3e-4,
        weight_decay=0.3,
    )  # fmt: skip
    optimizer = build_optimizer(make_model("llama").to(dtype), config)
    assert type(optimizer) is expected
    assert is_half(optimizer.param_groups) is (dtype != torch.float32)
    assert {g["lr"] for g in optimizer.param_groups} == {3e-4}
    assert optimizer.defaults["lr"] == 3e-4, "schedules look there for the peak"
    assert sorted({g["weight_decay"] for g in optimizer.param_groups}) == [0.0, 0.3]
    group = optimizer.param_groups[0]
    if name != "sgd":
        assert group["betas"] == (0.8, 0.9)
    if name not in ("sgd", "lion_32bit"):
        assert group["eps"] == 1e-6


def test_every_choice_that_is_served_has_a_builder():
    for name in SERVED:
        assert callable(find_optimizer(name)), name
    with pytest.raises(AssertionError):
        find_optimizer("nothing")
