"""Validation: the mean over tokens, when, and without a trace on training."""

import pytest
import torch
from tests.fixtures_train import make_config, make_run, namespace

from burnish.train import evaluate
from burnish.train.fit import Clock, fit

SPLIT = {"dataset_test_ratio": 0.4}


def test_the_loss_is_the_mean_over_tokens_of_the_models_own(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, eval_batch_size=3, **SPLIT)
    total = count = right = 0.0
    for s in run.validation.sequences:
        logits = run.model.eval()(input_ids=torch.tensor(s.input_ids)[None]).logits[0].double()
        labels = torch.tensor(s.labels).long()
        kept = labels >= 0
        total += torch.nn.functional.cross_entropy(logits, labels, reduction="sum").item()
        right += (logits.argmax(1)[kept] == labels[kept]).sum().item()
        count += kept.sum().item()
    found = evaluate.evaluate(run)
    assert found["eval_loss"] == pytest.approx(total / count, rel=1e-5)
    assert found["eval_acc"] == pytest.approx(right / count)
    assert found["eval_runtime"] > 0


def test_the_batch_size_does_not_matter(tiny_model, tmp_path):
    found = [
        evaluate.evaluate(make_run(tiny_model, tmp_path, eval_batch_size=size, **SPLIT))
        for size in (1, 2, 5)
    ]
    losses = [f["eval_loss"] for f in found]
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)
    assert len({f["eval_acc"] for f in found}) == 1


def test_it_leaves_no_trace(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, **SPLIT)
    run.model.train()
    before = torch.get_rng_state()
    evaluate.evaluate(run)
    assert torch.equal(torch.get_rng_state(), before)
    assert run.model.training and all(p.grad is None for p in run.model.parameters())


def test_training_does_not_depend_on_it(tiny_model, tmp_path):
    weights = []
    for name, flags in {"all": {"eval_steps": 1}, "none": {"evaluation_strategy": "no"}}.items():
        run = make_run(tiny_model, tmp_path / name, lora_dropout=0.3, **SPLIT, **flags)
        fit(run)
        weights.append([p.detach().clone() for p in run.parameters])
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))


def due(flags, total=10, stopped=False, validation=True):
    clock = Clock(total)
    clock.stopped = stopped
    run = namespace(
        config=make_config(**flags),
        clock=clock,
        data=namespace(steps_per_epoch=3),
        validation=[1] if validation else None,
    )
    return [step for step in range(1, total + 1) if evaluate.is_due(step, run)]


def test_when_to_evaluate():
    assert due({"eval_steps": 4}) == [4, 8, 10]
    assert due({"evaluation_strategy": "epoch"}) == [3, 6, 9, 10]
    assert due({"evaluation_strategy": "no"}) == []
    assert due({"eval_steps": 4}, stopped=True) == [], "a run told to stop does not linger"
    assert due({"eval_steps": 4}, validation=False) == []


def test_before_the_first_step_where_asked(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, eval_on_start=True, eval_steps=3, **SPLIT)
    fit(run)
    steps = [h["global_step/max_steps"] for h in run.journal.history if "eval_loss" in h]
    assert steps == [f"{step}/{run.clock.total}" for step in (0, 3, 4) if step <= run.clock.total]
