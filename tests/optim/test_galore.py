"""GaLore and Q-GaLore: against a plain NumPy reference, and what must hold at every step."""

import json
import logging

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.fixtures_train import make_config, make_model

from burnish.core.errors import UsageError
from burnish.core.require import is_installed
from burnish.optim.base import build_optimizer
from burnish.optim.galore import UPON, GaloreGroup, targets
from burnish.optim.galore_step import Galore, PerParameter
from burnish.train import state

KINDS = ["std", "reverse_std", "left", "right", "full"]
needs_bnb = pytest.mark.skipif(not is_installed("bitsandbytes"), reason="no bitsandbytes")


def built(model, **flags):
    values = {
        "sft_type": "full", "use_galore": True, "galore_rank": 4, "galore_update_proj_gap": 3,
        "learning_rate": 1e-2, "weight_decay": 0.1, **flags,
    }  # fmt: skip
    return build_optimizer(model, make_config(**values))


def q_galore(model, **flags):
    return built(model, galore_quantization=True, galore_update_proj_gap=2, **flags)


def step_all(model, optimizer, seed, constant=False):
    draw = torch.Generator().manual_seed(0 if constant else seed)
    for parameter in model.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=draw).to(parameter.dtype)
    optimizer.step()


class Reference:
    """One weight under GaLore on AdamW, in float64 and NumPy."""

    def __init__(self, weight, kind, rank, gap, scale):
        self.w, self.kind, self.rank, self.gap, self.scale = weight, kind, rank, gap, scale
        self.t, self.left, self.right = 0, None, None
        self.m = self.v = 0.0

    def renew(self, g):
        u, _, vt = np.linalg.svd(g, full_matrices=False)
        tall = g.shape[0] >= g.shape[1]
        side = {"std": "right" if tall else "left", "reverse_std": "left" if tall else "right"}
        side = side.get(self.kind, self.kind)
        left, right = u[:, : self.rank], vt.T[:, : self.rank]
        self.left = self.oriented(left, self.left) if side in ("left", "full") else None
        self.right = self.oriented(right, self.right) if side in ("right", "full") else None

    @staticmethod
    def oriented(new, old):
        if old is None:
            signs = np.sign(new[np.abs(new).argmax(0), range(new.shape[1])])
        else:
            signs = np.sign((new * old).sum(0))
        return new * signs

    def step(self, g, lr=1e-2, betas=(0.9, 0.95), eps=1e-3, decay=0.1):
        if self.t % self.gap == 0:
            self.renew(g)
        self.t += 1
        low = g if self.left is None else self.left.T @ g
        low = low if self.right is None else low @ self.right
        self.m = betas[0] * self.m + (1 - betas[0]) * low
        self.v = betas[1] * self.v + (1 - betas[1]) * low**2
        d = self.m / (1 - betas[0] ** self.t)
        d = d / (np.sqrt(self.v / (1 - betas[1] ** self.t)) + eps)
        d = d if self.left is None else self.left @ d
        d = d if self.right is None else d @ self.right.T
        self.w = self.w * (1 - lr * decay) - lr * self.scale * d


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_reference(kind):
    """With an epsilon above rounding errors: projected from both sides, the gradient of a renewal
    is diagonal, and Adam would make +-1 of what is 0 but for rounding.
    """
    model = make_model("llama")
    optimizer = built(model, galore_proj_type=kind, galore_scale=0.25, adam_epsilon=1e-3)
    layer = model.model.layers[0]
    weights = [layer.mlp.up_proj.weight, layer.mlp.down_proj.weight, layer.self_attn.q_proj.weight]
    plain = [Reference(w.detach().double().numpy(), kind, 4, 3, 0.25) for w in weights]
    for step in range(8):
        step_all(model, optimizer, step)
        for reference, weight in zip(plain, weights, strict=True):
            reference.step(weight.grad.double().numpy())
    for reference, weight in zip(plain, weights, strict=True):
        np.testing.assert_allclose(weight.detach().numpy(), reference.w, rtol=1e-3, atol=2e-4)


def test_other_weights_are_stepped_by_adamw():
    model, other = make_model("llama"), make_model("llama")
    optimizer = built(model)
    adamw = build_optimizer(other, make_config(sft_type="full", learning_rate=1e-2))
    for step in range(4):
        step_all(model, optimizer, step), step_all(other, adamw, step)
    for name, p in model.named_parameters():
        same = torch.allclose(p, dict(other.named_parameters())[name], rtol=1e-5, atol=1e-6)
        assert same == (not name.endswith("proj.weight")), name


@pytest.mark.parametrize("kind", KINDS)
def test_state_has_the_projected_shape(kind):
    model = make_model("llama")
    optimizer = built(model, galore_proj_type=kind)
    step_all(model, optimizer, 1)
    tall = model.model.layers[0].mlp.up_proj.weight  # (48, 32)
    shapes = {"std": (48, 4), "right": (48, 4), "left": (4, 32), "reverse_std": (4, 32)}
    held = optimizer.state[tall]
    for name in ("exp_avg", "exp_avg_sq"):
        assert held[name].shape == shapes.get(kind, (4, 4))
    assert held["left"].shape == ((48, 4) if kind in ("left", "reverse_std", "full") else (0,))
    assert held["right"].shape == ((32, 4) if kind in ("std", "right", "full") else (0,))


def projections(model, optimizer, count, weight, **how):
    """The weight's projection after each of so many steps."""
    seen = []
    for step in range(count):
        step_all(model, optimizer, step, **how)
        seen.append([m.clone() for m in optimizer.read(optimizer.state[weight], weight.shape)])
    return seen


def check_renewals(kind="full", gap=3, count=10):
    """Orthonormal at every step, and another one at the multiples of the gap and only there."""
    model = make_model("llama")
    optimizer = built(model, galore_proj_type=kind, galore_update_proj_gap=gap)
    weight = model.model.layers[1].mlp.down_proj.weight
    seen = projections(model, optimizer, count, weight)
    for bases in seen:
        for basis in bases:
            if basis.numel():
                torch.testing.assert_close(basis.mT @ basis, torch.eye(4), rtol=0, atol=1e-5)
    for step in range(1, count):
        for before, after in zip(seen[step - 1], seen[step], strict=True):
            if after.numel():
                assert torch.equal(before, after) == (step % gap != 0), step


@pytest.mark.parametrize("kind", KINDS)
def test_a_projection_is_orthonormal_and_renewed_at_multiples_of_the_gap(kind):
    check_renewals(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_rank_loses_nothing(kind):
    """Projected and projected back, a gradient is what it was."""
    model = make_model("llama")
    optimizer = built(model, galore_proj_type=kind, galore_rank=32)
    step_all(model, optimizer, 1)
    weight = model.model.layers[0].self_attn.q_proj.weight  # (32, 32)
    left, right = optimizer.read(optimizer.state[weight], weight.shape)
    found = weight.grad
    if left.numel():
        found = left @ (left.T @ found)
    if right.numel():
        found = found @ right @ right.T
    assert left.numel() or right.numel()
    torch.testing.assert_close(found, weight.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("fault", ["never", "always"])
def test_a_projection_that_is_renewed_wrongly_is_caught(fault, monkeypatch):
    right = Galore._projection

    def wrong(self, gradient, held):
        if "due" in held:
            held["due"] = 10**9 if fault == "never" else 0
        return right(self, gradient, held)

    monkeypatch.setattr(Galore, "_projection", wrong)
    with pytest.raises(AssertionError):
        check_renewals()


@pytest.mark.parametrize("upon", [p for p in UPON if "8bit" not in p])
def test_one_optimiser_each_gives_the_same(upon):
    """Neither gap nor schedule is another."""
    from burnish.optim.schedule import schedule

    models = make_model("llama"), make_model("llama")
    one = built(models[0], optim=upon)
    each = built(models[1], optim=upon, galore_optim_per_parameter=True)
    assert isinstance(each, PerParameter) and len(each.param_groups) == len(each.parts)
    assert len(each.parts) == len(list(models[1].parameters()))
    courses = [schedule(o, "cosine", 8, 2) for o in (one, each)]
    for step in range(8):
        for model, optimizer, course in zip(models, (one, each), courses, strict=True):
            step_all(model, optimizer, step)
            course.step()
        assert set(courses[1].get_last_lr()) == set(courses[0].get_last_lr())
    for (name, p), q in zip(models[0].named_parameters(), models[1].parameters(), strict=True):
        assert torch.equal(p, q), name


RESUMED = [
    {},
    {"galore_proj_type": "full", "galore_with_embedding": True},
    {"optim": "adafactor"},
    {"galore_optim_per_parameter": True},
    pytest.param({"optim": "adamw_8bit"}, marks=needs_bnb),
    pytest.param({"galore_quantization": True, "galore_proj_quant": True,
                  "galore_proj_group_size": 48}, marks=needs_bnb),
]  # fmt: skip


@pytest.mark.parametrize("flags", RESUMED)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_goes_on_bit_for_bit_in_the_middle_of_a_gap(flags, dtype, tmp_path):
    model = make_model("llama").to(dtype)
    optimizer = built(model, **flags)
    for step in range(4):
        step_all(model, optimizer, step)
    tensors, values = state.split(optimizer.state_dict())
    save_file(tensors, tmp_path / "state.safetensors")
    again = make_model("llama").to(dtype)
    again.load_state_dict(model.state_dict())
    fresh = built(again, **flags)
    values = json.loads(json.dumps(values))
    fresh.load_state_dict(state.join(load_file(tmp_path / "state.safetensors"), values))
    for step in range(4, 9):
        step_all(model, optimizer, step), step_all(again, fresh, step)
    for (name, p), q in zip(model.named_parameters(), again.parameters(), strict=True):
        assert torch.equal(p, q), name


@needs_bnb
def test_the_gap_grows_while_gradients_stay_and_never_shrinks():
    model = make_model("llama")
    optimizer = q_galore(model, galore_queue_size=3, galore_gamma_proj=2)
    weight = model.model.layers[0].mlp.up_proj.weight
    gaps = []
    for step in range(40):
        step_all(model, optimizer, step, constant=True)
        gaps.append(optimizer.state[weight]["gap"])
    renewed = [0, 2, 4, 6, 10, 18, 34]  # three likenesses first, then twice as long each time
    expected = [2 * 2 ** max(0, sum(s >= r for r in renewed) - 3) for s in range(40)]
    assert gaps == expected and sorted(gaps) == gaps and gaps[-1] == 32


@needs_bnb
@pytest.mark.parametrize(
    ("flags", "longest"),
    [
        ({"galore_gamma_proj": 3, "galore_queue_size": 2}, 18),
        ({"galore_gamma_proj": 1}, 2),
        ({"galore_queue_size": 9}, 2),
    ],
)
def test_threshold_factor_and_queue_have_their_effect(flags, longest):
    model = make_model("llama")
    optimizer = q_galore(model, **flags)
    for step in range(12):
        step_all(model, optimizer, step, constant=True)
    assert {held["gap"] for held in optimizer.state.values() if "gap" in held} == {longest}


@needs_bnb
def test_the_gap_stays_while_gradients_turn():
    model = make_model("llama", hidden_size=128, intermediate_size=256)
    optimizer = q_galore(model, galore_queue_size=2)
    for step in range(12):
        step_all(model, optimizer, step)
    gaps = {held["gap"] for held in optimizer.state.values() if "gap" in held}
    assert gaps == {2}
    easy = q_galore(model, galore_queue_size=2, galore_cos_threshold=-1)
    for step in range(12):
        step_all(model, easy, step)
    assert min(held["gap"] for held in easy.state.values() if "gap" in held) > 2
    plain = built(model, galore_update_proj_gap=2)
    for step in range(12):
        step_all(model, plain, step, constant=True)
    assert {held["gap"] for held in plain.state.values() if "gap" in held} == {2}, "Q-GaLore only"


@needs_bnb
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_a_quantised_projection_is_small_and_near(bits):
    model, other = make_model("llama"), make_model("llama")
    few = q_galore(model, galore_proj_quant=True, galore_proj_bits=bits,
                   galore_proj_group_size=16)  # fmt: skip
    whole = q_galore(other)
    step_all(model, few, 1), step_all(other, whole, 1)
    weight, twin = (m.model.layers[0].mlp.up_proj.weight for m in (model, other))
    held = few.state[weight]
    assert "right" not in held and held["right_codes"].numel() == 32 * 4 * bits // 8
    near, exact = few.read(held, weight.shape)[1], whole.read(whole.state[twin], twin.shape)[1]
    error = (near - exact).norm() / exact.norm()
    assert 0 < error < {2: 0.4, 4: 0.08, 8: 0.005}[bits]


def names(model, **flags):
    config = make_config(sft_type="full", use_galore=True, **flags)
    chosen = targets(model, config[GaloreGroup])
    return {n.removesuffix(".weight") for n, p in model.named_parameters() if id(p) in chosen}


def test_targets():
    model = make_model("llama")
    linear = {n for n, m in model.named_modules() if isinstance(m, torch.nn.Linear)}
    assert names(model) == linear - {"lm_head"}
    assert names(model, galore_with_embedding=True) == linear - {"lm_head"} | {"model.embed_tokens"}
    assert names(model, galore_target_modules=["mlp", "v_proj"]) == {
        n for n in linear if "mlp" in n or "v_proj" in n
    }
    model.model.layers[0].requires_grad_(False)
    assert not any("layers.0" in name for name in names(model))


def test_a_target_that_is_not_there_is_refused():
    with pytest.raises(UsageError, match=r"galore_target_modules q_porj"):
        names(make_model("llama"), galore_target_modules=["mlp", "q_porj"])


def test_a_rank_that_saves_nothing_is_told(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("burnish"), "propagate", True)
    names(make_model("llama"), galore_rank=31)
    assert "--galore_rank" not in caplog.text.replace("--galore_rank 31 is not below the narrower "
                                                      "side of 4 of 14", "")  # fmt: skip
    names(make_model("llama"), galore_rank=32)
    assert "--galore_rank 32 is not below the narrower side of 14 of 14 matrices" in caplog.text


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"sft_type": "lora"}, ("use_galore", "--sft_type lora")),
        ({"optim": "sgd"}, ("--optim sgd", "--use_galore")),
        ({"optim": "muon"}, ("--optim muon", "--use_galore")),
        ({"optim": "adafactor", "galore_quantization": True}, ("adafactor", "quantization")),
        ({"lisa_activated_layers": 2}, ("lisa_activated_layers", "use_galore")),
        ({"galore_rank": 0}, ("galore_rank", "at least 1")),
        ({"galore_quantization": True, "galore_proj_quant": True, "galore_proj_bits": 9},
         ("galore_proj_bits", "at most 8")),
    ],
)  # fmt: skip
def test_what_does_not_go_together(flags, words):
    with pytest.raises(UsageError) as raised:
        make_config(**{"sft_type": "full", "use_galore": True, **flags})
    assert all(word in str(raised.value) for word in words)
