"""PiSSA: the start, the shifted base, and the ordinary LoRA that a checkpoint holds."""

import json

import pytest
import torch
from safetensors.torch import load_file
from tests.fixtures_train import fill, make_config, make_model

from burnish.core.errors import CheckpointError, UsageError
from burnish.tuners import pissa
from burnish.tuners.lora import TUNER

IDS = torch.arange(2, 14).reshape(2, 6)
STARTS = ["pissa", "pissa_niter_4"]


def attach(start="pissa", model=None, seed=0, **flags):
    torch.manual_seed(seed)
    config = make_config(init_lora_weights=start, lora_rank=4, **flags)
    return TUNER.attach(model or make_model("qwen2"), config, 10)


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits


def layer(model):
    return model.get_base_model().model.layers[0].self_attn.q_proj


def test_it_starts_from_the_largest_singular_directions():
    tuned, base = attach(), make_model("qwen2")
    part, weight = layer(tuned), base.model.layers[0].self_attn.q_proj.weight.detach().double()
    u, s, v = torch.linalg.svd(weight)
    top = u[:, :4] @ s[:4].diag() @ v[:4]
    factors = part.lora_B["default"].weight.double() @ part.lora_A["default"].weight.double()
    torch.testing.assert_close(8.0 * factors, top, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(part.base_layer.weight.double(), weight - top, rtol=1e-4, atol=1e-5)
    near = layer(attach("pissa_niter_16"))
    a, b = near.lora_A["default"].weight.double(), near.lora_B["default"].weight.double()
    left = near.base_layer.weight.double()
    torch.testing.assert_close(left + 8.0 * b @ a, weight, rtol=1e-4, atol=1e-5)
    assert left.norm() < 1.05 * (weight - top).norm(), "nearly as much is taken out"


def test_more_rounds_find_the_directions_better():
    base = make_model("qwen2").model.layers[0].self_attn.q_proj.weight.detach()
    best = torch.linalg.svdvals(base)[4:].norm()
    left = [layer(attach(f"pissa_niter_{n}")).base_layer.weight.norm().item() for n in (0, 1, 16)]
    assert left[0] > left[1] > left[2] >= best * 0.999 and left[2] < 1.005 * best


VARIANTS = [
    pytest.param({}, id="plain"),
    pytest.param({"use_rslora": True, "lora_alpha": 5}, id="rslora"),
    pytest.param({"use_dora": True}, id="dora"),
    pytest.param({"lora_bias_trainable": "all", "modules_to_save": ["LN"]}, id="more"),
    pytest.param({"target_modules": ["ALL"], "lora_dtype": "bf16"}, id="bf16"),
]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("flags", VARIANTS)
def test_the_saved_lora_gives_the_model_on_the_base_as_it_was(start, flags, tmp_path):
    tuned = attach(start, **flags)
    fill(tuned, scale=0.05)
    TUNER.save(tuned, tmp_path)
    settings = json.loads((tmp_path / "adapter_config.json").read_text())
    assert settings["init_lora_weights"] is True and settings["r"] == 8
    torch.manual_seed(77)
    again = TUNER.load(make_model("qwen2"), tmp_path)
    tolerance = 1e-1 if "lora_dtype" in flags else 1e-4
    torch.testing.assert_close(logits(again), logits(tuned), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("start", STARTS)
def test_plain_peft_opens_it(start, tmp_path):
    from peft import PeftModel

    tuned = attach(start)
    fill(tuned, scale=0.05)
    TUNER.save(tuned, tmp_path)
    theirs = PeftModel.from_pretrained(make_model("qwen2"), str(tmp_path))
    torch.testing.assert_close(logits(theirs), logits(tuned), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("flags", VARIANTS)
def test_going_on_has_the_same_bits(start, flags, tmp_path):
    tuned = attach(start, **flags)
    fill(tuned, scale=0.05)
    TUNER.save(tuned, tmp_path)
    again = attach(start, **flags)
    TUNER.restore(again, tmp_path)
    for (name, one), two in zip(tuned.named_parameters(), again.parameters(), strict=True):
        assert torch.equal(one, two), name


def test_other_directions_on_another_machine_shift_the_base_back(tmp_path, caplog):
    """Random directions of another seed stand for another machine's."""
    tuned = attach("pissa_niter_0")
    fill(tuned, scale=0.05)
    TUNER.save(tuned, tmp_path)
    again = attach("pissa_niter_0", seed=5)
    assert not torch.equal(layer(again).base_layer.weight, layer(tuned).base_layer.weight)
    TUNER.restore(again, tmp_path)
    assert "not bit for bit" in caplog.text
    torch.testing.assert_close(logits(again), logits(tuned), rtol=1e-4, atol=1e-4)
    TUNER.save(again, tmp_path)
    loaded = TUNER.load(make_model("qwen2"), tmp_path)
    torch.testing.assert_close(logits(loaded), logits(tuned), rtol=1e-4, atol=1e-4)


def test_gpt2_turns_its_weights():
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    gpt2 = GPT2LMHeadModel(
        GPT2Config(vocab_size=97, n_embd=32, n_layer=2, n_head=4, n_positions=64)
    )
    before = logits(gpt2)
    torch.testing.assert_close(logits(attach(model=gpt2)), before, rtol=1e-4, atol=1e-4)


def test_the_state_holds_where_it_began(tmp_path):
    TUNER.save(attach(), tmp_path)
    saved = load_file(tmp_path / "tuner_state.safetensors")
    began = {n.removeprefix(pissa.MARK): t for n, t in saved.items() if n.startswith(pissa.MARK)}
    assert len(began) == 12 and all(torch.equal(saved[n], t) for n, t in began.items())


def test_a_plain_adapter_is_refused_at_resume(tmp_path):
    TUNER.save(attach("true"), tmp_path)
    with pytest.raises(CheckpointError, match=r"tuner_state.safetensors is missing"):
        TUNER.restore(attach(), tmp_path)


def test_embeddings_have_no_directions_to_start_from():
    with pytest.raises(UsageError, match="embedding layer, which --init_lora_weights pissa cannot"):
        attach(target_modules=["EMBEDDING", "q_proj"])


def test_an_adapter_saved_without_conversion_is_refused(tmp_path):
    """Nobody can make its base again: its directions were random."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(target_modules=["q_proj"], init_lora_weights="pissa_niter_2")
    get_peft_model(make_model("qwen2"), config).save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="pissa_niter_2 and not converted"):
        TUNER.load(make_model("qwen2"), tmp_path)
