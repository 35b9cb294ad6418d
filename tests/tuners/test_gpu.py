"""Our own tuners on a GPU: the gradients of the CPU, half precision, and answers with a cache."""

import pytest
import torch
from tests.fixtures_train import (
    assert_same_gradients,
    fill,
    gradients,
    make_config,
    make_model,
    make_sequences,
)

from burnish.core.registry import TUNERS
from burnish.data.collate import collate
from burnish.nn.kernels.swap import swap
from burnish.nn.scorer import Scorer
from burnish.train.mesh import Mesh

pytestmark = pytest.mark.gpu
CASES = {
    "adapter": {"adapter_length": 6},
    "reft": {},
    "p_tuning": {"pre_seq_len": 3, "prefix_projection": True},
    "llamapro": {"llamapro_num_new_blocks": 2},
    "freeze": {"num_layer_trainable": 1},
    "longlora": {"max_length": 32, "lora_dropout": 0.0},
}
SIZE = {"hidden_size": 64, "intermediate_size": 96}
IDS = torch.arange(2, 14).reshape(2, 6)
every = pytest.mark.parametrize("name", CASES)


def attach(name, device, dtype=torch.float32):
    torch.manual_seed(0)
    config = make_config(sft_type=name, dtype="fp32", **CASES[name])
    return TUNERS.find(name).attach(make_model("llama", **SIZE).to(device, dtype), config, 10)


def scored(model):
    scorer = Scorer(model).train()
    batch = collate(make_sequences([9, 5])).to(next(model.parameters()).device)
    (-scorer(batch).logps.mean()).backward()
    return {name: gradient.cpu() for name, gradient in gradients(model).items()}


@every
def test_gradients_are_those_of_the_cpu(name):
    model = attach(name, "cpu")
    fill(model, scale=0.05)
    expected = scored(model)
    model.zero_grad()
    assert_same_gradients(scored(model.cuda()), expected, 1e-3)


@every
def test_half_precision_trains_and_comes_back(name, tmp_path):
    model = attach(name, "cuda", torch.bfloat16)
    swap(model)
    mesh = Mesh(torch.bfloat16)
    mesh.decide_autocast(model)
    with mesh.forward():
        found = scored(model)
    assert found and all(g.isfinite().all() for g in found.values())
    tuner = TUNERS.find(name)
    tuner.save(model, tmp_path)
    loaded = tuner.load(make_model("llama", **SIZE).to("cuda", torch.bfloat16), tmp_path)
    given = {"input_ids": IDS.cuda(), "attention_mask": torch.ones_like(IDS).cuda()}
    answers = loaded.generate(**given, max_new_tokens=4, do_sample=False, eos_token_id=None)
    assert answers.shape == (2, 10)


@every
def test_answers_with_and_without_cache_are_equal(name, tmp_path):
    tuner = TUNERS.find(name)
    model = attach(name, "cuda")
    fill(model)
    tuner.save(model, tmp_path)
    loaded = tuner.load(make_model("llama", **SIZE).cuda(), tmp_path)
    given = {"input_ids": IDS.cuda(), "attention_mask": torch.ones_like(IDS).cuda()}
    options = {"max_new_tokens": 6, "do_sample": False, "eos_token_id": None}
    with_cache, without = (loaded.generate(**given, **options, use_cache=c) for c in (True, False))
    assert torch.equal(with_cache, without)
