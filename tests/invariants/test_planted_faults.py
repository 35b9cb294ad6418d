"""The checks that a run is held to notice what they are there for: each is shown a fault. Faults of
LISA's draws and of GaLore's projections are planted in the tests of those files.
"""

from dataclasses import replace

import pytest
import torch
from tests.fixtures_train import make_run

from burnish.core.registry import TUNERS
from burnish.train.fit import fit
from burnish.tuners import base, lora

FLAGS = {"learning_rate": 1e-2, "max_steps": 2, "target_modules": ["ALL"]}


def check_base_is_untouched(model, folder, sft_type):
    """Weights of the base are after training what they were, to the bit; the adapter's are not."""
    run = make_run(model, folder, sft_type=sft_type, **FLAGS)
    before = {name: p.detach().clone() for name, p in run.model.named_parameters()}
    fit(run)
    own = ("lora_", "ia3_")
    for name, p in run.model.named_parameters():
        assert torch.equal(p, before[name]) != any(part in name for part in own), name


@pytest.mark.parametrize("sft_type", ["lora", "ia3"])
def test_the_base_is_untouched(tiny_model, tmp_path, sft_type):
    check_base_is_untouched(tiny_model, tmp_path, sft_type)


@pytest.mark.parametrize("fault", ["the weight of a norm", "a matrix", "an adapter that rests"])
def test_a_tuner_that_trains_what_it_should_not_is_caught(fault, tiny_model, tmp_path, monkeypatch):
    """Trained, though it is the base's; or not trained, though it is the adapter's."""
    right: base.Tuner = TUNERS.find("lora")
    part = {
        "the weight of a norm": "input_layernorm.weight",
        "a matrix": "q_proj.base_layer.weight",
    }

    def attach(model, config, total):
        tuned = right.attach(model, config, total)
        for name, p in tuned.named_parameters():
            if name.endswith(part.get(fault, "lora_A.default.weight")):
                p.requires_grad_(fault in part)
        return tuned

    monkeypatch.setattr(lora, "TUNER", replace(right, attach=attach))
    with pytest.raises(AssertionError):
        check_base_is_untouched(tiny_model, tmp_path, "lora")
