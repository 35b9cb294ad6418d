"""Every tuner of the registry on a GPU, in float32 and bfloat16: the questions of
`tests/tuners/test_every_tuner.py`, and the gradients against float64 on the CPU.
"""

from copy import deepcopy
from typing import Any

import pytest
import torch
from tests.fixtures_train import assert_same_gradients, fill, gradients, make_sequences
from tests.tuners import walk
from tests.tuners.walk import CASES, pairs
from torch import Tensor, nn

from burnish.data.collate import batch_of, collate
from burnish.export.parity import tolerance
from burnish.nn.kernels.swap import swap
from burnish.nn.layers.master import need_autocast
from burnish.nn.packed import settle
from burnish.nn.scorer import Scorer
from burnish.train.fit import fit
from burnish.train.run import take_up
from burnish.tuners.base import may_recompute
from burnish.tuners.merging import merge_adapter

pytestmark = pytest.mark.gpu
DEVICE = "cuda"
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
WALK = [pytest.param(n, f, d, id=f"{n}-{f}-{d}") for n, f in pairs() for d in DTYPES]
every = pytest.mark.parametrize(("name", "family", "dtype"), WALK)
CHANGED = ("pissa", "pissa-niter", "adalora", "adalora-seldom")
"""What is saved is not what was trained: an ordinary LoRA on the base as it was, fewer ranks."""
PART = {"fp32": 1e-4, "bf16": 0.03}
"""What logits may differ by where sums are made in another order."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("walk")


@pytest.fixture(scope="module")
def finished(folder):
    """(case, family, dtype) -> a run of four steps that is over, and what rests, from before."""
    made = {}

    def run_of(name, family, dtype):
        key = name, family, dtype
        if key not in made:
            base = walk.base_folder(folder / family, family)
            run = walk.start_run(CASES[name], base, folder / "-".join(key), dtype=dtype)
            before = walk.frozen(run.model)
            fit(run)
            made[key] = run, before
        return made[key]

    return run_of


def base(family, dtype):
    return walk.base_model(family, DEVICE, DTYPES[dtype])


def load(name, family, dtype, checkpoint):
    """What inference makes of a checkpoint."""
    case = CASES[name]
    return walk.load(case, base(family, dtype), checkpoint, device=DEVICE, dtype=DTYPES[dtype])


def tuned(name, family, dtype):
    """A model in training, on the CPU: without dropout, its weights away from where they start."""
    model = walk.still(walk.attach(CASES[name], family, dtype=DTYPES[dtype]))
    fill(model, scale=0.02)
    return model.train()


def distance(found: Tensor, expected: Tensor) -> float:
    """How long the difference is, as a part of what is expected."""
    return ((found - expected).norm() / expected.norm()).item()


@every
def test_it_starts_as_the_spec_says_and_trains_what_it_claims(name, family, dtype):
    case = CASES[name]
    before = walk.logits(base(family, dtype))
    model = walk.attach(case, family, device=DEVICE, dtype=DTYPES[dtype])
    far = distance(walk.logits(model), before)
    if case.starts_as_base:
        assert far <= (PART[dtype] if case.start else 0.0)
    else:
        assert far > 1e-4
    trained = walk.trained(model)
    assert trained and not [key for key in trained if not walk.claimed(case, key)]
    assert all(p.device.type == DEVICE for p in model.parameters())
    if case.count:
        assert sum(p.numel() for p in trained.values()) == case.count(base(family, dtype))


@every
def test_only_what_is_trained_changes(finished, name, family, dtype):
    run, before = finished(name, family, dtype)
    after = walk.frozen(run.model)
    assert before.keys() == after.keys()
    for key, tensor in before.items():
        assert torch.equal(tensor, after[key]), key
    assert all(h["loss"] == h["loss"] for h in run.journal.history if "loss" in h)
    fresh = walk.trained(walk.attach(CASES[name], family, device=DEVICE, dtype=DTYPES[dtype]))
    assert any(not torch.equal(p, fresh[n]) for n, p in walk.trained(run.model).items())


@every
def test_going_on_gives_the_uninterrupted_run(finished, folder, name, family, dtype):
    whole, _ = finished(name, family, dtype)
    key = f"{name}-{family}-{dtype}"
    parts = walk.start_run(
        CASES[name], folder / family, folder / key, dtype=dtype, output_dir=folder / "parts" / key
    )
    walk.stir()
    take_up(parts, whole.folder / "checkpoint-2")
    fit(parts)
    weights = dict(whole.model.named_parameters())
    for key, parameter in parts.model.named_parameters():
        assert torch.equal(parameter, weights[key]), key


@every
def test_a_loaded_checkpoint_computes_what_training_did(finished, name, family, dtype):
    """Bit for bit, but for what peft adds up in another order, or what autocast rounds."""
    run, _ = finished(name, family, dtype)
    with run.mesh.forward():
        expected = walk.logits(run.model)
    loaded = []
    for _ in range(2):
        walk.stir()
        loaded.append(walk.logits(load(name, family, dtype, run.folder / "checkpoint-4")))
    assert torch.equal(*loaded)
    if name in CHANGED or run.mesh.autocast:
        assert distance(loaded[0], expected) <= PART[dtype]
    else:
        assert torch.equal(loaded[0], expected)


@pytest.mark.parametrize(
    ("family", "dtype"), [pytest.param(f, d, id=f"{f}-{d}") for f in walk.FAMILIES for d in DTYPES]
)
def test_a_fresh_process_gives_the_same_logits(finished, folder, family, dtype):
    jobs, expected = [], {}
    for name in (name for name, other in pairs() if other == family):
        run, _ = finished(name, family, dtype)
        checkpoint = run.folder / "checkpoint-4"
        jobs.append((name, family, checkpoint))
        expected[f"{name} {family}"] = walk.logits(load(name, family, dtype, checkpoint)).cpu()
    found = walk.logits_elsewhere(jobs, folder, DEVICE, dtype)
    assert [key for key in expected if not torch.equal(found[key], expected[key])] == []


@every
def test_answers_with_and_without_cache_are_equal(finished, name, family, dtype):
    """Up to a choice between two ids that rounding leaves open."""
    if "cache" in CASES[name].tuner.needs:
        pytest.skip("it cannot answer without a cache")
    run, _ = finished(name, family, dtype)
    model = load(name, family, dtype, run.folder / "checkpoint-4")
    ids = walk.IDS.to(DEVICE)
    options = {"max_new_tokens": 6, "do_sample": False, "eos_token_id": None}
    options |= {"output_logits": True, "return_dict_in_generate": True}
    given = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    one, two = (model.generate(**given, **options, use_cache=c) for c in (True, False))
    for row in range(len(ids)):
        for step, (first, second) in enumerate(zip(one.logits, two.logits, strict=True)):
            assert distance(first[row].float(), second[row].float()) <= PART[dtype]
            place = ids.shape[1] + step
            if one.sequences[row, place] != two.sequences[row, place]:
                assert dtype == "bf16", "float32 leaves nothing open"
                break


@every
def test_merged_is_unmerged(finished, name, family, dtype):
    case = CASES[name]
    if case.tuner.saves == "model" or not case.tuner.merges:
        pytest.skip("it is not merged")
    run, _ = finished(name, family, dtype)
    model = load(name, family, dtype, run.folder / "checkpoint-4")
    expected = walk.logits(model)
    found = walk.logits(merge_adapter(model))
    assert distance(found, expected) <= tolerance(DTYPES[dtype])


def scored_gradients(model: nn.Module, batch: Any) -> dict[str, Tensor]:
    """Gradients of the mean log-probability over a batch, as a run computes them."""
    model.train().zero_grad()
    device = next(model.parameters()).device
    with torch.autocast(device.type, torch.bfloat16, enabled=half_by_autocast(model)):
        scorer = Scorer(model).train()
        (-scorer(batch.to(device)).logps.mean()).backward()
    return gradients(model)


def half_by_autocast(model: nn.Module) -> bool:
    """Whether a run would switch autocast on."""
    kinds = {p.dtype for p in model.parameters() if not p.requires_grad}
    return torch.bfloat16 in kinds and need_autocast(model)


def plain_gradients(model: Any, batch: Any) -> dict[str, Tensor]:
    """The same by the whole model's logits, with nothing of ours in between but the tuner."""
    device = next(model.parameters()).device
    batch, inner = batch.to(device), model
    if hasattr(model, "peft_config"):
        inner = model.get_base_model()
    mixed = len({p.dtype for p in model.parameters()}) > 1
    with torch.autocast(device.type, torch.bfloat16, enabled=mixed):
        logits = inner(input_ids=batch.input_ids, use_cache=False).logits
    logits = logits.reshape(-1, logits.shape[-1])[batch.targets]
    logits = logits if logits.dtype == torch.float64 else logits.float()
    labels = batch.labels.reshape(-1)[batch.targets]
    nn.functional.cross_entropy(logits, labels).backward()
    return gradients(model)


def errors(found: dict[str, Tensor], exact: dict[str, Tensor]) -> dict[str, float]:
    """Of each gradient, the norm of what is wrong over its own."""
    assert found.keys() == exact.keys()
    return {
        name: ((found[name].cpu().double() - true).norm() / true.norm()).item()
        for name, true in exact.items()
        if true.norm() > 1e-7
    }


def root_mean_square(values: Any) -> float:
    return float(torch.tensor(list(values)).square().mean().sqrt())


@every
def test_gradients_are_those_of_float64_on_the_cpu(name, family, dtype):
    """In bfloat16 the error is at most 1.5 times that of torch's own arithmetic in it, taken over
    all tensors, or 2 percent; of one tensor it is at most twice that or 5 percent.
    """
    model, batch = tuned(name, family, dtype), collate(make_sequences([9, 5, 12]))
    exact = plain_gradients(deepcopy(model).double(), batch)
    fast = deepcopy(model).to(DEVICE)
    swap(fast)
    found = scored_gradients(fast, batch)
    if dtype == "fp32":
        found = {name: gradient.cpu().double() for name, gradient in found.items()}
        assert_same_gradients(found, exact, 1e-4)
        return
    ours = errors(found, exact)
    theirs = errors(plain_gradients(deepcopy(model).to(DEVICE), batch), exact)
    allowed = max(1.5 * root_mean_square(theirs.values()), 0.02)
    assert root_mean_square(ours.values()) <= allowed
    wrong = {n: (e, theirs[n]) for n, e in ours.items() if not e <= max(2 * theirs[n], 0.05)}
    assert not wrong


@every
def test_recomputing_changes_no_gradient(name, family, dtype):
    if not may_recompute(CASES[name].tuner):
        pytest.skip("refused, as the walk on the CPU sees")
    batch, found = collate(make_sequences([9, 5])), []
    start = tuned(name, family, dtype)
    for recompute in (False, True):
        model = deepcopy(start).to(DEVICE)
        swap(model)
        if recompute:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        found.append(scored_gradients(model, batch))
    assert found[0]
    assert_same_gradients(found[1], found[0], 1e-6 if dtype == "fp32" else 1e-2)


@every
def test_packed_is_padded(name, family, dtype):
    if "padded rows" in CASES[name].tuner.needs:
        pytest.skip("refused, as the walk on the CPU sees")
    sequences = make_sequences([9, 5, 7])
    model = tuned(name, family, dtype).to(DEVICE)
    swap(model)
    with torch.autocast(DEVICE, torch.bfloat16, enabled=half_by_autocast(model)):
        settle(Scorer(model), 32)
    padded = scored_gradients(model, collate(sequences))
    packed = scored_gradients(model, batch_of([sequences], flat=True))
    if dtype == "fp32":
        assert_same_gradients(packed, padded, 1e-4)
    else:
        exact = {name: gradient.cpu().double() for name, gradient in padded.items()}
        assert root_mean_square(errors(packed, exact).values()) <= 0.05


@pytest.mark.parametrize(("dtype", "factor"), [("fp32", 1.001), ("bf16", 1.1)])
def test_a_gradient_that_is_off_is_caught(monkeypatch, dtype, factor):
    """A fault that is planted: the up-projections of LoRA get a little too much."""

    def wrong(model, batch):
        found = right(model, batch)
        return {n: g * factor if ".lora_B." in n else g for n, g in found.items()}

    right = scored_gradients
    test_gradients_are_those_of_float64_on_the_cpu("lora", "llama", dtype)
    monkeypatch.setitem(globals(), "scored_gradients", wrong)
    with pytest.raises(AssertionError):
        test_gradients_are_those_of_float64_on_the_cpu("lora", "llama", dtype)
