"""Our forward of a LoRA layer against peft's own, and which layers get it."""

import copy

import pytest
import torch
from tests.fixtures_train import assert_same_gradients, fill, gradients, make_config, make_model

from burnish.nn.kernels.swap import swap
from burnish.nn.layers.lora import install, is_installed
from burnish.tuners.lora import TUNER

IDS = torch.arange(2, 22).reshape(2, 10)


@pytest.fixture(autouse=True)
def seeded():
    """peft draws A from torch's global generator."""
    torch.manual_seed(0)


def tuned(family="qwen2", dtype=torch.float32, **flags):
    """A model with a LoRA adapter that does something."""
    config = make_config(sft_type="lora", **{"target_modules": ["ALL"], **flags})
    model = TUNER.attach(make_model(family).to(dtype), config, 10)
    fill(model, scale=0.05)
    return model


def run(model):
    """Logits and gradients of a loss on them."""
    logits = model(input_ids=IDS).logits
    logits.float().square().mean().backward()
    return logits.detach(), gradients(model)


@pytest.mark.parametrize("flags", [{}, {"use_rslora": True}, {"lora_alpha": 1, "lora_rank": 2}])
@pytest.mark.parametrize("family", ["qwen2", "llama"])
def test_outputs_and_gradients_are_pefts(family, flags):
    theirs = tuned(family, **flags).eval()
    ours = copy.deepcopy(theirs)
    assert install(ours) == (14, 0)
    expected, slopes = run(theirs)
    found, own = run(ours)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    assert len(own) == 28
    assert_same_gradients(own, slopes, part=1e-5)


def test_one_layer_to_the_last_digits():
    torch.manual_seed(0)
    theirs = tuned("llama").eval().get_base_model().model.layers[0].mlp.up_proj
    x = torch.randn(3, 5, 32)
    expected = theirs(x)
    install(theirs)
    assert is_installed(theirs)
    torch.testing.assert_close(theirs(x), expected, rtol=1e-6, atol=1e-6)


def test_dropout_falls_on_the_adapters_input_in_training_only():
    model = tuned("llama", lora_dropout=0.5)
    install(model)
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 1.0  # nothing passes
    base = make_model("llama")
    whole = base(input_ids=IDS).logits
    torch.testing.assert_close(model.train()(input_ids=IDS).logits, whole)
    assert not torch.allclose(model.eval()(input_ids=IDS).logits, whole, atol=1e-2)


def test_the_same_dropout_as_peft_in_training():
    theirs = tuned("llama", lora_dropout=0.3).train()
    ours = copy.deepcopy(theirs)
    install(ours)
    torch.manual_seed(5)
    expected = theirs(input_ids=IDS).logits
    torch.manual_seed(5)
    torch.testing.assert_close(ours(input_ids=IDS).logits, expected, rtol=1e-5, atol=1e-5)


def test_names_of_parameters_stay():
    model = tuned()
    before = list(model.state_dict())
    install(model)
    assert list(model.state_dict()) == before


def test_master_weights_stay_float32_and_the_product_is_bfloat16():
    model = tuned(dtype=torch.bfloat16)
    install(model)
    layer = model.get_base_model().model.layers[0].self_attn.q_proj
    assert layer.lora_A["default"].weight.dtype == torch.float32
    seen = []
    layer.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    _, slopes = run(model)
    assert seen == [torch.bfloat16]
    assert {g.dtype for g in slopes.values()} == {torch.float32}


def test_half_precision_is_as_near_to_the_exact_as_pefts():
    theirs = tuned(dtype=torch.bfloat16).eval()
    ours, exact = copy.deepcopy(theirs), copy.deepcopy(theirs).double()
    install(ours)
    true, expected, found = (m(input_ids=IDS).logits.double() for m in (exact, theirs, ours))
    allowed = (expected - true).square().mean().sqrt()
    assert (found - true).square().mean().sqrt() <= 1.5 * allowed


def test_dora_and_embeddings_stay_pefts():
    assert install(tuned(use_dora=True)) == (0, 14)
    assert install(tuned(target_modules=["EMBEDDING", "q_proj"])) == (2, 1)


def test_switched_off_adapters_give_the_base():
    model = tuned("llama").eval()
    install(model)
    base = make_model("llama").eval()
    with model.disable_adapter():
        assert torch.equal(model(input_ids=IDS).logits, base(input_ids=IDS).logits)
    assert not torch.allclose(model(input_ids=IDS).logits, base(input_ids=IDS).logits, atol=1e-2)


def test_merging_still_works():
    model = tuned("llama").eval()
    install(model)
    expected = model(input_ids=IDS).logits
    torch.testing.assert_close(
        model.merge_and_unload()(input_ids=IDS).logits, expected, rtol=1e-4, atol=1e-4
    )


def test_swap_says_what_it_did():
    (line,) = swap(tuned())
    assert line.startswith("14 LoRA layers")
    kept = swap(tuned(use_dora=True))
    assert len(kept) == 1 and "peft's own" in kept[0]
    assert swap(make_model("llama")) == []
