"""LISA: how many layers train, when they are drawn, and what becomes of those that rest."""

import random

import pytest
import torch
from tests.fixtures_train import make_config, make_model, make_run, namespace
from tests.tiny import write_tiny_model

from burnish.core.errors import UsageError
from burnish.core.registry import HOOKS
from burnish.train.fit import fit
from burnish.train.hooks import lisa
from burnish.train.hooks.lisa import decoder_layers, drawn
from burnish.train.run import take_up

LAYERS, COUNT, INTERVAL = 6, 2, 3
FLAGS = {"sft_type": "full", "lisa_activated_layers": COUNT, "lisa_step_interval": INTERVAL,
         "learning_rate": 1e-2, "batch_size": 1, "max_steps": 12}  # fmt: skip


@pytest.fixture(scope="module")
def deep(tmp_path_factory):
    """A model of six layers."""
    return write_tiny_model(tmp_path_factory.mktemp("deep"), layers=LAYERS)


def watched(run):
    """Fits `run`; per step, which layers had a gradient and the optimiser's moments at the end."""
    seen = []
    look = namespace(
        start=lambda run: None,
        before_zero=lambda step, run: seen.append(with_gradients(run.model)),
        after_step=lambda step, run: None,
    )
    object.__setattr__(run, "hooks", (*run.hooks, look))
    fit(run)
    return seen


def with_gradients(model):
    layers = decoder_layers(model)
    every = [all(p.grad is not None for p in layer.parameters()) for layer in layers]
    some = [any(p.grad is not None for p in layer.parameters()) for layer in layers]
    assert every == some, "a layer trains as a whole"
    inside = {id(p) for layer in layers for p in layer.parameters()}
    assert all(p.grad is not None for p in model.parameters() if id(p) not in inside)
    return {i for i, trains in enumerate(every) if trains}


def check_draws(run):
    """Exactly so many layers train at each step from the first; drawn anew at every interval."""
    seen = watched(run)
    assert [len(chosen) for chosen in seen] == [COUNT] * 12
    parts = [seen[i : i + INTERVAL] for i in range(0, 12, INTERVAL)]
    assert all(chosen == part[0] for part in parts for chosen in part)
    assert len({frozenset(part[0]) for part in parts}) > 1, "never drawn anew"


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
@pytest.mark.parametrize("optim", ["adamw_torch", "sgd", "adafactor"])
def test_exactly_so_many_layers_train(deep, tmp_path, dtype, optim):
    run = make_run(deep, tmp_path, dtype=dtype, optim=optim, **FLAGS)
    check_draws(run)


@pytest.mark.parametrize("fault", ["never drawn anew", "no draw at the start", "one too many"])
def test_a_wrong_draw_is_caught(fault, deep, tmp_path, monkeypatch):
    if fault == "never drawn anew":
        hook = lisa.Hook(wanted=lisa.wanted, start=lisa.start)
        monkeypatch.setattr(lisa, "HOOK", hook)
    elif fault == "no draw at the start":
        hook = lisa.Hook(wanted=lisa.wanted, after_step=lisa.after_step)
        monkeypatch.setattr(lisa, "HOOK", hook)
    else:
        monkeypatch.setattr(lisa, "drawn", lambda n, k, *rest: drawn(n, k + 1, *rest))
    assert HOOKS.find("lisa") is lisa.HOOK
    with pytest.raises(AssertionError):
        check_draws(make_run(deep, tmp_path, **FLAGS))


def test_layers_that_rest_stay_and_hold_no_moments(deep, tmp_path):
    run = make_run(deep, tmp_path, **{**FLAGS, "max_steps": 3})  # one draw
    before = [
        [p.detach().clone() for p in layer.parameters()] for layer in decoder_layers(run.model)
    ]
    chosen = watched(run)[0]
    for index, layer in enumerate(decoder_layers(run.model)):
        for old, p in zip(before[index], layer.parameters(), strict=True):
            assert torch.equal(old, p) == (index not in chosen)
    now = {i for i, layer in enumerate(decoder_layers(run.model))
           if next(layer.parameters()).requires_grad}  # fmt: skip
    for index, layer in enumerate(decoder_layers(run.model)):
        for p in layer.parameters():
            assert bool(run.optimizer.state.get(p)) == (index in now & chosen)


def test_memory_is_that_of_the_layers_that_train(deep, tmp_path):
    run = make_run(deep, tmp_path, **FLAGS)
    fit(run)
    inside = {id(p) for layer in decoder_layers(run.model) for p in layer.parameters()}
    held = sum(p.numel() for p, s in run.optimizer.state.items() if id(p) in inside and s)
    assert held <= sum(p.numel() for p in decoder_layers(run.model)[0].parameters()) * COUNT


def test_a_bfloat16_weight_keeps_its_other_half_while_it_rests(deep, tmp_path):
    run = make_run(deep, tmp_path, dtype="bf16", **FLAGS)
    fit(run)
    resting = [p for layer in decoder_layers(run.model) for p in layer.parameters()
               if not p.requires_grad and p in run.optimizer.state]  # fmt: skip
    assert resting
    for p in resting:
        assert run.optimizer.state[p].keys() == {"low"}
        assert run.optimizer.state[p]["low"].abs().max() > 0


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
@pytest.mark.parametrize("at", [3, 4, 8])
def test_it_goes_on_bit_for_bit(deep, tmp_path, dtype, at):
    """Also in the middle of an interval, and from another state of the random generators."""
    flags = {**FLAGS, "dtype": dtype, "save_steps": at, "save_total_limit": -1}
    whole = make_run(deep, tmp_path, **flags)
    seen = watched(whole)
    random.seed(5), torch.manual_seed(5)
    parts = make_run(deep, tmp_path, **{**flags, "output_dir": tmp_path / "second"})
    take_up(parts, whole.folder / f"checkpoint-{at}")
    assert watched(parts) == seen[at:]
    for (name, p), q in zip(
        whole.model.named_parameters(), parts.model.named_parameters(), strict=True
    ):
        assert torch.equal(p, q[1]), name


def test_a_draw_depends_on_seed_and_number_alone():
    draws = {frozenset(drawn(12, 2, 42, number)) for number in range(50)}
    assert len(draws) > 20 and all(len(d) == 2 for d in draws)
    assert set().union(*draws) == set(range(12)), "every layer has its turn"
    state = torch.get_rng_state()
    assert drawn(12, 2, 42, 7) == drawn(12, 2, 42, 7)
    assert torch.equal(torch.get_rng_state(), state), "dropout draws as without LISA"
    assert {frozenset(drawn(12, 2, seed, 0)) for seed in (-5, 0, 1, 2, 2**32)} != 1
    assert drawn(4, 4, 1, 1) == {0, 1, 2, 3}


@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma2", "cohere", "mixtral"])
def test_the_layers_are_found(family):
    model = make_model(family, num_hidden_layers=3)
    assert decoder_layers(model) == list(model.model.layers)


def test_weights_that_flags_freeze_stay_frozen(deep, tmp_path):
    frozen = ["model.embed_tokens", "model.layers.0.mlp"]
    flags = {**FLAGS, "lisa_activated_layers": LAYERS, "freeze_parameters": frozen, "max_steps": 2}
    run = make_run(deep, tmp_path, **flags)
    fit(run)
    for name, p in run.model.named_parameters():
        assert p.requires_grad != name.startswith(tuple(frozen)), name


def test_more_layers_than_there_are(deep, tmp_path):
    run = make_run(deep, tmp_path, **{**FLAGS, "lisa_activated_layers": 7})
    with pytest.raises(UsageError, match="more than the 6 layers"):
        fit(run)


def test_only_with_full_tuning():
    with pytest.raises(UsageError) as raised:
        make_config(lisa_activated_layers=2)
    assert "--lisa_activated_layers 2" in str(raised.value)
    assert "--sft_type lora" in str(raised.value) and "--sft_type full" in str(raised.value)
    assert not lisa.HOOK.wanted(make_config())
