"""The formula of memory: its terms counted on models that are really made."""

import pytest
import torch
from tests.fixtures_train import make_config, make_model, make_sequences

from burnish.data.collate import batch_of
from burnish.nn import quantize
from burnish.nn.layers import lora
from burnish.nn.load import LoadOptions, load_model
from burnish.nn.scorer import Scorer
from burnish.train import memory
from burnish.train.memory import Shape, predict, shape_of
from burnish.tuners.lora import TUNER

SEVEN = Shape(28, 3584, 18944, 3584, 512, 152064, False)
SIZES = {"hidden_size": 64, "intermediate_size": 192}


@pytest.mark.parametrize(
    "flags",
    [
        {},
        {"quantization_bit": 4},
        {"quantization_bit": 4, "bnb_4bit_use_double_quant": False},
        {"quantization_bit": 8},
        {"quant_method": "hqq", "quantization_bit": 4},
        {"quant_method": "hqq", "quantization_bit": 2},
        {"quant_method": "fp8"},
    ],
)
def test_weights_take_what_is_said(tmp_path, flags):
    pytest.importorskip("bitsandbytes")
    if flags.get("quant_method") == "hqq":
        pytest.importorskip("hqq")
    make_model("llama", hidden_size=256, intermediate_size=512).save_pretrained(tmp_path)
    config = make_config(**flags)
    model = load_model(tmp_path, LoadOptions(quant=quantize.asked(config)))
    shape = shape_of(model.config)
    held = sum(bytes_of(m) for m in model.model.layers.modules() if hasattr(m, "in_features"))
    assert shape.layers * memory.block_bytes(config, shape, 4) == pytest.approx(held, rel=0.02)


def bytes_of(layer):
    """All that a linear layer holds, packed or not."""
    found = [*layer.parameters(recurse=False), *layer.buffers(recurse=False)]
    found += [v for v in (getattr(layer, "meta", None) or {}).values() if torch.is_tensor(v)]
    weight = getattr(layer, "weight", None)
    state = getattr(weight, "quant_state", None)
    if state is not None:
        found.append(state.absmax)
        if state.nested:
            found.append(state.state2.absmax)
    found += [weight.SCB] if getattr(weight, "SCB", None) is not None else []
    return sum(t.numel() * t.element_size() for t in {id(t): t for t in found}.values())


@pytest.mark.parametrize("family", ["llama", "qwen2"])
@pytest.mark.parametrize("targets", [["DEFAULT"], ["ALL"]])
def test_an_adapter_has_the_numbers_that_are_said(family, targets):
    model = make_model(family, **SIZES)
    config = make_config(target_modules=targets)
    tuned = TUNER.attach(model, config, 1)
    trained = sum(p.numel() for p in tuned.parameters() if p.requires_grad)
    assert memory.adapter_size(config, shape_of(model.config)) == trained


@pytest.mark.parametrize("family", ["llama", "qwen2"])
@pytest.mark.parametrize(
    "flags",
    [
        {"lora_dropout": 0.0, "target_modules": ["ALL"]},
        {"lora_dropout": 0.1, "target_modules": ["ALL"]},
        {"lora_dropout": 0.1, "target_modules": ["DEFAULT"]},
        {"sft_type": "full"},
    ],
)
def test_layers_keep_what_is_said(family, flags):
    """Bytes that autograd keeps, of four layers less of two: embedding and head drop out."""
    config = make_config(**flags)
    few, many = (saved(family, layers, config) for layers in (2, 4))
    model = make_model(family, **SIZES, num_key_value_heads=4)
    shape = shape_of(model.config)
    said = 2 * 64 * memory.kept_by_layer(config, shape, 4)
    if flags.get("lora_dropout"):  # on a CPU, dropout's mask is as wide as the numbers
        said += (
            2 * 64 * 3 * sum(width for width, _ in memory.adapter_targets(config, shape).values())
        )
    assert said == pytest.approx(many - few, rel=0.12)


def saved(family, layers, config):
    """Bytes that a forward pass of 64 tokens keeps, weights left out, each storage once."""
    model = make_model(family, **SIZES, num_hidden_layers=layers, num_key_value_heads=4)
    if "lora_rank" in config.flags and config.value("sft_type") == "lora":
        model = TUNER.attach(model, config, 1)
        lora.install(model)
    scorer = Scorer(model).train()
    own = {p.untyped_storage().data_ptr() for p in model.parameters()}
    own |= {b.untyped_storage().data_ptr() for b in model.buffers()}
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage, tensor  # held, so that no address comes twice
        return tensor

    batch = batch_of([[s] for s in make_sequences([32, 32])], 0, False)
    scorer(batch)  # kernels are compared with their twins once
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        scorer(batch).logps.sum()
    return sum(storage.nbytes() for storage, _ in kept.values())


def of_seven(**flags):
    options = {"batch_size": 4, "max_length": 2048, "dtype": "bf16", **flags}
    return predict(make_config(**options), SEVEN)


def test_methods_stand_in_their_order():
    plain, nf4, hqq, fp8 = (
        of_seven(**flags)
        for flags in (
            {},
            {"quantization_bit": 4},
            {"quant_method": "hqq", "quantization_bit": 4},
            {"quant_method": "fp8"},
        )
    )
    assert nf4.weights < hqq.weights < fp8.weights < plain.weights
    assert 15.0e9 < plain.weights < 15.5e9 and 5.4e9 < nf4.weights < 5.8e9
    lisa = of_seven(sft_type="full", lisa_activated_layers=2)
    galore = of_seven(sft_type="full", use_galore=True)
    full = of_seven(sft_type="full")
    assert plain.total < lisa.total < galore.total < full.total
    assert full.weights + full.trained == 12 * (28 * SEVEN.block + SEVEN.rest)


def test_checkpointing_and_shorter_rows_take_less():
    base = of_seven()
    assert of_seven(gradient_checkpointing=False).passing > 3 * base.passing
    assert of_seven(max_length=1024).passing < base.passing
    assert of_seven(batch_size=8).passing > base.passing
    assert of_seven(lora_rank=64).trained == 8 * base.trained
