"""Runs that have no step to train."""

import logging

import pytest
from tests.fixtures_train import make_config, run_flags

from burnish.core import manifest
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
