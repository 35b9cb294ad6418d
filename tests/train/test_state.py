"""What strict resume brings back, bit for bit, and what it refuses."""

import copy
import json
import logging
import random
import re

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.fixtures_train import make_model, make_run
from torch import nn

from burnish.core.errors import CheckpointError
from burnish.nn.split_adamw import SplitAdamW
from burnish.optim.base import parameter_groups
from burnish.train import checkpoint, state
from burnish.train.fit import fit
from burnish.train.run import take_up

OPTIMIZERS = [
    pytest.param(torch.optim.AdamW, {}, torch.float32, id="adamw"),
    pytest.param(torch.optim.AdamW, {"amsgrad": True}, torch.float32, id="amsgrad"),
    pytest.param(torch.optim.SGD, {}, torch.float32, id="sgd"),
    pytest.param(torch.optim.SGD, {"momentum": 0.9}, torch.float32, id="momentum"),
    pytest.param(SplitAdamW, {}, torch.bfloat16, id="split"),
]


def stepped(optimizer, parameters, seed, steps=3):
    draw = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        for parameter in parameters:
            parameter.grad = torch.randn(parameter.shape, generator=draw).to(parameter.dtype)
        optimizer.step()


@pytest.mark.parametrize(("kind", "options", "dtype"), OPTIMIZERS)
def test_an_optimiser_goes_on_bit_for_bit(kind, options, dtype, tmp_path):
    """Through the files, into a fresh optimiser."""
    model = make_model("qwen2").to(dtype)
    optimizer = kind(parameter_groups(model, 1e-2, 0.1), lr=1e-2, **options)
    stepped(optimizer, list(model.parameters()), seed=1)
    tensors, values = state.split(optimizer.state_dict())
    save_file(tensors, tmp_path / "state.safetensors")
    again = copy.deepcopy(model)
    fresh = kind(parameter_groups(again, 1e-2, 0.1), lr=1e-2, **options)
    values = json.loads(json.dumps(values))
    fresh.load_state_dict(state.join(load_file(tmp_path / "state.safetensors"), values))
    for old, new in zip(optimizer.param_groups, fresh.param_groups, strict=True):
        for key in old.keys() - {"params"}:
            assert old[key] == new[key], key
    for one, two in ((optimizer, model), (fresh, again)):
        stepped(one, list(two.parameters()), seed=2)
    for (name, old), new in zip(model.named_parameters(), again.parameters(), strict=True):
        assert torch.equal(old, new), name
    for p, q in zip(model.parameters(), again.parameters(), strict=True):
        for key, value in optimizer.state[p].items():
            other = fresh.state[q][key]
            assert value is other is None or (
                torch.equal(value, other) and value.dtype == other.dtype
            ), key


def test_random_numbers_go_on(tmp_path):
    random.seed(5), torch.manual_seed(5)
    random.random(), torch.rand(3)
    save_file(state.random_tensors(), tmp_path / "random-0.safetensors")
    (tmp_path / "random-0.json").write_text(json.dumps(random.getstate()))
    random.gauss(0, 1)
    expected = torch.rand(4)
    random.seed(6), torch.manual_seed(6)
    state.restore_random(tmp_path, rank=0)
    first = (random.random(), torch.rand(4))
    state.restore_random(tmp_path, rank=0)
    assert first[0] == random.random() and torch.equal(first[1], torch.rand(4))
    assert torch.equal(first[1], expected)
    before = torch.get_rng_state()
    state.restore_random(tmp_path, rank=3)
    assert torch.equal(torch.get_rng_state(), before), "a rank that was not there draws its own"


FLAGS = [
    pytest.param({"lora_dropout": 0.3, "target_modules": ["ALL"]}, id="lora"),
    pytest.param({"sft_type": "full"}, id="full"),
    pytest.param({"sft_type": "full", "dtype": "bf16"}, id="full-bf16"),
    pytest.param({"optim": "sgd", "lora_lr_ratio": 8.0}, id="sgd-lora-plus"),
    pytest.param({"neftune_noise_alpha": 5.0, "num_train_epochs": 2}, id="neftune-two-epochs"),
]


@pytest.mark.parametrize("flags", FLAGS)
def test_resuming_gives_the_uninterrupted_run(tiny_model, tmp_path, flags):
    flags = {"save_steps": 3, "learning_rate": 1e-2, "save_total_limit": -1, **flags}
    whole = make_run(tiny_model, tmp_path, **flags)
    fit(whole)
    parts = make_run(tiny_model, tmp_path, **{**flags, "output_dir": tmp_path / "second"})
    random.seed(99), torch.manual_seed(99)
    take_up(parts, whole.folder / "checkpoint-3")
    assert parts.clock.done == 3
    fit(parts)
    assert parts.clock.done == whole.clock.done >= 6
    weights = dict(whole.model.named_parameters())
    for name, parameter in parts.model.named_parameters():
        assert torch.equal(parameter, weights[name]), name
    losses = [
        [(h["global_step/max_steps"], h["loss"], h["learning_rate"]) for h in run.journal.history]
        for run in (whole, parts)
    ]
    assert losses[1][-1] == losses[0][-1]
    assert whole.meter.tokens_seen == parts.meter.tokens_seen
    ledgers = [run.ledger.path.read_text() for run in (whole, parts)]
    assert ledgers[0] == ledgers[1]


@pytest.fixture(scope="module")
def saved(tiny_model, tmp_path_factory):
    """A checkpoint of a short run."""
    run = make_run(tiny_model, tmp_path_factory.mktemp("saved"), save_steps=2, max_steps=2)
    fit(run)
    return run.folder / "checkpoint-2"


def test_other_data_or_order_is_refused(saved, tiny_model, tmp_path):
    for flags in ({"seed": 7}, {"batch_size": 3}, {"max_length": 60}):
        run = make_run(tiny_model, tmp_path, **flags)
        with pytest.raises(CheckpointError, match="data or its order") as raised:
            state.restore(run, saved)
        assert not re.search("[0-9a-f]{32}", str(raised.value)), "nobody reads a hash"


def test_other_trained_weights_are_refused(saved, tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, target_modules=["ALL"])
    with pytest.raises(CheckpointError, match="other trainable weights"):
        state.restore(run, saved)


def test_another_optimiser_is_refused(saved, tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, optim="sgd")
    with pytest.raises(CheckpointError, match="trained by AdamW, not SGD"):
        state.restore(run, saved)


def test_weights_alone_cannot_be_resumed_strictly(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, save_only_model=True, max_steps=1)
    fit(run)
    again = make_run(tiny_model, tmp_path / "again", max_steps=2)
    with pytest.raises(CheckpointError, match="--resume_only_model"):
        take_up(again, run.folder / "checkpoint-1")
    folder = run.folder / "checkpoint-1"
    flags = {"resume_only_model": True, "resume_from_checkpoint": folder}
    only = make_run(tiny_model, tmp_path / "only", max_steps=3, warmup_ratio=0.0, **flags)
    take_up(only, folder)
    assert only.clock.done == 0 and not only.optimizer.state
    assert run.schedule.get_last_lr() == [0.0]
    assert only.schedule.get_last_lr() == [1e-4], "the rate begins anew"
    trained = {n: p for n, p in run.model.named_parameters() if p.requires_grad}
    for name, parameter in only.model.named_parameters():
        if parameter.requires_grad:
            assert torch.equal(parameter, trained[name])


def test_other_ranks_are_told(saved, tiny_model, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("burnish"), "propagate", True)
    run = make_run(tiny_model, tmp_path)
    run.mesh.world = 2
    with caplog.at_level(logging.WARNING):
        state.restore(run, saved)
    run.mesh.world = 1
    assert "written by 1 processes, now there are 2" in caplog.text


def test_there_is_no_pickle(saved):
    names = {p.suffix for p in saved.iterdir()}
    assert names <= {".json", ".jinja", ".safetensors", ".md"}


def test_a_parameter_without_state_is_no_trouble():
    """Never trained so far, as where a rank had fillers only."""
    weight = nn.Parameter(torch.ones(2))
    optimizer = torch.optim.AdamW([{"params": [weight], "names": ["w"]}])
    tensors, values = state.split(optimizer.state_dict())
    assert tensors == {} and values["groups"][0]["names"] == ["w"]
    optimizer.load_state_dict(state.join(tensors, json.loads(json.dumps(values))))


def test_the_history_is_read_back(saved):
    history = checkpoint.read_history(saved)
    assert history["global_step"] == 2 and history["log_history"][0]["loss"] > 0
