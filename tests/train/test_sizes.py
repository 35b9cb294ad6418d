"""What a tuner would train, found without weights: what a run reports, or its reason."""

import pytest
import torch
from tests.fixtures_train import make_config, make_model

from burnish.core.registry import TUNERS
from burnish.train.sizes import trained_count

FITTING = {"llamapro": {"llamapro_num_new_blocks": 2}, "fourierft": {"fourier_n_frequency": 50},
           "freeze": {"num_layer_trainable": 1}}  # fmt: skip


@pytest.mark.parametrize("kind", TUNERS.names())
def test_the_count_is_that_of_the_weights_themselves(kind, tmp_path):
    model = make_model("llama")
    model.save_pretrained(tmp_path)
    config = make_config(model_type=None, model_id_or_path=str(tmp_path), sft_type=kind,
                         **FITTING.get(kind, {}))  # fmt: skip
    torch.manual_seed(0)
    if kind != "full":
        model.requires_grad_(False)
    tuned = TUNERS.find(kind).attach(model, config, 1000)
    expected = sum(p.numel() for p in tuned.parameters() if p.requires_grad)
    assert trained_count(tmp_path, config) == expected > 0


@pytest.mark.parametrize(
    ("family", "kind", "said"),
    [
        ("glm", "longlora", "not of the Llama family"),
        ("llama", "llamapro", "does not divide the 2 layers"),
        ("mixtral", "longlora", "not of the Llama family"),
    ],
)
def test_else_the_reason_is_that_of_a_run(family, kind, said, tmp_path):
    make_model(family).save_pretrained(tmp_path)
    config = make_config(model_type=None, model_id_or_path=str(tmp_path), sft_type=kind)
    assert said in str(trained_count(tmp_path, config))
