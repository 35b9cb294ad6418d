"""Whole runs by optimisers other than AdamW: they learn, and a resumed run is the uninterrupted
one.
"""

import random

import pytest
import torch
from tests.fixtures_train import make_run
from tests.tiny import write_tiny_model

from burnish.core.errors import CheckpointError
from burnish.core.require import is_installed
from burnish.train.fit import fit
from burnish.train.run import take_up

needs_bnb = pytest.mark.skipif(not is_installed("bitsandbytes"), reason="no bitsandbytes")
FULL = {"sft_type": "full", "dtype": "bf16"}
GALORE = {"sft_type": "full", "use_galore": True, "galore_rank": 4, "galore_update_proj_gap": 2}
RUNS = [
    pytest.param({"optim": "lion_32bit", "learning_rate": 1e-3, "lora_lr_ratio": 4.0}, id="lion"),
    pytest.param({**FULL, "optim": "muon"}, id="muon"),
    pytest.param({**FULL, "optim": "adafactor"}, id="adafactor"),
    pytest.param({**FULL, "optim": "paged_adamw_8bit"}, id="8-bit", marks=needs_bnb),
    pytest.param({**GALORE, "galore_proj_type": "full", "dtype": "bf16"}, id="galore-both-sides"),
    pytest.param({**GALORE, "galore_optim_per_parameter": True, "optim": "adafactor"}, id="each"),
    pytest.param({**GALORE, "optim": "adamw_8bit"}, id="galore-8-bit", marks=needs_bnb),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("model"), hidden=64)


@pytest.mark.parametrize("flags", RUNS)
def test_a_resumed_run_is_the_uninterrupted_one(flags, model, tmp_path):
    """From step 3, which lies within a gap of GaLore's."""
    flags = {"learning_rate": 1e-2, "save_steps": 3, "save_total_limit": -1, **flags}
    whole = make_run(model, tmp_path, **flags)
    fit(whole)
    losses = [h["loss"] for h in whole.journal.history if "loss" in h]
    assert losses[-1] < losses[0]
    random.seed(99), torch.manual_seed(99)
    parts = make_run(model, tmp_path, **{**flags, "output_dir": tmp_path / "second"})
    take_up(parts, whole.folder / "checkpoint-3")
    fit(parts)
    expected = dict(whole.model.named_parameters())
    for name, parameter in parts.model.named_parameters():
        assert torch.equal(parameter, expected[name]), name


def test_another_projection_is_refused(model, tmp_path):
    run = make_run(model, tmp_path, **GALORE, max_steps=1)
    fit(run)
    for number, flags in enumerate([{"galore_rank": 8}, {"galore_proj_type": "left"}, {}]):
        chosen = {**GALORE, **flags} if flags else {"sft_type": "full"}
        other = make_run(model, tmp_path / str(number), **{**chosen, "max_steps": 2})
        with pytest.raises(CheckpointError, match=r"trained by GaLore upon adamw_torch \(rank 4"):
            take_up(other, run.folder / "checkpoint-1")


def test_another_optimiser_is_refused(model, tmp_path):
    run = make_run(model, tmp_path, optim="sgd", max_steps=1)
    fit(run)
    other = make_run(model, tmp_path / "other", optim="lion_32bit", max_steps=2)
    with pytest.raises(CheckpointError, match="trained by SGD, not Lion"):
        take_up(other, run.folder / "checkpoint-1")
