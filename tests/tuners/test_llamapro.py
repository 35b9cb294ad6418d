"""LLaMA Pro: where new layers go, that they change nothing, and that the grown model is whole."""

import pytest
import torch
from tests.fixtures_train import fill, make_config, make_model

from burnish.core.errors import UsageError
from burnish.nn.layers.llamapro import layer_plan
from burnish.nn.load import LoadOptions, load_model, save_model
from burnish.tuners.llamapro import TUNER

IDS = torch.arange(2, 14).reshape(2, 6)
FAMILIES = ["llama", "qwen2", "gemma2", "glm", "cohere"]


def attach(model, **flags):
    flags = {"llamapro_num_new_blocks": 2, **flags}
    return TUNER.attach(model, make_config(sft_type="llamapro", **flags), 10)


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits


def test_where_they_go():
    assert layer_plan(4, 2, 2) == [(0, False), (1, False), (1, True), (2, False), (3, False),
                                   (3, True)]  # fmt: skip
    assert [index for index, copy in layer_plan(8, 4, 2) if copy] == [3, 3, 7, 7]
    for blocks, groups in ((1, 1), (8, 8), (8, 2), (4, 1)):
        assert len(layer_plan(8, blocks, groups)) == 8 + blocks


@pytest.mark.parametrize("family", FAMILIES)
def test_the_grown_model_says_what_the_base_says(family):
    base = logits(make_model(family, num_hidden_layers=4))
    model = attach(make_model(family, num_hidden_layers=4), llamapro_num_groups=1)
    assert torch.equal(logits(model), base)
    assert len(model.model.layers) == model.config.num_hidden_layers == 6
    assert [layer.self_attn.layer_idx for layer in model.model.layers] == list(range(6))
    kinds = getattr(model.config, "layer_types", None)
    assert kinds is None or len(kinds) == 6
    trained = {n.split(".")[2] for n, p in model.named_parameters() if p.requires_grad}
    assert trained == {"4", "5"}


def test_biases_of_the_last_weights_are_zero_too():
    model = make_model("llama", attention_bias=True, mlp_bias=True)
    fill(model)
    base = logits(model)
    grown = attach(model)
    assert torch.equal(logits(grown), base)
    assert not grown.model.layers[1].mlp.down_proj.bias.any()


@pytest.mark.parametrize("family", FAMILIES)
def test_it_loads_as_an_adapter_and_as_a_whole_model(family, tmp_path):
    model = attach(make_model(family))
    fill(model, scale=0.05)
    expected = logits(model)
    TUNER.save(model, tmp_path)
    loaded = TUNER.load(make_model(family), tmp_path)
    assert torch.equal(logits(loaded), expected)
    save_model(loaded, tmp_path / "whole")
    whole = load_model(tmp_path / "whole", LoadOptions())
    assert torch.equal(logits(whole), expected)
    given = {"input_ids": IDS, "attention_mask": torch.ones_like(IDS)}
    options = {"max_new_tokens": 5, "do_sample": False, "eos_token_id": None}
    answers = [whole.generate(**given, **options, use_cache=cache) for cache in (True, False)]
    assert torch.equal(*answers)


def test_float16_is_trained_in_float32_and_used_in_float16(tmp_path):
    model = attach(make_model("llama").half())
    kinds = {p.requires_grad: p.dtype for p in model.parameters()}
    assert kinds == {True: torch.float32, False: torch.float16}
    TUNER.save(model, tmp_path)
    loaded = TUNER.load(make_model("llama").half(), tmp_path)
    assert {p.dtype for p in loaded.parameters()} == {torch.float16}


def test_uneven_layers_are_refused():
    with pytest.raises(UsageError, match=r"(?s)does not divide the 2 layers.*use one of 1, 2"):
        attach(make_model("llama"), llamapro_num_new_blocks=4)
    with pytest.raises(UsageError, match="llamapro_num_groups"):
        make_config(sft_type="llamapro", llamapro_num_new_blocks=4, llamapro_num_groups=3)
