"""FourierFT: the formula, the fixed places in the spectrum, and how many there can be."""

import json

import pytest
import torch
from tests.fixtures_train import make_config, make_model

from burnish.core.errors import UsageError
from burnish.tuners.fourierft import PLACES_SEED, TUNER


def attach(model=None, **flags):
    config = make_config(**{"sft_type": "fourierft", "fourier_n_frequency": 60, **flags})
    return TUNER.attach(model or make_model("qwen2"), config, 10)


def layer(model, name="q_proj"):
    return model.get_base_model().model.layers[0].self_attn.get_submodule(name)


def test_a_layer_adds_the_transform_of_its_spectrum():
    """The real part of the inverse transform, by its sum of waves in float64."""
    part = layer(attach(fourier_scaling=12.0)).eval()
    coefficients = part.fourierft_spectrum["default"].double()
    draw = torch.Generator().manual_seed(PLACES_SEED)
    places = torch.randperm(32 * 32, generator=draw)[:60]
    rows, columns = places // 32, places % 32
    j, k = torch.arange(32.0).double()[:, None, None], torch.arange(32.0).double()[:, None]
    angle = 2 * torch.pi * (rows * j + columns * k) / 32  # (32, 32, 60)
    update = 12.0 * (coefficients * angle.cos()).sum(-1) / 32**2
    x = torch.randn(3, 32, generator=torch.Generator().manual_seed(0))
    expected = part.base_layer(x).double() + x.double() @ update.T
    torch.testing.assert_close(part(x).double(), expected, rtol=1e-4, atol=1e-4)


def test_no_entries_change_nothing():
    ids, base = torch.arange(2, 14).reshape(2, 6), make_model("qwen2").eval()
    tuned = attach().eval()
    with torch.no_grad():
        assert not torch.allclose(
            tuned(input_ids=ids).logits, base(input_ids=ids).logits, atol=1e-3
        )
        for name, weight in tuned.named_parameters():
            if "fourierft_spectrum" in name:
                weight.zero_()
        assert torch.equal(tuned(input_ids=ids).logits, base(input_ids=ids).logits)


def test_places_do_not_depend_on_the_random_state(tmp_path):
    torch.manual_seed(1)
    one = layer(attach())
    torch.manual_seed(2)
    two = attach()
    assert torch.equal(one.indices["default"], layer(two).indices["default"])
    assert not torch.equal(
        one.fourierft_spectrum["default"], layer(two).fourierft_spectrum["default"]
    )
    TUNER.save(two, tmp_path)
    assert json.loads((tmp_path / "adapter_config.json").read_text())["random_loc_seed"] == 777


def test_entries_start_standard_normal():
    torch.manual_seed(0)
    drawn = layer(attach(fourier_n_frequency=500)).fourierft_spectrum["default"]
    assert abs(drawn.mean()) < 0.1 and abs(drawn.std() - 1) < 0.1


def test_no_more_entries_than_a_layer_has():
    attach(fourier_n_frequency=16 * 32)  # k_proj and v_proj
    with pytest.raises(UsageError, match=r"more than the 512 entries of model.*k_proj") as caught:
        attach(fourier_n_frequency=16 * 32 + 1)
    assert caught.value.problems[0].flag == "fourier_n_frequency"


def test_embeddings_are_refused():
    with pytest.raises(UsageError, match="embedding layer, which --sft_type fourierft cannot"):
        attach(target_modules=["embed_tokens"])
