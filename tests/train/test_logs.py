"""When a log line is written, and what stands in it."""

import pytest
from tests.fixtures_train import make_run

from burnish.train.fit import fit


def history(run):
    return [h for h in run.journal.history if "loss" in h]


def step_of(line):
    return int(line["global_step/max_steps"].split("/")[0])


def test_lines_at_the_first_step_every_few_and_the_last(tiny_model, tmp_path):
    run = make_run(tiny_model, tmp_path, logging_steps=4, batch_size=1, max_steps=10)
    fit(run)
    assert [step_of(line) for line in history(run)] == [1, 4, 8, 10]


def test_what_a_line_says(tiny_model, tmp_path):
    run = make_run(
        tiny_model,
        tmp_path,
        logging_steps=1,
        learning_rate=1e-3,
        warmup_steps=2,
        include_num_input_tokens_seen=True,
    )
    fit(run)
    lines = history(run)
    first, last = lines[0], lines[-1]
    assert first["loss"] > 1 and 0 <= first["acc"] <= 1 and first["grad_norm"] > 0
    rates = [round(line["learning_rate"], 6) for line in lines[:3]]
    assert rates == [0, 5e-4, 1e-3], "each line has the rate that its own step was made with"
    assert last["percentage"] == "100.00%" and last["epoch"] == 1.0
    assert last["global_step/max_steps"] == "6/6" and last["remaining_time"] == "0m 00s"
    assert last["num_input_tokens_seen"] == int(run.data.source.sequences.lengths.sum())
    for name in ("memory(GiB)", "tokens_per_second", "train_speed(iter/s)", "elapsed_time"):
        assert first[name], name


def test_a_line_averages_over_its_steps(tiny_model, tmp_path):
    every = make_run(tiny_model, tmp_path, logging_steps=1, lora_dropout=0.0)
    fit(every)
    flags = {"logging_steps": 3, "lora_dropout": 0.0, "output_dir": tmp_path / "other"}
    some = make_run(tiny_model, tmp_path, **flags)
    fit(some)
    losses = [line["loss"] for line in history(every)]
    found = [line["loss"] for line in history(some)]
    expected = [losses[0], sum(losses[1:3]) / 2, sum(losses[3:]) / 3]
    assert found == pytest.approx(expected, rel=1e-6)
