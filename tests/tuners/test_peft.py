"""What all tuners of peft share: both layouts, names of other writers, nothing partly loaded."""

import json
import shutil

import peft as library
import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.fixtures_train import fill, make_config, make_model, make_sequences

from burnish.core.errors import CheckpointError, UsageError
from burnish.core.registry import TUNERS
from burnish.data.collate import collate
from burnish.nn.kernels.swap import swap
from burnish.nn.scorer import Scorer
from burnish.tuners import peft
from burnish.tuners.merging import merge_adapter

IDS = torch.arange(2, 14).reshape(2, 6)
KINDS = ["lora", "adalora", "ia3", "vera", "boft", "fourierft"]
FLAGS = {"fourierft": {"fourier_n_frequency": 50}, "vera": {"vera_rank": 8}}


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits.float()


def attach(kind, model=None, **flags):
    torch.manual_seed(0)
    config = make_config(**{"sft_type": kind, **FLAGS.get(kind, {}), **flags})
    return TUNERS.find(kind).attach(model or make_model("qwen2"), config, 10)


@pytest.fixture
def saved(tmp_path):
    """A LoRA adapter and its model."""
    tuned = attach("lora", modules_to_save=["LN"], lora_bias_trainable="all")
    fill(tuned, scale=0.1)
    peft.save(tuned, tmp_path)
    return tmp_path, tuned


@pytest.mark.parametrize("kind", KINDS)
def test_plain_peft_opens_what_was_saved(kind, tmp_path):
    from peft import PeftModel

    tuned = attach(kind, modules_to_save=["LN"])
    fill(tuned, scale=0.1)
    TUNERS.find(kind).save(tuned, tmp_path)
    theirs = PeftModel.from_pretrained(make_model("qwen2"), str(tmp_path))
    torch.testing.assert_close(logits(theirs), logits(tuned), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_bases_are_trained_in_float32(kind, dtype, tmp_path):
    """A step under the precision of a run, then saved and loaded."""
    tuned = attach(kind, make_model("qwen2").to(dtype), modules_to_save=["LN"])
    trained = [p for p in tuned.parameters() if p.requires_grad]
    wide = {p.dtype for n, p in tuned.named_parameters() if p.requires_grad and "norm" not in n}
    assert wide == {torch.float32} and torch.float16 not in {p.dtype for p in trained}
    with torch.autocast("cpu", dtype):
        loss = tuned.train().get_base_model()(input_ids=IDS, labels=IDS).loss
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in trained)
    fill(tuned, scale=0.05)
    TUNERS.find(kind).save(tuned, tmp_path)
    again = TUNERS.find(kind).load(make_model("qwen2").to(dtype), tmp_path)
    with torch.autocast("cpu", dtype):
        expected = logits(tuned)
        torch.testing.assert_close(logits(again), expected, rtol=0.05, atol=0.05)
    if dtype == torch.bfloat16:  # answers are computed without autocast
        torch.testing.assert_close(logits(again), expected, rtol=0.1, atol=0.3)
        kept = again.generate(input_ids=IDS, max_new_tokens=2, do_sample=False)
        assert kept.shape == (2, 8)


@pytest.mark.parametrize("kind", KINDS)
def test_gpt2_turns_its_weights(kind, tmp_path):
    from transformers import GPT2Config, GPT2LMHeadModel

    def gpt2():
        torch.manual_seed(0)
        return GPT2LMHeadModel(
            GPT2Config(vocab_size=97, n_embd=32, n_layer=2, n_head=4, n_positions=64)
        )

    names = ["DEFAULT", "mlp.c_proj"]
    if kind == "boft":
        with pytest.raises(UsageError, match=r"Conv1D.* is not supported"):
            attach(kind, gpt2(), target_modules=names)
        return
    tuned = attach(kind, gpt2(), target_modules=names)
    fill(tuned, scale=0.05)
    TUNERS.find(kind).save(tuned, tmp_path)
    again = TUNERS.find(kind).load(gpt2(), tmp_path)
    expected = logits(tuned)
    torch.testing.assert_close(logits(again), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(logits(merge_adapter(again)), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_both_layouts_open(kind, tmp_path):
    tuned, inner = attach(kind), tmp_path / "default"
    fill(tuned, scale=0.1)
    inner.mkdir()
    TUNERS.find(kind).save(tuned, inner)
    loaded = TUNERS.find(kind).load(make_model("qwen2"), tmp_path)
    torch.testing.assert_close(logits(loaded), logits(tuned), rtol=1e-5, atol=1e-5)
    plain = peft.to_peft_format(tmp_path, tmp_path / "plain")
    assert peft.adapter_folder(plain) == plain
    again = TUNERS.find(kind).load(make_model("qwen2"), plain)
    torch.testing.assert_close(logits(again), logits(tuned), rtol=1e-5, atol=1e-5)


def as_others_write(folder, target):
    """Names with the adapter's, without peft's prefix, and settings peft does not know."""
    inner = target / "default"
    inner.mkdir(parents=True)
    tensors = load_file(folder / peft.WEIGHTS)
    named = {
        n.removeprefix(peft.PREFIX).replace(".lora_A.", ".lora_A.default.")
        .replace(".lora_B.", ".lora_B.default."): t
        for n, t in tensors.items()
    }  # fmt: skip
    save_file(named, inner / peft.WEIGHTS)
    settings = json.loads((folder / "adapter_config.json").read_text())
    settings.pop("peft_type")
    settings |= {"swift_type": "LORA", "lorap_lr_ratio": 16.0, "lora_dtype": "AUTO"}
    (inner / "adapter_config.json").write_text(json.dumps(settings))
    return target


def test_names_of_other_writers_become_pefts(saved, tmp_path):
    from peft import PeftModel

    folder, tuned = saved
    other = as_others_write(folder, tmp_path / "other")
    loaded = peft.load(make_model("qwen2"), other)
    torch.testing.assert_close(logits(loaded), logits(tuned), rtol=1e-5, atol=1e-5)
    plain = peft.to_peft_format(other, tmp_path / "plain")
    assert load_file(plain / peft.WEIGHTS).keys() == load_file(folder / peft.WEIGHTS).keys()
    more = json.loads((plain / "additional_config.json").read_text())
    assert more == {"lorap_lr_ratio": 16.0, "lora_dtype": "AUTO"}
    theirs = PeftModel.from_pretrained(make_model("qwen2"), str(plain))
    torch.testing.assert_close(logits(theirs), logits(tuned), rtol=1e-5, atol=1e-5)


def test_what_peft_does_not_know_is_not_converted(tmp_path):
    (tmp_path / "adapter_config.json").write_text('{"peft_type": null, "burnish_type": "reft"}')
    with pytest.raises(CheckpointError, match="no adapter that peft knows"):
        peft.to_peft_format(tmp_path, tmp_path / "plain")


@pytest.mark.parametrize("lost", [True, False])
def test_a_part_is_never_loaded_silently(saved, tmp_path, lost):
    """peft would fill what is missing with what it drew, and pass over what has no place."""
    folder, _ = saved
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("copy"))
    tensors = load_file(folder / peft.WEIGHTS)
    name = next(n for n in tensors if "lora_B" in n)
    if lost:
        del tensors[name]
    else:
        tensors[name.replace("layers.0", "layers.9")] = tensors[name].clone()
    save_file(tensors, copy / peft.WEIGHTS)
    with pytest.raises(CheckpointError, match="in no file" if lost else "has no place"):
        peft.load(make_model("qwen2"), copy)


def test_embeddings_that_peft_saved_beside_the_adapter_are_taken(tmp_path):
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(target_modules=["q_proj"])
    theirs = get_peft_model(make_model("qwen2"), config)
    fill(theirs, scale=0.1)
    theirs.save_pretrained(tmp_path, save_embedding_layers=True)
    loaded = peft.load(make_model("qwen2"), tmp_path)
    torch.testing.assert_close(logits(loaded), logits(theirs), rtol=1e-5, atol=1e-5)


QKV = ["q_proj", "k_proj", "v_proj"]
ORACLES = [
    pytest.param("lora", {}, "LoraConfig", {"r": 8, "lora_alpha": 32}, id="lora"),
    pytest.param(
        "lora", {"use_rslora": True, "lora_rank": 4, "lora_alpha": 6}, "LoraConfig",
        {"r": 4, "lora_alpha": 6, "use_rslora": True}, id="rslora",
    ),
    pytest.param("lora", {"use_dora": True}, "LoraConfig",
                 {"r": 8, "lora_alpha": 32, "use_dora": True}, id="dora"),
    pytest.param("lora", {"init_lora_weights": "guassian"}, "LoraConfig",
                 {"r": 8, "lora_alpha": 32, "init_lora_weights": "gaussian"}, id="gaussian"),
    pytest.param("lora", {"init_lora_weights": "pissa"}, "LoraConfig",
                 {"r": 8, "lora_alpha": 32, "init_lora_weights": "pissa"}, id="pissa"),
    pytest.param("ia3", {}, "IA3Config", {"target_modules": ["k_proj", "v_proj", "down_proj"],
                                          "feedforward_modules": ["down_proj"]}, id="ia3"),
    pytest.param("vera", {"vera_projection_prng_key": 3}, "VeraConfig",
                 {"r": 8, "projection_prng_key": 3}, id="vera"),
    pytest.param("boft", {"boft_block_size": 8}, "BOFTConfig", {"boft_block_size": 8}, id="boft"),
    pytest.param("fourierft", {"fourier_scaling": 9.0}, "FourierFTConfig",
                 {"n_frequency": 50, "scaling": 9.0}, id="fourierft"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "flags", "name", "options"), ORACLES)
def test_five_steps_are_those_of_peft_alone(kind, flags, name, options):
    """Our flags, swapped layers and scoring against peft's config, layers and the model's loss."""
    ours = attach(kind, **({"lora_dropout": 0.0} if kind == "lora" else {}), **flags)
    swap(ours)
    torch.manual_seed(0)
    config = getattr(library, name)(**{"target_modules": QKV, "task_type": "CAUSAL_LM", **options})
    theirs = library.get_peft_model(make_model("qwen2"), config)
    scorer, batch = Scorer(ours), collate(make_sequences([9, 7], prompt=3))
    labels = torch.full_like(batch.labels, -100)
    labels[:, 1:] = batch.labels[:, :-1]  # the model shifts by itself

    def score():
        return -scorer(batch).logps.mean()

    def loss():
        mask = torch.arange(9) < torch.tensor([[9], [7]])
        given = {"input_ids": batch.input_ids, "attention_mask": mask.long(), "labels": labels}
        return theirs(**given).loss

    found = []
    for model, step in ((ours.train(), score), (theirs.train(), loss)):
        weights = [p for p in model.parameters() if p.requires_grad]
        optimizer, losses = torch.optim.AdamW(weights, lr=1e-2, weight_decay=0.0), []
        for _ in range(5):
            optimizer.zero_grad()
            value = step()
            value.backward()
            optimizer.step()
            losses.append(value.item())
        found.append(losses)
    assert found[0] == pytest.approx(found[1], rel=1e-4)
    assert found[0][-1] < found[0][0]
