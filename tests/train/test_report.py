"""Log lines, means, curves and the ledger."""

import json
from types import SimpleNamespace

import torch
from tests.fixtures_train import single_mesh

from burnish.data.sample import SampleId
from burnish.train.report import (
    LOG,
    Journal,
    Ledger,
    Meter,
    Result,
    clock_text,
    line_text,
    memory_gib,
    save_result,
)

OPTIONS = SimpleNamespace(report_to=["none"], disable_tqdm=True, logging_dir=None)


def line(step, loss, **more):
    return {"loss": loss, "global_step/max_steps": f"{step}/9", **more}


def scalar(value):
    return torch.tensor(float(value))


def test_the_meter_gives_means_over_steps_and_counts():
    meter = Meter(torch.device("cpu"))
    mesh = single_mesh()
    for loss in (1.0, 3.0):  # two steps of two micro-batches
        meter.add(scalar(loss), {"acc": (scalar(3), 4.0)}, tokens=10)
        meter.add(scalar(loss), {"acc": (scalar(1), 6.0)}, tokens=20)
        meter.steps += 1
    found = meter.read(mesh)
    assert found["loss"] == 4.0, "micro-batches add up to their step, steps are averaged"
    assert found["acc"] == 8 / 20
    assert found["tokens_per_second"] > 0 and found["train_speed(iter/s)"] > 0
    assert meter.tokens_seen == 60
    meter.add(scalar(5.0), {"acc": (scalar(1), 1.0)}, tokens=1)
    meter.steps += 1
    again = meter.read(mesh)
    assert (again["loss"], again["acc"], meter.tokens_seen) == (5.0, 1.0, 61)


def test_an_empty_meter_gives_zero():
    assert Meter(torch.device("cpu")).read(single_mesh())["loss"] == 0.0


def test_the_time_of_earlier_runs_counts():
    meter = Meter(torch.device("cpu"))
    meter.seconds_before = 100.0
    assert 100 <= meter.seconds < 110


def test_the_journal_writes_a_line_an_event(tmp_path, capfd):
    journal = Journal(tmp_path, 9, OPTIONS, is_main=True)
    journal.write(line(1, 2.5), 1)
    journal.write({"eval_loss": 2.0, "global_step/max_steps": "1/9"}, 1)
    found = [json.loads(text) for text in (tmp_path / LOG).read_text().splitlines()]
    assert found == journal.history and found[0]["loss"] == 2.5
    assert capfd.readouterr().out == "", "data goes to stdout, logs do not"


def test_other_ranks_write_nothing(tmp_path):
    journal = Journal(tmp_path, 9, OPTIONS, is_main=False)
    journal.write(line(1, 2.5), 1)
    journal.close()
    assert len(journal.history) == 1 and list(tmp_path.iterdir()) == []


def test_a_resumed_journal_drops_lines_after_its_checkpoint(tmp_path):
    first = Journal(tmp_path, 9, OPTIONS, is_main=True)
    for step in (1, 2, 3):
        first.write(line(step, 5.0 - step), step)
    with (tmp_path / LOG).open("a") as file:
        file.write('{"loss": 1.0, "glob')  # the run was killed here
    again = Journal(tmp_path, 9, OPTIONS, is_main=True)
    again.take_up(first.history[:2], done=2)
    again.write(line(3, 1.5), 3)
    found = [json.loads(text) for text in (tmp_path / LOG).read_text().splitlines()]
    assert [f["loss"] for f in found] == [4.0, 3.0, 1.5] == [h["loss"] for h in again.history]


def test_tensorboard_gets_the_scalars(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    options = SimpleNamespace(report_to=["tensorboard"], disable_tqdm=True, logging_dir=None)
    journal = Journal(tmp_path, 9, options, is_main=True)
    journal.write(line(1, 2.5), 1)
    journal.write({"eval_loss": 2.0, "global_step/max_steps": "2/9"}, 2)
    journal.close()
    events = EventAccumulator(str(tmp_path / "runs"))
    events.Reload()
    assert [(e.step, e.value) for e in events.Scalars("train/loss")] == [(1, 2.5)]
    assert [(e.step, e.value) for e in events.Scalars("eval/loss")] == [(2, 2.0)]


def test_closing_draws_the_curves(tmp_path):
    journal = Journal(tmp_path, 9, OPTIONS, is_main=True)
    for step in (1, 2, 3):
        journal.write(line(step, 3.0 / step, **{"memory(GiB)": 0.1 * step, "once": 1}), step)
    journal.write({"eval_loss": 2.0, "global_step/max_steps": "3/9"}, 3)
    journal.close()
    found = {p.name for p in (tmp_path / "images").iterdir()}
    assert "train_loss.png" in found and "train_memory_GiB.png" in found
    assert "eval_loss.png" not in found, "one point is no curve"
    assert (tmp_path / "images" / "train_loss.png").read_bytes().startswith(b"\x89PNG")


def test_a_line_for_people():
    text = line_text({"loss": 1.23456, "epoch": 0.5, "acc": None, "percentage": "3%", "n": 7})
    assert text == "loss 1.235  n 7"


def test_times_for_people():
    assert clock_text(9.9) == "0m 09s"
    assert clock_text(3600 + 2 * 60 + 3) == "1h 02m 03s"


def test_memory_is_that_of_this_process():
    assert 0.01 < memory_gib(torch.device("cpu")) < 100


def result(**changes):
    values = {
        "output_dir": "out",
        "global_step": 9,
        "last_model_checkpoint": "out/checkpoint-9",
        "best_model_checkpoint": None,
        "best_metric": None,
        "train_time_seconds": 1.5,
        "memory_gib": 0.5,
        "log_history": [line(1, 3.0), line(9, 2.0)],
    }
    return Result(**{**values, **changes})


def test_the_result_is_the_last_line_of_the_log(tmp_path):
    (tmp_path / LOG).write_text(json.dumps(line(1, 3.0)) + "\n")
    save_result(result(), tmp_path)
    last = json.loads((tmp_path / LOG).read_text().splitlines()[-1])
    assert last["last_model_checkpoint"] == "out/checkpoint-9" and last["global_step"] == 9
    assert result().losses == [(1, 3.0), (9, 2.0)]


def test_the_ledger_names_the_samples_of_every_step(tmp_path):
    ledger = Ledger(tmp_path, is_main=True)
    ledger.write(1, [SampleId("ü.jsonl", 3), SampleId("b.csv", 1)])
    ledger.write(2, [SampleId("b.csv", 2)])
    lines = [json.loads(text) for text in ledger.path.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == {"step": 1, "samples": ["ü.jsonl:3", "b.csv:1"]}
    Ledger(tmp_path, is_main=False).write(3, [])
    assert len(ledger.path.read_text(encoding="utf-8").splitlines()) == 2


def test_a_resumed_ledger_begins_with_what_is_kept(tmp_path):
    first, second = tmp_path / "v0", tmp_path / "v1"
    first.mkdir(), second.mkdir()
    old = Ledger(first, is_main=True)
    for step in range(1, 6):
        old.write(step, [SampleId("a", step)])
    with old.path.open("a") as file:
        file.write('{"step": 2, "sam')  # cut by a kill
    for target in (second, first):
        Ledger(target, is_main=True).take_up(first, done=3)
        lines = (target / Ledger.NAME).read_text().splitlines()
        assert [json.loads(text)["step"] for text in lines] == [1, 2, 3]


def test_a_ledger_without_an_earlier_one_begins_empty(tmp_path):
    Ledger(tmp_path, is_main=True).take_up(tmp_path / "nowhere", done=3)
    assert list(tmp_path.iterdir()) == []
