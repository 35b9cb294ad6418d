"""BOFT: the formula, the blocks, and that rotations stay rotations."""

import pytest
import torch
from tests.fixtures_train import fill, make_config, make_model

from burnish.core.errors import UsageError
from burnish.tuners.boft import TUNER


def attach(model=None, **flags):
    config = make_config(**{"sft_type": "boft", **flags})
    return TUNER.attach(model or make_model("qwen2"), config, 10)


def layer(model, name="q_proj"):
    return model.get_base_model().model.layers[0].self_attn.get_submodule(name)


def rotation(part):
    """Block-diagonal Cayley transform of the skew parts, (in, in) float64."""
    blocks = []
    for block in part.boft_R["default"][0].double():
        skew, one = (block - block.T) / 2, torch.eye(len(block), dtype=torch.float64)
        blocks.append((one - skew) @ torch.linalg.inv(one + skew))
    return torch.block_diag(*blocks)


@pytest.mark.parametrize("flags", [{}, {"boft_block_size": 0, "boft_block_num": 4}])
def test_a_layer_computes_the_formula(flags):
    """y = s * (W R'x) + bias, the bias outside of the scale."""
    tuned = attach(**flags)
    fill(tuned, scale=0.4)
    part = layer(tuned).eval()
    x = torch.randn(3, 32, generator=torch.Generator().manual_seed(0))
    turned, base = rotation(part), part.base_layer
    plain = x.double() @ turned @ base.weight.double().T
    expected = plain * part.boft_s["default"].double().flatten() + base.bias.double()
    torch.testing.assert_close(part(x).double(), expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(turned @ turned.T, torch.eye(32).double(), rtol=0, atol=1e-10)


def test_size_and_number_of_blocks():
    assert layer(attach()).boft_R["default"].shape == (1, 8, 4, 4)
    assert layer(attach(boft_block_size=16)).boft_R["default"].shape == (1, 2, 16, 16)
    number = attach(boft_block_size=0, boft_block_num=4)
    assert layer(number).boft_R["default"].shape == (1, 4, 8, 8)


@pytest.mark.parametrize(
    ("flags", "flag"),
    [
        ({"boft_block_size": 5}, "boft_block_size"),
        ({"boft_block_size": 0, "boft_block_num": 7}, "boft_block_num"),
        ({"boft_block_size": 32, "target_modules": ["down_proj"]}, "boft_block_size"),
    ],
)
def test_blocks_must_fill_a_layer(flags, flag):
    with pytest.raises(UsageError, match=r"does not divide the \d+ inputs of model") as caught:
        attach(**flags)
    (problem,) = caught.value.problems
    assert problem.flag == flag and "4" in problem.fix


def test_dropout_switches_blocks_off_in_training_alone():
    tuned = attach(boft_dropout=0.5)
    fill(tuned, scale=0.4)
    part, x = layer(tuned), torch.randn(3, 32)
    assert torch.equal(part.eval()(x), part(x))
    torch.manual_seed(0)
    assert not torch.allclose(part.train()(x), part.eval()(x))


def test_a_block_that_is_switched_off_turns_nothing():
    """Dropout multiplies: in its place stands the identity, not zero."""
    tuned = attach(boft_dropout=0.5, boft_block_size=8, target_regex=r".*layers\.0.*q_proj")
    fill(tuned, scale=0.4)
    part, x = layer(tuned).train(), torch.eye(32)
    scale, bias = part.boft_s["default"].double().flatten(), part.base_layer.bias.double()
    weight = part.base_layer.weight.double()
    turned, seen = rotation(part), set()
    for seed in range(8):
        torch.manual_seed(seed)
        found = (part(x).double() - bias) / scale @ torch.linalg.pinv(weight.T)
        for start in range(0, 32, 8):
            block = (slice(start, start + 8),) * 2
            kinds = {"on": turned[block], "off": torch.eye(8).double()}
            near = [k for k, b in kinds.items() if torch.allclose(found[block], b, atol=1e-3)]
            assert len(near) == 1, start
            seen.update(near)
    assert seen == {"on", "off"}


def test_embeddings_are_refused():
    with pytest.raises(UsageError, match="embedding layer, which --sft_type boft cannot"):
        attach(target_modules=["embed_tokens"])


def test_a_regular_expression_chooses_layers():
    tuned = attach(target_regex=r".*layers\.1\.mlp\.up_proj")
    names = [n for n, p in tuned.named_parameters() if p.requires_grad]
    assert len(names) == 2 and all("layers.1.mlp.up_proj" in n for n in names)


def test_scales_do_not_decay():
    """They rest at 1; decay would pull them to 0."""
    from burnish.optim.base import parameter_groups

    for group in parameter_groups(attach(), 1e-3, 0.1):
        for name in group["names"]:
            assert (group["weight_decay"] == 0) == (".boft_s." in name), name
