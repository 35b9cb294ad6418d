"""Runs in half precision on a GPU: no weight is trained in float16, whatever --lora_dtype says."""

import pytest
import torch
from tests.tuners import walk
from tests.tuners.walk import CASES

from burnish.core.errors import UsageError
from burnish.train.fit import fit

pytestmark = pytest.mark.gpu
EXPECTED = {"fp16": torch.float32, "bf16": torch.bfloat16, "fp32": torch.float32, "AUTO": None}
"""--lora_dtype, and what the adapter is held in; AUTO: float32, beside any base."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return walk.base_folder(tmp_path_factory.mktemp("base"), "qwen2")


@pytest.mark.parametrize("dtype", ["fp16", "bf16", "fp32"])
@pytest.mark.parametrize("held", EXPECTED)
def test_the_adapter_is_held_as_lora_dtype_says(base, tmp_path, dtype, held):
    if (dtype, held) == ("fp16", "bf16"):
        with pytest.raises(UsageError, match="loss scale"):
            walk.start_run(CASES["lora"], base, tmp_path, dtype=dtype, lora_dtype=held)
        return
    run = walk.start_run(CASES["lora"], base, tmp_path, dtype=dtype, lora_dtype=held)
    assert not run.mesh.autocast, "the adapter's own layers cast their weights"
    fit(run)
    kinds = {p.dtype for p in walk.trained(run.model).values()}
    assert kinds == {EXPECTED[held] or torch.float32}
    rest = {p.dtype for p in walk.frozen(run.model).values()}
    assert rest == {{"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}[dtype]}
    assert all(h["loss"] == h["loss"] for h in run.journal.history if "loss" in h)


@pytest.mark.parametrize("name", [name for name in walk.cases() if "qwen2" in CASES[name].families])
def test_float16_bases_train_float32_weights(base, tmp_path, name):
    """Four steps with a loss scale; the base is as it was, weights move and are numbers."""
    run = walk.start_run(CASES[name], base, tmp_path, dtype="fp16", max_steps=8, save_steps=8)
    before, first = walk.frozen(run.model), {}
    for key, parameter in walk.trained(run.model).items():
        assert parameter.dtype == torch.float32, key
        first[key] = parameter.detach().clone()
    fit(run)
    for key, tensor in walk.frozen(run.model).items():
        assert torch.equal(tensor, before[key]), key
    after = walk.trained(run.model)
    assert all(p.isfinite().all() for p in after.values())
    assert any(not torch.equal(p, first[key]) for key, p in after.items())
