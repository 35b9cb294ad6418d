"""Tuners on quantised bases on a GPU: gradients against float64, nothing packed moves, resume,
answers.
"""

from copy import deepcopy

import pytest
import torch
from tests.fixtures_train import fill, make_sequences
from tests.gpu.test_every_tuner_cuda import (
    DEVICE,
    PART,
    distance,
    errors,
    plain_gradients,
    root_mean_square,
    scored_gradients,
)
from tests.tuners import walk
from tests.tuners.walk import CASES
from torch import nn

from burnish.config.check import ON_QUANTISED
from burnish.data.collate import collate
from burnish.nn.kernels.swap import swap
from burnish.nn.load import LoadOptions, load_model
from burnish.nn.quantize import Quantisation, is_packed
from burnish.train.fit import fit
from burnish.train.run import take_up
from burnish.tuners.base import may_recompute

pytestmark = pytest.mark.gpu
BF16 = torch.bfloat16
METHODS = {
    "nf4": ({"quantization_bit": 4}, Quantisation("bnb", 4, BF16)),
    "int8": ({"quantization_bit": 8}, Quantisation("bnb", 8)),
    "hqq": ({"quant_method": "hqq", "quantization_bit": 4}, Quantisation("hqq", 4)),
    "fp8": ({"quant_method": "fp8"}, Quantisation("fp8", 8)),
}
"""By id: the flags, and what they ask for."""
ROUNDED = {"int8": 0.25, "fp8": 0.25}
"""Inputs are rounded to 8 bits as well: their gradients' error in this narrow model,
root mean square over tensors."""
TUNERS = (
    "lora", "dora", "rslora", "embedding", "longlora", "adapter", "reft-lo", "reft-nodi",
    "p_tuning", "p_tuning-projection", "ia3", "vera", "adalora",
)  # fmt: skip
FAMILY = "llama"
PAIRS = [
    pytest.param(m, n, id=f"{m}-{n}")
    for m, (_, quant) in METHODS.items()
    for n in TUNERS
    if CASES[n].sft_type in ON_QUANTISED[quant.method]
]
every = pytest.mark.parametrize(("method", "name"), PAIRS)


@pytest.fixture(autouse=True)
def package(method):
    """What quantises must be there."""
    pytest.importorskip({"hqq": "hqq", "fp8": "torch"}.get(method, "bitsandbytes"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("quantised")


def packed_base(folder, method):
    base = walk.base_folder(folder / FAMILY, FAMILY)
    return load_model(base, LoadOptions(BF16, DEVICE, quant=METHODS[method][1]))


def start(folder, method, name, **more):
    base = walk.base_folder(folder / FAMILY, FAMILY)
    flags = {"dtype": "bf16", **METHODS[method][0], **more}
    return walk.start_run(CASES[name], base, folder / f"{method}-{name}", **flags)


@every
def test_it_trains_goes_on_and_answers(folder, method, name):
    case, run = CASES[name], start(folder, method, name)
    assert any(is_packed(p) for p in run.model.parameters()), "nothing is quantised"
    before = walk.frozen(run.model)
    first = {n: p.detach().clone() for n, p in walk.trained(run.model).items()}
    fit(run)
    after = walk.frozen(run.model)
    assert all(torch.equal(tensor, after[key]) for key, tensor in before.items())
    assert any(not torch.equal(p, first[n]) for n, p in walk.trained(run.model).items())
    parts = start(folder, method, name, output_dir=folder / "parts" / f"{method}-{name}")
    walk.stir()
    take_up(parts, run.folder / "checkpoint-2")
    fit(parts)
    whole = walk.trained(run.model)
    assert all(torch.equal(p, whole[n]) for n, p in walk.trained(parts.model).items())
    with run.mesh.forward():
        expected = walk.logits(run.model)
    model = case.tuner.load(packed_base(folder, method), run.folder / "checkpoint-4")
    found = walk.logits(model)
    assert distance(found, expected) <= PART["bf16"]
    if not run.mesh.autocast and name != "adalora":
        assert torch.equal(found, expected)
    given = {"input_ids": walk.IDS.to(DEVICE), "attention_mask": torch.ones(2, 12).to(DEVICE)}
    answers = model.generate(**given, max_new_tokens=3, do_sample=False, eos_token_id=None)
    assert answers.shape == (2, 15)


@torch.no_grad()
def widened(model):
    """The plain float32 model of the weights that a quantised one stands for: what its layers make
    of each unit vector.
    """
    plain = walk.base_model(FAMILY, dtype=BF16)
    for path, layer in model.named_modules():
        if not hasattr(layer, "in_features") or type(layer) is nn.Linear:
            continue
        unit = torch.eye(layer.in_features, device=DEVICE, dtype=BF16)
        plain.get_submodule(path).weight.data = layer(unit).T.contiguous().cpu()
    return plain


@every
def test_gradients_are_those_of_the_weights_it_stands_for(folder, method, name):
    """Against float64 on the CPU: at most 1.5 times the error of the same weights in bfloat16;
    where inputs are rounded to 8 bits, a bound.
    """
    case, batch = CASES[name], collate(make_sequences([9, 5, 12]))
    base = packed_base(folder, method)
    plain = widened(base)
    torch.manual_seed(0)
    model = walk.still(case.tuner.attach(base, walk.config_of(case), 4)).train()
    fill(model, scale=0.02)
    twin = walk.still(case.tuner.attach(plain, walk.config_of(case), 4)).train()
    own = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    for key, tensor in (*twin.named_parameters(), *twin.named_buffers()):
        same = own.get(key)
        if same is not None and (same.shape, same.dtype) == (tensor.shape, tensor.dtype):
            tensor.data.copy_(same.data)
    exact = plain_gradients(deepcopy(twin).double(), batch)
    swap(model)
    ours = errors(scored_gradients(model, batch), exact)
    if method in ROUNDED:
        assert root_mean_square(ours.values()) <= ROUNDED[method]
        return
    theirs = errors(plain_gradients(twin.to(DEVICE), batch), exact)
    allowed = max(1.5 * root_mean_square(theirs.values()), 0.01)
    assert root_mean_square(ours.values()) <= allowed


@every
def test_recomputing_changes_no_gradient(folder, method, name):
    case = CASES[name]
    if not may_recompute(case.tuner):
        pytest.skip("refused, as the walk on the CPU sees")
    base = packed_base(folder, method)
    model = walk.still(case.tuner.attach(base, walk.config_of(case), 4))
    fill(model, scale=0.02)
    swap(model)
    batch = collate(make_sequences([9, 5]))
    found = [scored_gradients(model, batch)]
    model.gradient_checkpointing_enable({"use_reentrant": False})
    found.append(scored_gradients(model, batch))
    assert (
        root_mean_square(errors(found[1], {n: g.cpu() for n, g in found[0].items()}).values())
        < 0.01
    )
