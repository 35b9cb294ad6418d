"""Whole runs with Q-GaLore: weights in 8 bits while training, numbers on the disk."""

import random

import pytest
import torch
from safetensors.torch import load_file
from tests.fixtures_train import make_config, make_run
from tests.tiny import write_tiny_model
from torch import nn

from burnish.core.require import is_installed
from burnish.train.fit import fit
from burnish.train.hooks.int8_weights import HOOK
from burnish.train.run import take_up

pytestmark = pytest.mark.skipif(not is_installed("bitsandbytes"), reason="no bitsandbytes")
FLAGS = {
    "sft_type": "full", "use_galore": True, "galore_quantization": True, "galore_rank": 4,
    "galore_update_proj_gap": 2, "galore_proj_quant": True, "galore_proj_group_size": 32,
    "learning_rate": 1e-2, "save_total_limit": -1, "save_steps": 3, "max_steps": 6,
}  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("model"), hidden=64)


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
def test_a_run_trains_saves_and_goes_on(model, tmp_path, dtype):
    run = make_run(model, tmp_path, dtype=dtype, **FLAGS)
    fit(run)
    layers = {n: m for n, m in run.model.named_modules() if isinstance(m, nn.Linear)}
    for name, layer in layers.items():
        if name == "lm_head":
            assert not hasattr(layer, "codes")
            continue
        assert layer.codes.dtype == torch.int8 and layer.weight.untyped_storage().nbytes() <= 4
        assert layer.codes is run.optimizer.state[layer.weight]["codes"], "one copy"
    losses = [h["loss"] for h in run.journal.history if "loss" in h]
    assert losses[-1] < losses[0]
    saved = load_file(run.folder / "checkpoint-6" / "model.safetensors")
    start = load_file(model / "model.safetensors")
    for name, layer in layers.items():
        if name != "lm_head":
            exact = (layer.codes * layer.scale).to(layer.weight.dtype)
            assert torch.equal(saved[f"{name}.weight"], exact)
            assert not torch.equal(saved[f"{name}.weight"].float(), start[f"{name}.weight"])
    random.seed(3), torch.manual_seed(3)
    parts = make_run(model, tmp_path, dtype=dtype, **FLAGS, output_dir=tmp_path / "second")
    take_up(parts, run.folder / "checkpoint-3")
    fit(parts)
    whole = run.model.state_dict()
    for name, weight in parts.model.state_dict().items():
        assert torch.equal(weight, whole[name]), name


def test_a_checkpoint_opens_in_plain_transformers(model, tmp_path):
    from transformers import AutoModelForCausalLM

    run = make_run(model, tmp_path, **{**FLAGS, "max_steps": 2})
    fit(run)
    opened = AutoModelForCausalLM.from_pretrained(run.folder / "checkpoint-2").eval()
    ids = torch.arange(3, 20)[None]
    with torch.no_grad():
        expected = run.model.eval()(input_ids=ids).logits
        torch.testing.assert_close(opened(input_ids=ids).logits, expected, rtol=1e-4, atol=1e-4)


def test_only_q_galore_asks_for_it():
    assert not HOOK.wanted(make_config())
    assert not HOOK.wanted(make_config(sft_type="full", use_galore=True))
    assert HOOK.wanted(make_config(sft_type="full", use_galore=True, galore_quantization=True))
