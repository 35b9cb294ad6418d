"""VeRA: the formula, the seed of the shared matrices, what a checkpoint holds, unequal layers."""

import json

import pytest
import torch
from safetensors.torch import load_file
from tests.fixtures_train import fill, make_config, make_model

from burnish.core.errors import UsageError
from burnish.tuners.vera import TUNER

IDS = torch.arange(2, 14).reshape(2, 6)


def attach(model=None, **flags):
    config = make_config(**{"sft_type": "vera", "vera_rank": 8, **flags})
    return TUNER.attach(model or make_model("qwen2"), config, 10)


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits


def layer(model, name="q_proj"):
    return model.get_base_model().model.layers[0].self_attn.get_submodule(name)


def test_a_layer_computes_the_formula():
    """y = Wx + b * (B (d * (A x))), in float64."""
    tuned = attach()
    fill(tuned, scale=0.5)
    part = layer(tuned)
    x = torch.randn(3, 32, generator=torch.Generator().manual_seed(0))
    a, b = part.vera_A["default"].double(), part.vera_B["default"].double()
    d, scale = part.vera_lambda_d["default"].double(), part.vera_lambda_b["default"].double()
    base = part.base_layer(x).double()
    expected = base + scale * ((x.double() @ a[:, :32].T * d) @ b[:32].T)
    torch.testing.assert_close(part.eval()(x).double(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("key", "seed", "saved"),
    [(True, 0, True), (False, 0, False), (0, 0, True), (1, 1, True), (7, 7, True)],
)
def test_true_and_false_say_whether_to_save_and_numbers_seed(key, seed, saved, tmp_path):
    tuned = attach(vera_projection_prng_key=key)
    TUNER.save(tuned, tmp_path)
    written = json.loads((tmp_path / "adapter_config.json").read_text())
    assert (written["projection_prng_key"], written["save_projection"]) == (seed, saved)
    names = load_file(tmp_path / "adapter_model.safetensors").keys()
    assert any("vera_A" in name for name in names) == saved


def test_one_seed_gives_one_pair_for_all_layers():
    torch.manual_seed(1)
    one = attach(vera_projection_prng_key=3)
    torch.manual_seed(2)
    two = attach(vera_projection_prng_key=3)
    other = attach(vera_projection_prng_key=4)
    first = layer(one).vera_A["default"]
    assert torch.equal(first, layer(two).vera_A["default"])
    assert not torch.equal(first, layer(other).vera_A["default"])
    assert first is layer(one, "k_proj").vera_A["default"], "shared, not copied"
    assert not any(p is first for p in one.parameters()), "frozen"


def test_layers_of_unequal_shape_take_corners():
    tuned = attach(target_modules=["ALL"])
    part = tuned.get_base_model().model.layers[0].mlp.down_proj  # 48 -> 32, q is 32 -> 32
    assert part.vera_A["default"].shape == (8, 48) and part.vera_B["default"].shape == (48, 8)
    fill(tuned)
    assert logits(tuned).isfinite().all()


def test_start_and_dropout_are_those_of_the_flags():
    tuned = attach(vera_d_initial=0.25, vera_dropout=0.5)
    assert (layer(tuned).vera_lambda_d["default"] == 0.25).all()
    assert (layer(tuned).vera_lambda_b["default"] == 0).all()
    assert layer(tuned).vera_dropout["default"].p == 0.5


def test_a_regular_expression_chooses_layers():
    tuned = attach(target_regex=r".*layers\.1\.mlp\.up_proj")
    names = [n for n, p in tuned.named_parameters() if p.requires_grad]
    assert len(names) == 2 and all("layers.1.mlp.up_proj" in n for n in names)


def test_embeddings_are_refused():
    with pytest.raises(UsageError, match="embedding layer, which --sft_type vera cannot"):
        attach(target_modules=["embed_tokens"])


def test_a_saved_embedding_leaves_its_head_and_says_so(caplog, tmp_path):
    tuned = attach(make_model("qwen2", tied=True), modules_to_save=["EMBEDDING"])
    assert "no longer do" in caplog.text
    fill(tuned)
    TUNER.save(tuned, tmp_path)
    again = TUNER.load(make_model("qwen2", tied=True), tmp_path)
    assert torch.equal(logits(again), logits(tuned))
