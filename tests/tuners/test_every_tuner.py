"""Every tuner of the registry, on tiny models of three families: the same questions to each."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from tests.fixtures_train import assert_same_gradients, gradients, make_sequences
from tests.tuners import walk
from tests.tuners.walk import CASES, cases, pairs

from burnish.core.adapter import adapter_folder
from burnish.core.errors import CheckpointError, UsageError
from burnish.data.collate import batch_of, collate
from burnish.nn.kernels.swap import swap
from burnish.nn.packed import settle
from burnish.nn.scorer import Scorer
from burnish.train.fit import fit
from burnish.train.run import take_up
from burnish.tuners import lora
from burnish.tuners.base import fitted, may_recompute, refuse_merge
from burnish.tuners.merging import merge_adapter

every = pytest.mark.parametrize(("name", "family"), pairs())


def test_every_tuner_is_walked():
    assert not walk.without_case(), "add a case to tests/tuners/walk.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("walk")


@pytest.fixture(scope="module")
def finished(folder):
    """(case, family) -> a run of four steps that is over; made once."""
    made = {}

    def run_of(name, family):
        if (name, family) not in made:
            base = walk.base_folder(folder / family, family)
            run = walk.start_run(CASES[name], base, folder / f"{name}-{family}")
            before = walk.frozen(run.model)
            fit(run)
            made[name, family] = run, before
        return made[name, family]

    return run_of


@every
def test_it_starts_as_the_spec_says_and_trains_what_it_claims(name, family):
    case = CASES[name]
    base = walk.base_model(family)
    before, count = walk.logits(base), case.count and case.count(base)
    tuned = walk.attach(case, family)
    distance = (walk.logits(tuned) - before).abs().max().item()
    assert (distance <= case.start) == case.starts_as_base, distance
    trained = walk.trained(tuned)
    unclaimed = [name for name in trained if not walk.claimed(case, name)]
    assert trained and not unclaimed
    if count:
        assert sum(p.numel() for p in trained.values()) == count
    assert all(p.dtype == torch.float32 for p in trained.values())


@pytest.mark.parametrize("name", cases())
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_on_a_half_precision_base_it_trains_the_same(name, dtype):
    """The same weights as on a float32 base, and none in float16."""
    case = CASES[name]
    trained = walk.trained(walk.attach(case, case.families[0], dtype=dtype))
    assert trained.keys() == walk.trained(walk.attach(case, case.families[0])).keys()
    if case.tuner.saves == "adapter":  # a whole model in float16 is loaded in float32
        assert torch.float16 not in {p.dtype for p in trained.values()}


@every
def test_only_what_is_trained_changes(finished, name, family):
    case = CASES[name]
    run, before = finished(name, family)
    after = walk.frozen(run.model)
    assert before.keys() == after.keys()
    for key, tensor in before.items():
        assert torch.equal(tensor, after[key]), key
    if not case.shifts_base and case.tuner.saves == "adapter":
        there = {walk.digest(p) for p in run.model.parameters()}
        missing = [n for n, p in walk.base_model(family).named_parameters()
                   if walk.digest(p) not in there]  # fmt: skip
        assert not missing, missing
    losses = [h["loss"] for h in run.journal.history if "loss" in h]
    assert all(loss == loss for loss in losses)
    fresh = walk.trained(walk.attach(case, family))
    moved = [n for n, p in walk.trained(run.model).items() if not torch.equal(p, fresh[n])]
    assert moved


@every
def test_a_checkpoint_holds_nothing_of_the_base(finished, name, family):
    """By the bits: no tensor of the adapter's files is one of the base's, names aside."""
    case, (run, _) = CASES[name], finished(name, family)
    if case.tuner.saves == "model":
        pytest.skip("it holds the whole model")
    folder = adapter_folder(run.folder / "checkpoint-4")
    base = {walk.digest(p): n for n, p in walk.base_model(family).named_parameters()}
    files = list(folder.glob("adapter_model*")) + list(folder.glob("tuner_state.safetensors"))
    held = [(n, t) for file in files for n, t in load_file(file).items()]
    found = {n: base[walk.digest(t)] for n, t in held if walk.digest(t) in base}
    assert held and not found
    assert not list(run.folder.rglob("model*.safetensors"))


@every
def test_going_on_gives_the_uninterrupted_run(finished, folder, name, family):
    whole, _ = finished(name, family)
    parts = walk.start_run(
        CASES[name], folder / family, folder / f"{name}-{family}", output_dir=folder / "parts"
        / name / family,
    )  # fmt: skip
    walk.stir()
    take_up(parts, whole.folder / "checkpoint-2")
    fit(parts)
    assert parts.clock.done == whole.clock.done == 4
    weights = dict(whole.model.named_parameters())
    for key, parameter in parts.model.named_parameters():
        assert torch.equal(parameter, weights[key]), key
    losses = [[h["loss"] for h in run.journal.history] for run in (whole, parts)]
    assert losses[1][-2:] == losses[0][-2:]


def test_a_fresh_process_gives_the_same_logits(finished, folder):
    """Of all of them at once: starting a process is slow. Loaded layers are peft's own, which add
    up in another order than those of training; two processes agree in every bit.
    """
    jobs, expected, far = [], {}, {}
    for name in cases():
        case = CASES[name]
        for family in case.families:
            run, _ = finished(name, family)
            checkpoint, key = run.folder / "checkpoint-4", f"{name} {family}"
            jobs.append((name, family, checkpoint))
            expected[key] = walk.logits(walk.load(case, walk.base_model(family), checkpoint))
            distance = (expected[key] - walk.logits(run.model)).abs().max().item()
            if not distance <= case.reload:
                far[key] = distance
    assert not far
    found = walk.logits_elsewhere(jobs, folder)
    assert [key for key in expected if not torch.equal(found[key], expected[key])] == []


@every
def test_answers_with_and_without_cache_are_equal(finished, name, family):
    run, _ = finished(name, family)
    if "cache" in CASES[name].tuner.needs:
        pytest.skip("it cannot answer without a cache")
    model = walk.load(CASES[name], walk.base_model(family), run.folder / "checkpoint-4")
    options = {"max_new_tokens": 6, "do_sample": False, "eos_token_id": None}
    given = {"input_ids": walk.IDS, "attention_mask": torch.ones_like(walk.IDS)}
    with_cache = model.generate(**given, **options, use_cache=True)
    assert torch.equal(with_cache, model.generate(**given, **options, use_cache=False))


@every
def test_merged_is_unmerged(finished, name, family):
    case, (run, _) = CASES[name], finished(name, family)
    if case.tuner.saves == "model":
        pytest.skip("there is nothing to merge")
    if not case.tuner.merges:
        with pytest.raises(CheckpointError, match="cannot be merged"):
            refuse_merge(case.sft_type, case.tuner, run.folder)
        return
    model = walk.load(case, walk.base_model(family), run.folder / "checkpoint-4")
    expected = walk.logits(model)
    merged = merge_adapter(model)
    there, own = merged.state_dict().keys(), walk.base_model(family).state_dict().keys()
    assert there >= own if case.grows else there == own
    torch.testing.assert_close(walk.logits(merged), expected, rtol=1e-4, atol=1e-4)


def scored_gradients(model, batch):
    """Gradients of the mean log-probability over a batch."""
    model.train().zero_grad()
    scorer = Scorer(model)
    scorer.train()
    (-scorer(batch).logps.mean()).backward()
    return gradients(model)


@every
def test_recomputing_changes_no_gradient(name, family):
    case = CASES[name]
    if not may_recompute(case.tuner):
        with pytest.raises(UsageError, match="gradient_checkpointing"):
            fitted(walk.config_of(case, gradient_checkpointing=True), case.tuner)
        config = fitted(walk.config_of(case), case.tuner)
        assert config.value("gradient_checkpointing") is False
        return
    batch, found = collate(make_sequences([9, 5])), []
    for recompute in (False, True):
        model = walk.still(walk.attach(case, family))
        swap(model)
        if recompute:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        found.append(scored_gradients(model, batch))
    assert found[0]
    assert_same_gradients(found[1], found[0], 1e-6)


@every
def test_packed_is_padded_or_refused(name, family):
    case = CASES[name]
    if "padded rows" in case.tuner.needs:
        with pytest.raises(UsageError, match="packing"):
            fitted(walk.config_of(case, packing=True, max_length=32), case.tuner)
        return
    sequences = make_sequences([9, 5, 7])
    model = walk.still(walk.attach(case, family))
    settle(Scorer(model), 32)
    padded = scored_gradients(model, collate(sequences))
    packed = scored_gradients(model, batch_of([sequences], flat=True))
    assert_same_gradients(packed, padded, 1e-4)


def test_a_weight_that_moves_unseen_is_caught(finished):
    """Faults that are planted: a base weight that training changed, one that nobody claims."""
    run, before = finished("lora", "llama")
    name = next(n for n in before if "o_proj" in n)
    moved = {**before, name: before[name] + 1e-6}
    with pytest.raises(AssertionError, match="o_proj"):
        test_only_what_is_trained_changes(lambda *_: (run, moved), "lora", "llama")


def test_a_weight_that_nobody_claims_is_caught(monkeypatch):
    def loose(model, config, total):
        tuned = lora.attach(model, config, total)
        tuned.get_base_model().lm_head.weight.requires_grad_(True)
        return tuned

    monkeypatch.setattr(lora, "TUNER", replace(lora.TUNER, attach=loose))
    with pytest.raises(AssertionError, match="lm_head"):
        test_it_starts_as_the_spec_says_and_trains_what_it_claims("lora", "llama")


def test_a_base_weight_that_is_trained_is_caught(folder, monkeypatch):
    """By the run that would save it, and by the walk."""

    def loose(model, config, total):
        tuned = lora.attach(model, config, total)
        tuned.get_base_model().model.layers[0].mlp.up_proj.weight.requires_grad_(True)
        return tuned

    monkeypatch.setattr(lora, "TUNER", replace(lora.TUNER, attach=loose))
    base = walk.base_folder(folder / "llama", "llama")
    run = walk.start_run(CASES["lora"], base, folder / "loose")
    before = walk.frozen(run.model)
    with pytest.raises(AssertionError, match="a trained weight would not be saved"):
        fit(run)
    with pytest.raises(AssertionError, match="up_proj"):
        test_only_what_is_trained_changes(lambda *_: (run, before), "lora", "llama")


def test_weights_that_do_not_come_back_are_caught(finished, folder, monkeypatch):
    """A tuner whose `restore` leaves the fresh weights."""
    finished("lora", "llama")
    other = folder / "lost"
    walk.base_folder(other / "llama", "llama")
    monkeypatch.setattr(lora, "TUNER", replace(lora.TUNER, restore=lambda model, folder: None))
    with pytest.raises(AssertionError, match="lora_A"):
        test_going_on_gives_the_uninterrupted_run(finished, other, "lora", "llama")


def test_a_merge_that_forgets_the_adapter_is_caught(finished, monkeypatch):
    monkeypatch.setitem(globals(), "merge_adapter", lambda model: walk.base_model("llama"))
    with pytest.raises(AssertionError):
        test_merged_is_unmerged(finished, "lora", "llama")
