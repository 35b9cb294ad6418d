"""Full tuning: which weights are left alone, and that a checkpoint gives them back."""

import logging

import pytest
import torch
from safetensors import safe_open
from tests.fixtures_train import fill, gradients, make_config, make_model
from transformers import (
    AutoModelForCausalLM,
    CLIPVisionConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
)

from burnish.core.errors import CheckpointError, UsageError
from burnish.nn.load import DTYPES
from burnish.train.weights import load_options
from burnish.tuners.full import TUNER, first_share

IDS = torch.arange(2, 14).reshape(2, 6)


def attach(model, **flags):
    return TUNER.attach(model, make_config(sft_type="full", **flags), 10)


def frozen(model):
    return [name for name, p in model.named_parameters() if not p.requires_grad]


def test_everything_is_trained():
    model = make_model("llama")
    model.requires_grad_(False)
    assert frozen(attach(model)) == []


def test_names_by_their_beginning():
    model = attach(make_model("llama"), freeze_parameters=["model.layers.0.", "lm_head"])
    names = frozen(model)
    assert "lm_head.weight" in names and len(names) == 10
    assert all(n.startswith(("model.layers.0.", "lm_head")) for n in names)


def test_a_share_from_the_first_weight_on():
    model = make_model("llama")
    total = sum(p.numel() for p in model.parameters())
    names = frozen(attach(model, freeze_parameters_ratio=0.6))
    order = [name for name, _ in model.named_parameters()]
    assert names == order[: len(names)], "the first ones"
    sizes = dict((n, p.numel()) for n, p in model.named_parameters())
    held = sum(sizes[n] for n in names)
    assert held <= 0.6 * total < held + sizes[order[len(names)]], "as many as fit"


def test_the_share_has_its_ends():
    parameters = dict(make_model("llama").named_parameters())
    assert first_share(parameters, 0.0) == set()
    assert first_share(parameters, 1.0) == parameters.keys()


def test_additional_weights_are_trained_whatever_froze_them():
    model = attach(
        make_model("llama"),
        freeze_parameters_ratio=1.0,
        freeze_parameters=["model."],
        additional_trainable_parameters=["model.layers.1.mlp", "model.norm"],
    )
    trained = {n for n, p in model.named_parameters() if p.requires_grad}
    layers = {f"model.layers.1.mlp.{n}_proj.weight" for n in ("gate", "up", "down")}
    assert trained == layers | {"model.norm.weight"}


def test_gradients_are_those_of_the_weights_that_train():
    model = attach(
        make_model("llama"),
        freeze_parameters=["model.embed_tokens", "model.layers.0.self_attn"],
        additional_trainable_parameters=["model.layers.0.self_attn.o_proj"],
    )
    model(input_ids=IDS, labels=IDS).loss.backward()
    attention = {f"model.layers.0.self_attn.{n}_proj.weight" for n in "qkv"}
    every = {name for name, _ in model.named_parameters()}
    assert gradients(model).keys() == every - attention - {"model.embed_tokens.weight"}


@pytest.mark.parametrize(("dtype", "held"), [("fp16", torch.float32), ("bf16", torch.bfloat16)])
def test_float16_is_trained_on_float32_weights(dtype, held):
    """A loss scale cannot be taken out of float16 gradients."""
    config = make_config(sft_type="full").replace(dtype=dtype)  # a CPU has no float16
    assert load_options(config).dtype == held
    assert load_options(config.replace(sft_type="lora")).dtype == DTYPES[dtype]


def test_additional_weights_that_nothing_froze_stay_trained():
    model = attach(
        make_model("llama"),
        freeze_parameters=["lm_head"],
        additional_trainable_parameters=["model.norm"],
    )
    assert frozen(model) == ["lm_head.weight"]


def test_the_vision_part_is_left_alone():
    text = make_model("llama").config
    vision = CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        image_size=8, patch_size=4,
    )  # fmt: skip
    model = LlavaForConditionalGeneration(LlavaConfig(text_config=text, vision_config=vision))
    names = frozen(attach(model, freeze_vit=True))
    assert names and all("vision_tower." in name for name in names)
    left = {n for n, p in model.named_parameters() if p.requires_grad}
    assert not any("vision" in name for name in left)
    assert any("projector" in name for name in left)


def test_a_model_that_does_not_see_has_nothing_to_freeze():
    with pytest.raises(UsageError, match="LlamaForCausalLM, which has no vision part"):
        attach(make_model("llama"), freeze_vit=True)


def test_nothing_to_train_is_an_error():
    with pytest.raises(UsageError, match="leaves no weight to train"):
        attach(make_model("llama"), freeze_parameters_ratio=1.0)


def test_a_beginning_that_no_name_has_is_refused_where_it_would_freeze():
    with pytest.raises(UsageError, match=r"freeze_parameters modle.layers") as error:
        attach(make_model("llama"), freeze_parameters=["modle.layers"])
    assert "model.embed_tokens.weight" in str(error.value), "an example of how names look"


def test_a_beginning_that_no_name_has_is_told_where_it_would_train(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("burnish"), "propagate", True)
    with caplog.at_level(logging.WARNING):
        attach(make_model("llama"), additional_trainable_parameters=["modle.layers"])
    assert "--additional_trainable_parameters modle.layers" in caplog.text


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("family", "tied"), [("llama", False), ("llama", True), ("gemma2", True), ("mixtral", False)]
)
def test_saved_weights_come_back_bit_for_bit(family, tied, dtype, tmp_path):
    """Mixtures of experts lie in files in another layout than in memory."""
    model = attach(make_model(family, tied=tied).to(dtype))
    fill(model, scale=0.05)
    expected = {n: p.detach().clone() for n, p in model.named_parameters()}
    TUNER.save(model, tmp_path)
    again = attach(make_model(family, tied=tied, seed=9).to(dtype))
    TUNER.restore(again, tmp_path)
    for name, parameter in again.named_parameters():
        assert parameter.dtype == dtype and torch.equal(parameter, expected[name]), name
    if tied:
        assert again.lm_head.weight.data_ptr() == again.model.embed_tokens.weight.data_ptr()


def test_the_folder_is_a_model_folder(tmp_path):
    model = attach(make_model("qwen2")).eval()
    fill(model, scale=0.05)
    model.config.use_cache = False  # as training does
    TUNER.save(model, tmp_path)
    loaded, info = AutoModelForCausalLM.from_pretrained(
        tmp_path, dtype=torch.float32, output_loading_info=True
    )
    assert not info["missing_keys"] and not info["unexpected_keys"]
    assert torch.equal(loaded.eval()(input_ids=IDS).logits, model(input_ids=IDS).logits)
    assert loaded.config.use_cache, "a saved model is for use"
    assert model.config.use_cache is False, "and training goes on as it was"


def test_weights_are_saved_in_their_dtype(tmp_path):
    TUNER.save(attach(make_model("llama").bfloat16()), tmp_path)
    with safe_open(tmp_path / "model.safetensors", framework="pt") as file:
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.bfloat16}  # noqa: SIM118


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda: make_model("llama", hidden_size=16), id="shape"),
        pytest.param(lambda: make_model("llama").bfloat16(), id="dtype"),
        pytest.param(lambda: make_model("llama", num_hidden_layers=3), id="layers"),
        pytest.param(lambda: make_model("qwen2"), id="family"),
    ],
)
def test_another_model_is_refused(other, tmp_path):
    TUNER.save(attach(make_model("llama")), tmp_path)
    model = attach(other())
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    with pytest.raises(CheckpointError):
        TUNER.restore(model, tmp_path)
    assert all(torch.equal(p, before[n]) for n, p in model.named_parameters())


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(CheckpointError):
        TUNER.restore(attach(make_model("llama")), tmp_path)
