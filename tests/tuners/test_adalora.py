"""AdaLoRA: penalty, budget and masks; peft's own training is the oracle; what checkpoints hold."""

import json

import pytest
import torch
from safetensors.torch import load_file
from tests.fixtures_train import fill, make_config, make_model, make_run
from tests.tuners.walk import base_folder

from burnish.core.errors import CheckpointError, UsageError
from burnish.train.fit import fit
from burnish.tuners.adalora import TUNER

IDS = torch.arange(2, 14).reshape(2, 6)
SMALL = {"adalora_init_r": 4, "adalora_target_r": 2, "lora_dropout": 0.0}
MATRICES = 6  # q, k and v of two layers


def attach(total=10, model=None, **flags):
    torch.manual_seed(0)
    config = make_config(**{"sft_type": "adalora", **SMALL, **flags})
    return TUNER.attach(model or make_model("qwen2"), config, total)


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits


def singular(model):
    return {n: p.detach() for n, p in model.named_parameters() if ".lora_E." in n}


def ranks(model):
    return sum(int(p.count_nonzero()) for p in singular(model).values())


def train(model, steps, each=lambda step: None, theirs=False, first=1):
    """AdamW steps on one batch, the penalty added by peft's forward or by ours; the losses."""
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizer, losses = torch.optim.AdamW(weights, lr=3e-2), []
    for step in range(first, first + steps):
        inner = model.train() if theirs else model.train().get_base_model()
        loss = inner(input_ids=IDS, labels=IDS).loss
        loss = loss if theirs else loss + TUNER.penalty(model)
        loss.backward()
        optimizer.step()
        if theirs:
            model.base_model.update_and_allocate(step)
        else:
            TUNER.before_zero(step, model)
        optimizer.zero_grad()
        losses.append(loss.item())
        each(step)
    return losses


def test_training_is_pefts_own():
    ours, theirs = attach(6), attach(6)
    assert train(ours, 6) == pytest.approx(train(theirs, 6, theirs=True), rel=1e-5)
    assert ranks(ours) == ranks(theirs) <= 2 * MATRICES
    assert ours.peft_config["default"].rank_pattern == theirs.peft_config["default"].rank_pattern


def test_the_penalty_is_the_mean_distance_from_orthogonal():
    tuned = attach(adalora_orth_reg_weight=0.3)
    fill(tuned)
    expected = []
    for name, p in tuned.named_parameters():
        if ".lora_A." in name or ".lora_B." in name:
            p = p.detach().double()
            gram = p @ p.T if ".lora_A." in name else p.T @ p
            expected.append((gram - torch.eye(4).double()).norm())
    assert len(expected) == 2 * MATRICES
    found = TUNER.penalty(tuned)
    assert found.item() == pytest.approx(0.3 * torch.stack(expected).mean().item(), rel=1e-5)
    found.backward()
    assert all(p.grad is None for p in singular(tuned).values())


def test_the_budget_falls_from_the_first_rank_to_the_target():
    """By Eq. 11 of the paper, between tinit and the last tfinal steps."""
    tuned, seen = attach(12, adalora_tinit=3, adalora_tfinal=4), {}
    train(tuned, 12, lambda step: seen.update({step: ranks(tuned)}))
    first, last = 4 * MATRICES, 2 * MATRICES
    assert all(seen[step] == first for step in (1, 2, 3)), seen
    for step in range(4, 9):
        left = 1 - (step - 3) / (12 - 4 - 3)
        assert seen[step] <= int((first - last) * left**3 + last), seen
    assert all(seen[step] <= last for step in range(8, 13)), seen
    assert seen[12] == last, "ties apart, all of the budget is used"


def test_importance_is_a_moving_average_of_sensitivity_and_uncertainty():
    """Of |w g|, smoothed by beta1, and of its distance from that, smoothed by beta2."""
    tuned = attach(10, adalora_beta1=0.7, adalora_beta2=0.4)
    fill(tuned)
    weights = {n: p for n, p in tuned.get_base_model().named_parameters() if ".lora_" in n}
    mean = {name: torch.zeros_like(p) for name, p in weights.items()}
    doubt = {name: torch.zeros_like(p) for name, p in weights.items()}
    for step in (1, 2, 3):
        draw = torch.Generator().manual_seed(step)
        for name, weight in weights.items():
            weight.grad = torch.randn(weight.shape, generator=draw)
            now = (weight * weight.grad).abs().detach()
            mean[name] = 0.7 * mean[name] + 0.3 * now
            doubt[name] = 0.4 * doubt[name] + 0.6 * (now - mean[name]).abs()
        TUNER.before_zero(step, tuned)
    counted = tuned.base_model.rankallocator
    for name in weights:
        torch.testing.assert_close(counted.exp_avg_ipt[name], mean[name], rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(counted.exp_avg_unc[name], doubt[name], rtol=1e-4, atol=1e-6)


def test_masks_change_every_delta_t_steps():
    tuned, patterns = attach(12, adalora_deltaT=3), []
    train(tuned, 11, lambda step: patterns.append(tuned.peft_config["default"].rank_pattern))
    changed = [i + 1 for i in range(11) if i == 0 or patterns[i] is not patterns[i - 1]]
    assert changed == [1, 3, 6, 9] and patterns[0] is None


@pytest.mark.parametrize(
    ("flags", "total"),
    [({"adalora_tinit": 4, "adalora_tfinal": 6}, 10), ({"adalora_tinit": 10}, 10), ({}, 0)],
)
def test_there_must_be_time_for_ranks_to_fall(flags, total):
    with pytest.raises(UsageError, match="none of the run's") as caught:
        attach(total, **flags)
    assert caught.value.problems[0].flag == "adalora_tinit"


def test_embeddings_are_refused():
    with pytest.raises(UsageError, match="embedding layer, which --sft_type adalora cannot"):
        attach(target_modules=["embed_tokens"])


@pytest.mark.parametrize("step", [5, 6, 7, 9, 10])
def test_a_checkpoint_is_the_model_of_its_step(step, tmp_path):
    """Also between two masks, when masked ranks have moved again."""
    tuned = attach(10, adalora_deltaT=2, adalora_tfinal=2)
    train(tuned, step)
    expected, pattern = logits(tuned), tuned.peft_config["default"].rank_pattern
    TUNER.save(tuned, tmp_path)
    assert tuned.peft_config["default"].rank_pattern == pattern, "training goes on"
    torch.testing.assert_close(
        logits(TUNER.load(make_model("qwen2"), tmp_path)), expected, rtol=1e-5, atol=1e-5
    )
    saved = json.loads((tmp_path / "adapter_config.json").read_text())
    size = sum(t.numel() for n, t in load_file(tmp_path / "adapter_model.safetensors").items()
               if "lora_E" in n)  # fmt: skip
    if step in (5, 7):
        assert saved["rank_pattern"] is None and size == 4 * MATRICES
    else:
        assert size == ranks(tuned) < 4 * MATRICES, "the file holds the ranks that are left"


@pytest.mark.parametrize("step", [1, 4, 5, 8])
def test_going_on_is_bit_for_bit(step, tmp_path):
    """All but the optimiser's state, which here starts anew on both sides."""
    whole = attach(10, adalora_deltaT=2, adalora_tfinal=2)
    train(whole, step)
    TUNER.save(whole, tmp_path)
    again = attach(10, adalora_deltaT=2, adalora_tfinal=2)
    fill(again)
    TUNER.restore(again, tmp_path)
    for tuned in (whole, again):
        train(tuned, 10 - step, first=step + 1)
    for (name, one), two in zip(whole.named_parameters(), again.parameters(), strict=True):
        assert torch.equal(one, two), name


def test_gradients_that_are_missing_or_not_numbers_count_as_none():
    """An expert no token went to; a float16 step that overflowed."""
    tuned = attach(10)
    train(tuned, 2)
    weights = [p for n, p in tuned.named_parameters() if ".lora_" in n]
    for weight in weights[1:]:
        weight.grad = torch.full_like(weight, float("nan"))
    TUNER.before_zero(3, tuned)
    averages = tuned.base_model.rankallocator.exp_avg_ipt.values()
    assert all(a.isfinite().all() for a in averages)
    assert all(p.isfinite().all() for p in weights)


def test_another_adapter_is_refused(tmp_path):
    TUNER.save(attach(), tmp_path)
    with pytest.raises(CheckpointError, match="does not fit the adapter"):
        TUNER.restore(attach(adalora_init_r=5), tmp_path)


def test_lora_flags_that_hold_here():
    layer = attach(lora_alpha=7, lora_dropout=0.25).get_base_model().model.layers[0].self_attn
    assert layer.q_proj.scaling["default"] == 7 and layer.q_proj.lora_dropout["default"].p == 0.25


def test_the_adapters_number_format_does_not_hold_here():
    flags = {"model": make_model("qwen2").bfloat16(), "lora_dtype": "bf16"}
    kinds = {
        p.dtype for n, p in attach(**flags).named_parameters() if ".lora_" in n and p.ndim == 2
    }
    assert kinds == {torch.float32}
    assert any("--lora_dtype bf16" in note for note in
               make_config(sft_type="adalora", lora_dtype="bf16").notes)  # fmt: skip


def test_half_precision_bases_have_float32_factors():
    for dtype in (torch.float16, torch.bfloat16):
        tuned = attach(model=make_model("qwen2").to(dtype), modules_to_save=["LN"])
        kinds = {p.dtype for p in tuned.parameters() if p.requires_grad and p.ndim == 2}
        assert kinds == {torch.float32}


def test_the_penalty_is_counted_once_a_step(tmp_path):
    """However many micro-batches there are; the loss that is told leaves it out."""
    base, found, told = base_folder(tmp_path / "base", "llama"), [], []
    for size, parts in ((4, 1), (2, 2)):
        run = make_run(
            base, tmp_path / f"{parts}", batch_size=size, gradient_accumulation_steps=parts,
            max_steps=2, sft_type="adalora", learning_rate=1e-2, logging_steps=1, **SMALL,
        )  # fmt: skip
        fit(run)
        found.append({n: p.detach() for n, p in run.model.named_parameters() if p.requires_grad})
        told.append(run.journal.history[0]["loss"])
    for name, one in found[0].items():
        torch.testing.assert_close(found[1][name], one, rtol=1e-3, atol=1e-5, msg=name)
    plain = make_run(
        base, tmp_path / "lora", batch_size=4, max_steps=1, lora_dropout=0.0, logging_steps=1
    )
    fit(plain)
    assert told == pytest.approx([plain.journal.history[0]["loss"]] * 2, rel=1e-5)
