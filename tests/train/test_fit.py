"""The loop: its losses and gradients are those of a plain transformers loop."""

import pytest
import torch
from tests.fixtures_train import assert_same_gradients, gradients, make_run

from burnish.core.errors import TrainingError
from burnish.data.sample import IGNORE
from burnish.train.fit import Clock, divide, fit
from burnish.train.hooks.base import Hook

EXACT = {"lora_dropout": 0.0, "max_grad_norm": 0.0, "weight_decay": 0.0, "save_strategy": "no"}


def recording(run):
    """The run with a hook that keeps each step's gradients before they are cleared."""
    kept = []
    hook = Hook(before_zero=lambda step, run: kept.append(gradients(run.model)))
    object.__setattr__(run, "hooks", (hook, *run.hooks))
    return kept


def losses(run):
    return [h["loss"] for h in run.journal.history if "loss" in h]


def plain_loop(run):
    """The same steps in a dozen lines: whole logits, mean over the step's tokens, torch's AdamW."""
    run.model.train()
    found, slopes = [], []
    for step in range(1, run.clock.total + 1):
        chosen = [sequence for row in run.data.window(step) for sequence in row]
        total, count = torch.zeros(()), 0
        for s in chosen:
            labels = torch.tensor(s.labels).long()
            logits = run.model(input_ids=torch.tensor(s.input_ids)[None]).logits[0]
            total = total + torch.nn.functional.cross_entropy(
                logits, labels, reduction="sum", ignore_index=IGNORE
            )
            count += int((labels != IGNORE).sum())
        (total / count).backward()
        slopes.append(gradients(run.model))
        run.optimizer.step()
        run.schedule.step()
        run.optimizer.zero_grad()
        found.append((total / count).item())
    return found, slopes


@pytest.mark.parametrize("sft_type", ["lora", "full"])
@pytest.mark.parametrize("recompute", [True, False])
def test_it_is_a_plain_loop(tiny_model, tmp_path, sft_type, recompute):
    flags = {
        **EXACT,
        "sft_type": sft_type,
        "logging_steps": 1,
        "batch_size": 2,
        "gradient_accumulation_steps": 2,
        "learning_rate": 1e-3,
        "gradient_checkpointing": recompute,
    }
    run = make_run(tiny_model, tmp_path, **flags)
    kept = recording(run)
    fit(run)
    plain = make_run(tiny_model, tmp_path, **{**flags, "output_dir": tmp_path / "plain"})
    expected, slopes = plain_loop(plain)
    assert losses(run) == pytest.approx(expected, rel=1e-5) and len(expected) == 3
    for ours, theirs in zip(kept, slopes, strict=True):
        assert_same_gradients(ours, theirs)


def test_accumulation_changes_nothing(tiny_model, tmp_path):
    """Batch 4 x 1 against 1 x 4, rows of unlike lengths."""
    both = []
    for batch_size, accumulation in ((4, 1), (1, 4)):
        run = make_run(
            tiny_model,
            tmp_path,
            **EXACT,
            batch_size=batch_size,
            gradient_accumulation_steps=accumulation,
            logging_steps=1,
            output_dir=tmp_path / f"by{batch_size}",
        )
        kept = recording(run)
        fit(run)
        both.append((losses(run), kept))
    assert both[0][0] == pytest.approx(both[1][0], rel=1e-5)
    for one, other in zip(both[0][1], both[1][1], strict=True):
        assert_same_gradients(one, other)


def test_the_base_is_untouched_by_lora(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, learning_rate=1e-2)
    before = {n: p.detach().clone() for n, p in run.model.named_parameters()}
    fit(run)
    for name, parameter in run.model.named_parameters():
        same = torch.equal(parameter, before[name])
        assert same is not parameter.requires_grad, name


def test_long_gradients_are_cut(tiny_model, tmp_path):
    def total(gradients_):
        return sum(g.square().sum() for g in gradients_.values()).sqrt().item()

    run = make_run(tiny_model, tmp_path, **{**EXACT, "max_grad_norm": 1e-3}, logging_steps=1)
    kept = recording(run)
    fit(run)
    assert [total(k) for k in kept] == pytest.approx([1e-3] * 6, rel=1e-3)
    assert all(h["grad_norm"] > 1e-2 for h in run.journal.history), "the norm before is logged"


def test_the_ledger_holds_the_samples_of_every_step(tiny_model, tmp_path):
    import json

    run = make_run(tiny_model, tmp_path, **EXACT)
    fit(run)
    lines = [json.loads(text) for text in run.ledger.path.read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]
    for line in lines:
        assert line["samples"] == [str(i) for i in run.data.ids(line["step"])]
    assert len({s for line in lines for s in line["samples"]}) == 12


def test_a_stop_request_ends_the_run_after_its_step_with_a_checkpoint(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, save_steps=100)
    stop = Hook(after_step=lambda step, run: setattr(run.stop, "number", 15 * (step >= 2)))
    object.__setattr__(run, "hooks", (stop, *run.hooks))
    fit(run)
    assert run.clock.done == 3 and run.clock.stopped
    assert [p.name for p in run.folder.glob("checkpoint-*")] == ["checkpoint-3"]


def test_a_loss_that_is_no_number_stops_with_its_samples(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, learning_rate=1e-2, save_steps=1)
    real = run.data.take

    def spoil(step):
        if step == 3:
            run.parameters[0].data.fill_(float("inf"))
        return real(step)

    run.data.take = spoil
    with pytest.raises(TrainingError) as caught:
        fit(run)
    assert "step 3" in str(caught.value) and "rows.jsonl:" in str(caught.value)
    named = {str(i) for i in run.data.ids(3)}
    assert any(name in str(caught.value) for name in named)
    assert sorted(p.name for p in run.folder.glob("checkpoint-*")) == [
        "checkpoint-1",
        "checkpoint-2",
    ]


def test_the_clock_counts_from_one_and_goes_on():
    clock = Clock(5, done=2)
    assert list(clock) == [3, 4, 5] and clock.done == 5
    assert list(Clock(3, done=3)) == []
    clock = Clock(9)
    for step in clock:
        clock.stopped = step == 4
    assert clock.done == 4 and clock.is_last(4) and Clock(9).is_last(9)
    assert not Clock(9).is_last(8)


def test_sums_are_divided_by_their_unit():
    totals = {"token": torch.tensor(4.0).double(), "pair": torch.tensor(2.0).double()}
    terms = {"token": torch.tensor(8.0), "pair": torch.tensor(6.0)}
    assert divide(terms, totals).item() == 5.0
    nothing = divide({"token": torch.tensor(0.0)}, {"token": torch.tensor(0.0).double()})
    assert nothing.item() == 0.0
