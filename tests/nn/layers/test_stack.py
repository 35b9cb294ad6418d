"""Finding layers and their parts in models of several families."""

import pytest
from tests.fixtures_train import make_model
from torch import nn

from burnish.core.errors import ModelError
from burnish.nn.layers import stack


@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma2", "glm", "mixtral", "cohere"])
def test_layers_and_their_parts(family):
    model = make_model(family)
    path, layers = stack.decoder_layers(model)
    assert path == "model.layers" and len(layers) == 2
    assert stack.part(layers[0], stack.MLP) is layers[0].mlp
    assert stack.part(layers[1], stack.ATTENTION) is layers[1].self_attn


def test_what_is_not_there_is_named():
    model = make_model("llama")
    with pytest.raises(ModelError, match=r"none of the parts mlp, .*it has self_attn"):
        layer = model.model.layers[0]
        del layer.mlp
        stack.part(layer, stack.MLP)
    model.config.num_hidden_layers = 5
    with pytest.raises(ModelError, match="no list of its 5 layers"):
        stack.decoder_layers(model)


def test_weights_that_are_no_parameters_have_a_place_too():
    module = nn.Module()
    module.register_buffer("packed", make_model("llama").lm_head.weight.detach())
    assert stack.device_of(module).type == "cpu"
