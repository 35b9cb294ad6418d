"""ReFT: the six formulas, a rotation that stays one, and which layers and positions are changed."""

import pytest
import torch
from tests.fixtures_train import fill, make_config, make_model

from burnish.config.groups.optim import OptimGroup
from burnish.core.errors import UsageError
from burnish.nn.layers.reft import FORMULAS, Intervention, Rotation
from burnish.optim.base import parameter_groups
from burnish.tuners.base import fitted, may_recompute
from burnish.tuners.reft import TUNER

IDS = torch.arange(2, 14).reshape(2, 6)


def attach(model, **flags):
    return TUNER.attach(model, make_config(sft_type="reft", **flags), 10)


def logits(model, ids=IDS):
    with torch.no_grad():
        return model.eval()(input_ids=ids).logits


def by_hand(kind, given, h):
    """The formulas of the paper, in float64."""
    value = {name: tensor.double() for name, tensor in given.state_dict().items()}
    r = given.rotate().double() if hasattr(given, "rotate") else value["project.weight"]
    source = h @ value["source.weight"].T + value["source.bias"] if given.formula.source else None
    change = {
        "NoreftIntervention": lambda: source - h @ r.T,
        "LoreftIntervention": lambda: source - h @ r.T,
        "ConsreftIntervention": lambda: value["bias"] - h @ r.T,
        "LobireftIntervention": lambda: value["bias"],
        "DireftIntervention": lambda: source,
        "NodireftIntervention": lambda: source,
    }[kind]()
    return h + change @ r


@pytest.mark.parametrize("kind", FORMULAS)
def test_the_formula(kind):
    torch.manual_seed(0)
    given = Intervention(kind, 8, 3)
    fill(given)
    h = torch.randn(2, 4, 8)
    expected = by_hand(kind, given, h.double())
    torch.testing.assert_close(given(h), expected.float())
    assert given(h.bfloat16()).dtype == torch.bfloat16


def test_the_flags_choose_the_formula():
    flags = {"reft_rank": 3, "reft_intervention_type": "DireftIntervention",
             "reft_args": {"act_fn": "relu", "dropout": 0.25}}  # fmt: skip
    model = attach(make_model("llama"), **flags)
    fill(model)
    given, h = model.model.layers[0].reft.eval(), torch.randn(2, 4, 32)
    r = given.rotate()
    assert r.shape == (3, 32)
    torch.testing.assert_close(given(h), h + torch.relu(given.source(h)) @ r)
    assert not torch.equal(given.train()(h), given(h)), "dropout"


def test_settings_of_the_formula():
    torch.manual_seed(0)
    given = Intervention("NoreftIntervention", 8, 3, act="relu", add_bias=True)
    fill(given)
    h = torch.randn(5, 8)
    inner = torch.relu(given.source(h)) - given.project(h)
    torch.testing.assert_close(given(h), h + inner @ given.project.weight)
    given = Intervention("DireftIntervention", 8, 3, dropout=0.5)
    assert not torch.equal(given(h), given(h))
    given.eval()
    assert torch.equal(given(h), given(h))


def test_the_rotation_is_the_exponential_of_a_skew_matrix():
    """Against the exponential of the whole matrix, in float64."""
    torch.manual_seed(0)
    rotation = Rotation(3, 12).double()
    fill(rotation, scale=0.7)
    start, turn = rotation.start, rotation.turn.detach()
    skew = turn.T @ start - start.T @ turn
    torch.testing.assert_close(skew, -skew.T)
    expected = (torch.linalg.matrix_exp(skew) @ start.T).T
    torch.testing.assert_close(rotation(), expected)
    assert torch.autograd.gradcheck(lambda turn: torch.func.functional_call(
        rotation, {"turn": turn}, ()), (rotation.turn,))  # fmt: skip


@pytest.mark.parametrize("width", [16, 4])
def test_the_rotation_stays_one(width):
    torch.manual_seed(0)
    rotation = Rotation(4, width)
    optimizer = torch.optim.AdamW(rotation.parameters(), lr=0.1, weight_decay=0.1)
    target, before = torch.randn(4, width), rotation().detach()
    for _ in range(30):
        optimizer.zero_grad()
        (rotation() - target).square().sum().backward()
        optimizer.step()
    after = rotation().detach()
    assert (after - before).abs().max() > 0.1
    torch.testing.assert_close(after @ after.T, torch.eye(4), atol=1e-5, rtol=0)
    assert (after - target).square().sum() < (before - target).square().sum()


def test_no_weight_decay_turns_it_back():
    options = make_config(sft_type="reft")[OptimGroup]
    model = attach(make_model("llama"))
    decay = {
        name: group["weight_decay"]
        for group in parameter_groups(model, options.learning_rate, 0.1)
        for name in group["names"]
    }
    assert decay["model.layers.0.reft.rotate.turn"] == 0.0
    assert decay["model.layers.0.reft.source.weight"] == 0.1


def test_chosen_layers_and_no_others():
    model = attach(make_model("llama"), reft_layers=[1])
    names = {n for n, p in model.named_parameters() if p.requires_grad}
    assert names and all(n.startswith("model.layers.1.reft.") for n in names)
    assert not torch.allclose(logits(model), logits(make_model("llama")))


def test_recomputing_is_refused_where_it_was_asked_for_and_else_off():
    with pytest.raises(UsageError, match=r"(?s)gradient_checkpointing.*--sft_type reft"):
        fitted(make_config(sft_type="reft", gradient_checkpointing=True), TUNER)
    config = fitted(make_config(sft_type="reft"), TUNER)
    assert config.value("gradient_checkpointing") is False
    assert not may_recompute(TUNER) and not TUNER.merges


def test_a_position_does_not_depend_on_what_comes_after_it():
    model = attach(make_model("qwen2"))
    fill(model)
    longer = torch.cat([IDS, IDS[:, :3]], 1)
    torch.testing.assert_close(logits(model, longer)[:, :6], logits(model))
    hidden = torch.randn(1, 5, 32)
    change = model.model.layers[0].reft(hidden) - hidden
    assert (change.abs().sum(-1) > 0).all(), "every position"


@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma2", "glm"])
def test_it_comes_back(family, tmp_path):
    model = attach(make_model(family), reft_args={"act_fn": "tanh"})
    fill(model)
    TUNER.save(model, tmp_path)
    state = torch.get_rng_state()
    loaded = TUNER.load(make_model(family), tmp_path)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(logits(loaded), logits(model))


WRONG = [
    ({"reft_layers": [0, 2]}, "0 to 1"),
    ({"reft_rank": 33}, "width of the model, 32"),
    ({"reft_args": {"rate": 1}}, "no setting 'rate'"),
    ({"reft_args": {"act_fn": "sin"}}, "no activation 'sin'"),
    ({"reft_args": {"dropout": 1}}, "from 0 to below 1"),
    ({"reft_args": {"add_bias": True}}, "only NoreftIntervention"),
    ({"reft_args": {"act_fn": "relu"}, "reft_intervention_type": "LobireftIntervention"},
     "no place for"),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "message"), WRONG)
def test_what_cannot_be(flags, message):
    with pytest.raises(UsageError, match=message):
        attach(make_model("llama"), **flags)
