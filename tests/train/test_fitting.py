"""Memory that runs out: the same step again in smaller micro-batches, on every rank."""

from dataclasses import replace

import pytest
import torch
from tests.fixtures_train import make_run

from burnish.core.errors import TrainingError
from burnish.data.loader import Deal
from burnish.train import fitting
from burnish.train.fit import fit

FLAGS = {"save_strategy": "no", "lora_dropout": 0.1, "learning_rate": 1e-2, "logging_steps": 1}


def with_room_for(run, rows, backward=False):
    """The run on a device that holds only so many sequences at a time."""
    real, tried = run.objective.loss, []

    def loss(policy, batch, config):
        tried.append(len(batch.input_ids))
        if len(batch.input_ids) > rows:
            raise torch.OutOfMemoryError("CUDA out of memory (pretended)")
        return real(policy, batch, config)

    object.__setattr__(run, "objective", replace(run.objective, loss=loss))
    return tried


def trained(run):
    return {n: p.detach().clone() for n, p in run.model.named_parameters() if p.requires_grad}


def test_the_steps_are_those_of_a_run_that_began_small(tiny_model, tmp_path):
    shrunk = make_run(
        tiny_model, tmp_path, **FLAGS, auto_find_batch_size=True, batch_size=4,
        gradient_accumulation_steps=1,
    )  # fmt: skip
    tried = with_room_for(shrunk, 2)
    fit(shrunk)
    assert tried[:3] == [4, 2, 2] and max(tried[1:]) == 2
    assert shrunk.data.deal == Deal(2, 2)
    small = make_run(
        tiny_model, tmp_path / "small", **FLAGS, batch_size=2, gradient_accumulation_steps=2
    )
    fit(small)
    assert all(torch.equal(trained(shrunk)[name], w) for name, w in trained(small).items())
    histories = [[h["loss"] for h in r.journal.history if "loss" in h] for r in (shrunk, small)]
    assert histories[0] == histories[1]


def test_a_rank_that_had_room_goes_along(tiny_model, tmp_path, monkeypatch):
    run = make_run(
        tiny_model, tmp_path, **FLAGS, auto_find_batch_size=True, batch_size=4,
        gradient_accumulation_steps=1,
    )  # fmt: skip
    others, real = [1.0], run.mesh.sum

    def total(counts):
        if "full" in counts and others:
            return {"full": torch.tensor(counts["full"] + others.pop())}
        return real(counts)

    monkeypatch.setattr(run.mesh, "sum", total)
    fit(run)
    assert run.data.deal == Deal(2, 2) and run.clock.done == run.clock.total


def test_without_the_flag_it_ends(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, **FLAGS, batch_size=4)
    with_room_for(run, 2)
    with pytest.raises(torch.OutOfMemoryError):
        fit(run)


def test_one_sequence_that_does_not_fit_is_told(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, **FLAGS, auto_find_batch_size=True, batch_size=2)
    with_room_for(run, 0)
    with pytest.raises(TrainingError, match="one sequence at a time"):
        fit(run)


@pytest.mark.parametrize(("size", "fewer"), [(8, 4), (6, 3), (3, 1), (9, 3), (2, 1)])
def test_a_step_keeps_its_sequences(size, fewer):
    before = Deal(size, 2, world=3, rank=1)
    after = fitting.smaller(before, 1)
    assert after.batch_size == fewer and after.total == before.total and after.rank == 1
