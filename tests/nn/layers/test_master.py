"""Float32 weights on a bfloat16 base: training computes what the model computes when it answers."""

import pytest
import torch
from tests.fixtures_train import fill, make_sequences
from tests.tuners import walk
from torch import nn

from burnish.data.collate import collate
from burnish.nn.kernels.swap import swap
from burnish.nn.layers import master
from burnish.nn.scorer import Scorer
from burnish.train.mesh import Mesh

UNDER_AUTOCAST = ("vera", "vera-unsaved", "fourierft")
"""peft's layers whose float32 products are wide: autocast makes them in half precision."""
WHOLE_IN_FLOAT32 = ("llamapro", "longlora", "saved")
"""Norms and embeddings are trained: on a float16 base they are held in float32."""
CASES = sorted(set(walk.cases()) - {"full"})


def in_half(name, dtype=torch.bfloat16):
    """A model in training as a run has it, on a bfloat16 base, its trained weights moved."""
    case = walk.CASES[name]
    torch.manual_seed(0)
    base = walk.base_model("llama", dtype=dtype)
    tuned = case.tuner.attach(base, walk.config_of(case, dtype="fp32"), 4)
    fill(tuned, scale=0.02)
    swap(tuned)
    return tuned


@pytest.mark.parametrize("name", CASES)
def test_who_needs_autocast(name):
    mesh = Mesh(torch.bfloat16)
    mesh.decide_autocast(in_half(name))
    assert mesh.autocast == (name in UNDER_AUTOCAST)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", [name for name in CASES if name not in UNDER_AUTOCAST])
def test_what_is_trained_is_what_answers(name, dtype, tmp_path):
    """The logits of an evaluation in training are those of the loaded checkpoint, bit for bit."""
    case, tuned, mesh = walk.CASES[name], in_half(name, dtype), Mesh(dtype)
    mesh.decide_autocast(tuned)
    if dtype == torch.float16 and mesh.autocast:
        assert name in WHOLE_IN_FLOAT32
        return
    expected = walk.logits(tuned)
    case.tuner.save(tuned, tmp_path)
    loaded = case.tuner.load(walk.base_model("llama", dtype=dtype), tmp_path)
    found = walk.logits(loaded)
    if name in ("pissa", "pissa-niter"):  # an ordinary LoRA on the base as it was
        assert (found - expected).norm() < 0.03 * expected.norm()
    else:
        assert torch.equal(found, expected)


@pytest.mark.parametrize("name", ["adapter", "reft-lo", "p_tuning-projection", "freeze"])
def test_every_trained_weight_gets_a_float32_gradient(name):
    tuned = in_half(name)
    scorer = Scorer(tuned).train()
    (-scorer(collate(make_sequences([9, 5]))).logps.mean()).backward()
    for parameter in walk.trained(tuned).values():
        assert parameter.grad.dtype == torch.float32 and parameter.grad.isfinite().all()


def test_a_linear_layer_multiplies_in_the_dtype_of_its_input():
    layer = nn.Linear(8, 4)
    half = nn.Linear(8, 4).bfloat16()
    half.load_state_dict(layer.state_dict())
    x = torch.randn(3, 8, dtype=torch.bfloat16)
    with pytest.raises(RuntimeError):
        layer(x)
    master.install([layer, nn.LayerNorm(4)])
    assert torch.equal(layer(x), half(x)) and layer.weight.dtype == torch.float32
    assert torch.equal(layer(x.float()), x.float() @ layer.weight.T + layer.bias)
    assert master.is_installed(layer) and not master.is_installed(half)
