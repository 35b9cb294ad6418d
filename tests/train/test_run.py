"""Runs that have no step to train, one step, or a resume that is refused."""

import json
import logging

import pytest
from safetensors.torch import load_file
from tests.fixtures_train import make_config, run_flags

from burnish.core import manifest
from burnish.core.errors import CheckpointError
from burnish.train.run import train


@pytest.fixture
def warned(caplog, monkeypatch):
    """What was warned of so far."""
    monkeypatch.setattr(logging.getLogger("burnish"), "propagate", True)
    return lambda: [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]


@pytest.mark.parametrize("sft_type", ["lora", "full"])
def test_no_steps_at_all_leave_arguments_and_a_checkpoint(tiny_model, tmp_path, warned, sft_type):
    config = make_config(**run_flags(tiny_model, tmp_path, max_steps=0, sft_type=sft_type))
    result = train(config)
    last = tmp_path / "out" / "checkpoint-0"
    assert result.last_model_checkpoint == str(last) and result.global_step == 0
    assert not manifest.check(last) and (tmp_path / "out" / "sft_args.json").is_file()
    assert [w for w in warned() if "nothing to train" in w] == [
        "nothing to train: --max_steps 0; checkpoint-0 holds the weights as they are"
    ]
    more = run_flags(tiny_model, tmp_path, max_steps=2, sft_type=sft_type)
    went_on = train(make_config(**more, resume_from_checkpoint=last))
    assert went_on.last_model_checkpoint == str(tmp_path / "out" / "checkpoint-2")


def test_a_run_at_its_end_says_so_and_names_its_checkpoint(tiny_model, tmp_path, warned):
    first = train(make_config(**run_flags(tiny_model, tmp_path, max_steps=4, save_steps=2)))
    last = first.last_model_checkpoint
    for steps, output in ((4, "out"), (3, "out"), (3, "other")):
        flags = run_flags(tiny_model, tmp_path, max_steps=steps, output_dir=tmp_path / output)
        result = train(make_config(**flags, resume_from_checkpoint=last))
        assert warned()[-1] == f"nothing to train: the checkpoint is at step 4 of {steps}"
        assert (result.last_model_checkpoint, result.global_step) == (last, 4)
    assert not list((tmp_path / "other").glob("checkpoint-*"))
    kept = sorted(path.name for path in (tmp_path / "out").glob("checkpoint-*"))
    assert kept == ["checkpoint-2", "checkpoint-4"]


def test_a_run_of_one_step_trains(tiny_model, tmp_path):
    """The default warm-up begins at a rate of 0; one step of it would leave the base as it was."""
    result = train(make_config(**run_flags(tiny_model, tmp_path, max_steps=1)))
    weights = load_file(f"{result.last_model_checkpoint}/adapter_model.safetensors")
    assert any(tensor.any() for name, tensor in weights.items() if "lora_B" in name)
    assert result.log_history[0]["learning_rate"] > 0


def test_a_refused_resume_leaves_the_runs_files_as_they_were(tiny_model, tmp_path):
    flags = run_flags(tiny_model, tmp_path, max_steps=2, save_steps=1)
    train(make_config(**flags))
    out = tmp_path / "out"
    names = ("sft_args.json", "rejected.jsonl", "steps.jsonl", "logging.jsonl")
    before = {name: (out / name).read_bytes() for name in names}
    with pytest.raises(CheckpointError):
        train(make_config(**flags, resume_from_checkpoint=out, lora_rank=3))
    assert before == {name: (out / name).read_bytes() for name in names}
    train(make_config(**flags, resume_from_checkpoint=out / "checkpoint-1"))
    assert json.loads((out / "sft_args.json").read_text())["resume_from_checkpoint"] is None


@pytest.mark.parametrize(("given", "taken"), [(0.0, 0.01), (0.3, 0.3), (1.0, 1.0), (7.0, 1.0)])
def test_a_share_of_memory_is_one_that_can_be(given, taken):
    from burnish.train.run import share

    assert share(given) == taken
