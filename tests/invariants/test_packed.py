"""Packed training is unpacked training: losses, gradients, and nothing seen across the border."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tests.conftest import ROOT
from tests.fixtures_train import (
    assert_same_gradients,
    gradients,
    make_model,
    make_sequences,
)
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, MistralConfig

from burnish.data.collate import batch_of
from burnish.data.pack import pack
from burnish.data.sample import IGNORE, Encoded, SampleId
from burnish.nn import packed
from burnish.nn.kernels import attention
from burnish.nn.scorer import Scorer
from burnish.objectives.base import sum_by_row

LENGTHS = (30, 3, 17, 9, 26, 5, 12, 1, 22, 8)
CAPACITY = 40
FAMILIES = [
    ("llama", "sdpa"),
    ("llama", "eager"),
    ("qwen2", "sdpa"),
    ("qwen2", "eager"),
    ("gemma2", "eager"),  # sliding windows of 16, shorter than the longest, and soft caps
    ("mistral", "sdpa"),  # a window in every layer
    ("mistral", "eager"),
    ("llama", "bounds"),  # the twin of the GPU's kernel
    ("mistral", "bounds"),
]


def scorer_of(family, name, **changes):
    if family == "mistral":
        model = AutoModelForCausalLM.from_config(mistral(), attn_implementation="sdpa").float()
    else:
        model = make_model(family, **changes)
    scorer = Scorer(model.train())
    if name == "bounds":
        assert packed.take_bounds(scorer) is None
    else:
        model.set_attn_implementation(name)
        assert packed.keep_apart(scorer, CAPACITY) is None
    return scorer


def mistral():
    torch.manual_seed(0)
    small = make_model("llama").config.to_dict()
    for name in ("model_type", "architectures", "transformers_version", "rope_parameters"):
        small.pop(name, None)
    return MistralConfig(**{**small, "sliding_window": 7})


def outcome(scorer, batches):
    """Mean loss of each sample, and the gradients of the sum over all."""
    scorer.zero_grad()
    means = {}
    for batch in batches:
        losses = -scorer(batch).logps
        losses.sum().backward()
        counts = sum_by_row(torch.ones_like(losses), batch)
        rows = (sum_by_row(losses.detach(), batch) / counts.clamp_min(1)).tolist()
        means |= dict(zip(batch.ids, rows, strict=True))
    return means, gradients(scorer.inner)


def compare(scorer, sequences, capacity, flat):
    """Packed against one sequence a batch; raises AssertionError where they differ."""
    rows = [[sequences[i] for i in row] for row in pack(list(map(len, sequences)), capacity)]
    packed_batches = [batch_of(rows[i : i + 2], flat=flat) for i in range(0, len(rows), 2)]
    losses, slopes = outcome(scorer, packed_batches)
    alone, expected = outcome(scorer, [batch_of([[s]]) for s in sequences])
    assert losses.keys() == alone.keys() and len(alone) == len(sequences)
    worst = max(abs(losses[name] - alone[name]) for name in alone)
    assert worst < 1e-5, f"losses differ by {worst}"
    assert_same_gradients(slopes, expected)


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize(("family", "name"), FAMILIES)
def test_packed_losses_and_gradients_are_those_of_the_samples_alone(family, name, checkpointing):
    scorer = scorer_of(family, name)
    if checkpointing:
        scorer.inner.gradient_checkpointing_enable({"use_reentrant": False})
    sequences = make_sequences(LENGTHS)
    compare(scorer, sequences, CAPACITY, flat=False)
    if name == "bounds":
        compare(scorer, sequences, CAPACITY, flat=True)


@pytest.mark.parametrize(("family", "name"), FAMILIES)
def test_padding_free_batches_are_padded_ones(family, name):
    scorer = scorer_of(family, name)
    sequences = make_sequences(LENGTHS)
    flat, slopes = outcome(scorer, [batch_of([[s] for s in sequences], flat=True)])
    padded, expected = outcome(scorer, [batch_of([[s] for s in sequences])])
    assert max(abs(flat[name] - padded[name]) for name in padded) < 1e-5
    assert_same_gradients(slopes, expected)


@pytest.mark.parametrize("name", ["sdpa", "eager", "bounds"])
@pytest.mark.parametrize("fault", ["positions go on", "nothing is told"])
def test_without_the_mask_the_comparison_fails(monkeypatch, name, fault):
    """Planted: the comparison above must be able to fail."""
    scorer = scorer_of("llama", name)
    real = attention.arguments

    def broken(config, batch, own_masks=False):
        given = real(config, batch, own_masks)
        given.pop("cu_seq_lens_q", None)
        given.pop("attention_mask", None)
        if given:
            shape = batch.input_ids.shape
            given["position_ids"] = torch.arange(shape[1]).expand(shape)
        return given if fault == "positions go on" else {}

    monkeypatch.setattr(attention, "arguments", broken)
    with pytest.raises(AssertionError):
        compare(scorer, make_sequences(LENGTHS), CAPACITY, flat=False)


@pytest.mark.parametrize(("family", "name"), FAMILIES)
def test_changing_a_document_leaves_its_neighbours_bit_equal(family, name):
    scorer = scorer_of(family, name).eval()
    first, *others = make_sequences([11, 13, 8])
    changed = make_sequences([11], seed=5)[0]
    assert first.input_ids != changed.input_ids
    with torch.no_grad():
        one, two = (
            scorer.body(batch_of([[*others[:1], start, *others[1:]]])) for start in (first, changed)
        )
    assert torch.equal(one[0, :13], two[0, :13]), "what comes before"
    assert torch.equal(one[0, 24:], two[0, 24:]), "what comes behind"
    assert not torch.allclose(one[0, 13:24], two[0, 13:24])


def test_generation_is_not_touched():
    scorer = scorer_of("llama", "bounds")
    plain = make_model("llama", attn_implementation="sdpa")
    scorer(batch_of([make_sequences([5, 6])]))
    ids = torch.randint(2, 97, (2, 7), generator=torch.Generator().manual_seed(0))
    given = {"max_new_tokens": 6, "do_sample": False, "attention_mask": torch.ones_like(ids)}
    assert torch.equal(scorer.inner.generate(ids, **given), plain.generate(ids, **given))


@pytest.fixture(scope="module")
def smollm2(tmp_path_factory):
    """SmolLM2-135M as fetched by scripts/fetch_smollm2.py; BURNISH_SMOLLM2 names a folder of it."""
    folder = Path(os.environ.get("BURNISH_SMOLLM2") or tmp_path_factory.mktemp("smollm2"))
    script = ROOT / "scripts" / "fetch_smollm2.py"
    done = subprocess.run([sys.executable, script, folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no SmolLM2: {done.stderr.strip().splitlines()[-1]}")
    return folder


def real_sequences(folder, file):
    """Instructions and answers with SmolLM2's own ids, the question without loss."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made = []
    for number, row in enumerate(json.loads(file.read_text(encoding="utf-8")), 1):
        ask = tokenizer.encode(row["instruction"] + row["input"] + "\n").ids
        ids = ask + tokenizer.encode(row["output"] + "<|im_end|>").ids
        labels = [IGNORE] * (len(ask) - 1) + ids[len(ask) :] + [IGNORE]
        made.append(Encoded(SampleId(file.name, number), ids, labels))
    return made


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("name", ["sdpa", "eager", "bounds"])
def test_smollm2_trains_packed_as_it_does_alone(smollm2, shared, name):
    """An epoch of ten real rows; with BURNISH_DATA, of the whole set it names in the shared folder.

    The whole of identity.json (91 rows) takes five to ten minutes a case on two cores.
    """
    model = AutoModelForCausalLM.from_pretrained(smollm2, attn_implementation="sdpa")
    scorer = Scorer(model.float().train())
    if name == "bounds":
        assert packed.take_bounds(scorer) is None
    else:
        model.set_attn_implementation(name)
        assert packed.keep_apart(scorer, 512) is None
    data = os.environ.get("BURNISH_DATA")
    file = shared / "data/datasets" / (data or "llamafactory/identity.json")
    sequences = real_sequences(smollm2, file)[: None if data else 10]
    compare(scorer, sequences, max(256, *map(len, sequences)), flat=name == "bounds")
