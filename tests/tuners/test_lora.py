"""LoRA: what is trained, that it starts as a no-op, and that it survives save, resume and load."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.fixtures_train import fill, make_config, make_model, make_sequences

from burnish.commands.sft import COMMAND
from burnish.config.resolve import resolve
from burnish.core.errors import CheckpointError, UsageError
from burnish.core.facts import Facts
from burnish.data.collate import collate
from burnish.nn.kernels.swap import swap
from burnish.nn.scorer import Scorer
from burnish.train.mesh import Mesh
from burnish.tuners.lora import TUNER

IDS = torch.arange(2, 14).reshape(2, 6)


@pytest.fixture(autouse=True)
def seeded():
    """peft draws A from torch's global generator."""
    torch.manual_seed(0)


def attach(model, **flags):
    return TUNER.attach(model, make_config(sft_type="lora", **flags), 10)


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits


def trained(model):
    return {name for name, p in model.named_parameters() if p.requires_grad}


VARIANTS = [
    pytest.param({}, id="plain"),
    pytest.param({"target_modules": ["ALL"], "use_rslora": True}, id="rslora"),
    pytest.param({"use_dora": True}, id="dora"),
    pytest.param({"init_lora_weights": "gaussian"}, id="gaussian"),
    pytest.param({"target_modules": ["EMBEDDING", "q_proj"]}, id="embedding"),
    pytest.param({"modules_to_save": ["EMBEDDING", "LN"]}, id="saved"),
    pytest.param({"lora_bias_trainable": "all"}, id="biases"),
    pytest.param({"target_regex": r".*mlp.*"}, id="regex"),
    pytest.param({"lora_dtype": "bf16"}, id="bf16"),
]


@pytest.mark.parametrize("flags", VARIANTS)
def test_it_starts_as_the_base(flags):
    before = logits(make_model("qwen2"))
    tuned = attach(make_model("qwen2"), **flags)
    swap(tuned)
    torch.testing.assert_close(logits(tuned), before, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("flags", VARIANTS)
def test_saved_weights_come_back_bit_for_bit(flags, tied, tmp_path):
    """Into a fresh attached model (resume) and onto a fresh base (inference)."""
    tuned = attach(make_model("qwen2", tied=tied), **flags)
    swap(tuned)
    fill(tuned, scale=0.05)
    expected, weights = logits(tuned), {n: p.detach().clone() for n, p in tuned.named_parameters()}
    TUNER.save(tuned, tmp_path)

    again = attach(make_model("qwen2", tied=tied), **flags)
    swap(again)
    TUNER.restore(again, tmp_path)
    for name, parameter in again.named_parameters():
        assert torch.equal(parameter, weights[name]), name
    assert torch.equal(logits(again), expected)

    loaded = TUNER.load(make_model("qwen2", tied=tied), tmp_path)
    assert not loaded.training
    tolerance = 1e-2 if flags.get("lora_dtype") == "bf16" else 1e-4
    torch.testing.assert_close(logits(loaded), expected, rtol=tolerance, atol=tolerance)


def test_only_the_adapter_is_trained():
    names = trained(attach(make_model("llama")))
    assert len(names) == 2 * 3 * 2, "A and B of three projections in two layers"
    assert all(".lora_A." in n or ".lora_B." in n for n in names)
    assert {n.split(".")[-4] for n in names} == {"q_proj", "k_proj", "v_proj"}


def test_modules_to_save_are_trained_beside_it():
    names = trained(attach(make_model("llama"), modules_to_save=["LN", "lm_head"]))
    saved = {n for n in names if "lora_" not in n}
    assert all("modules_to_save.default" in n for n in saved)
    assert any("lm_head" in n for n in saved) and sum("norm" in n for n in saved) == 5


def test_biases_are_trained_when_asked():
    names = trained(attach(make_model("qwen2"), lora_bias_trainable="all"))
    assert sum(n.endswith(".bias") for n in names) == 6
    assert not any(n.endswith(".bias") for n in trained(attach(make_model("qwen2"))))


def test_a_tied_head_stays_tied_to_a_saved_embedding(tmp_path):
    tuned = attach(make_model("llama", tied=True), modules_to_save=["EMBEDDING"])
    fill(tuned, scale=0.05)
    inner = tuned.get_base_model()
    embedding = inner.get_input_embeddings()
    active = getattr(embedding, "modules_to_save", {"default": embedding})["default"].weight
    head = inner.get_output_embeddings()
    head_weight = getattr(head, "modules_to_save", {"default": head})["default"].weight
    assert active.requires_grad and head_weight.data_ptr() == active.data_ptr()
    TUNER.save(tuned, tmp_path)
    loaded = TUNER.load(make_model("llama", tied=True), tmp_path)
    assert torch.equal(logits(loaded), logits(tuned))


def test_a_half_precision_base_has_float32_adapters():
    tuned = attach(make_model("llama").bfloat16(), target_modules=["ALL"])
    for name, parameter in tuned.named_parameters():
        expected = torch.float32 if "lora_" in name else torch.bfloat16
        assert parameter.dtype == expected, name
    half = attach(make_model("llama").bfloat16(), lora_dtype="bf16")
    assert {p.dtype for p in half.parameters()} == {torch.bfloat16}


@pytest.mark.parametrize(
    ("tied", "flags"),
    [
        (True, {"modules_to_save": ["EMBEDDING", "LN"]}),
        (False, {"lora_bias_trainable": "all"}),
        (False, {"lora_dtype": "fp16"}),
    ],
)
def test_no_weight_is_trained_in_float16(tied, flags, tmp_path):
    """Its gradients would not survive the loss scale; the base stays as it is."""
    tuned = attach(make_model("qwen2", tied=tied).half(), **flags)
    for name, parameter in tuned.named_parameters():
        expected = torch.float32 if parameter.requires_grad else torch.float16
        assert parameter.dtype == expected, name
    swap(tuned)
    mesh = Mesh(torch.float16)
    mesh.decide_autocast(tuned)
    weights = [p for p in tuned.parameters() if p.requires_grad]
    before = [p.detach().clone() for p in weights]
    optimizer, batch = torch.optim.SGD(weights, lr=1.0), collate(make_sequences([6, 4]))
    with mesh.forward():
        scorer = Scorer(tuned)
    assert not scorer.whole
    for _ in range(12):  # the scale begins too high and halves with every overflow
        optimizer.zero_grad()
        with mesh.forward():
            loss = -scorer(batch).logps.mean()
        mesh.backward(loss)
        if mesh.step(optimizer, weights, 0.0).isfinite():
            break
    assert any(not torch.equal(p, old) for p, old in zip(weights, before, strict=True))
    TUNER.save(tuned, tmp_path)
    again = attach(make_model("qwen2", tied=tied).half(), **flags)
    TUNER.restore(again, tmp_path)


def test_half_precision_is_saved_and_restored_bit_for_bit(tmp_path):
    tuned = attach(make_model("llama").bfloat16())
    swap(tuned)
    fill(tuned, scale=0.05)
    TUNER.save(tuned, tmp_path)
    assert {t.dtype for t in load_file(tmp_path / "adapter_model.safetensors").values()} == {
        torch.float32
    }
    again = attach(make_model("llama").bfloat16())
    TUNER.restore(again, tmp_path)
    assert torch.equal(logits(again.bfloat16()), logits(tuned.bfloat16()))


def test_scale_and_rank_are_those_of_the_flags(tmp_path):
    tuned = attach(make_model("llama"), lora_rank=4, lora_alpha=6, lora_dropout=0.25)
    layer = tuned.get_base_model().model.layers[0].self_attn.q_proj
    assert layer.scaling["default"] == 1.5 and layer.lora_A["default"].weight.shape[0] == 4
    assert layer.lora_dropout["default"].p == 0.25
    rooted = attach(make_model("llama"), lora_rank=4, lora_alpha=6, use_rslora=True)
    assert rooted.get_base_model().model.layers[0].self_attn.q_proj.scaling["default"] == 3.0
    TUNER.save(tuned, tmp_path)
    saved = json.loads((tmp_path / "adapter_config.json").read_text())
    assert (saved["r"], saved["lora_alpha"], saved["inference_mode"]) == (4, 6, True)
    assert not tuned.peft_config["default"].inference_mode, "training goes on"


def test_init_false_makes_both_matrices_random():
    tuned = attach(make_model("llama"), init_lora_weights="false")
    assert all(p.any() for n, p in tuned.named_parameters() if "lora_" in n)
    plain = attach(make_model("llama"))
    assert not any(p.any() for n, p in plain.named_parameters() if "lora_B" in n)


def test_gaussian_has_the_deviation_of_one_over_the_rank():
    tuned = attach(make_model("llama"), init_lora_weights="gaussian", lora_rank=16)
    drawn = torch.cat([p.flatten() for n, p in tuned.named_parameters() if "lora_A" in n])
    assert drawn.std().item() == pytest.approx(1 / 16, rel=0.05)
    assert drawn.abs().max() > 2.5 / 16, "no uniform numbers"
    assert not any(p.any() for n, p in tuned.named_parameters() if "lora_B" in n)


def test_dora_learns_lengths_and_directions_apart():
    """y = m * (W + s B A) x / ||W + s B A|| by rows, in float64; m starts as the length of W's."""
    tuned = attach(make_model("qwen2"), use_dora=True, lora_dropout=0.0, lora_alpha=12)
    part = tuned.get_base_model().model.layers[0].self_attn.q_proj
    length = part.lora_magnitude_vector["default"].weight
    weight = part.base_layer.weight.double()
    torch.testing.assert_close(length.double(), weight.norm(dim=1), rtol=1e-5, atol=1e-6)
    assert length.requires_grad
    fill(tuned)
    a, b = (getattr(part, f"lora_{name}")["default"].weight.double() for name in "AB")
    moved = weight + 12 / 8 * b @ a
    x = torch.randn(3, 32, generator=torch.Generator().manual_seed(0))
    turned = length.double()[:, None] * moved / moved.norm(dim=1, keepdim=True)
    expected = x.double() @ turned.T + part.base_layer.bias.double()
    torch.testing.assert_close(part(x).double(), expected, rtol=1e-4, atol=1e-5)


def test_other_flags_are_refused_at_resume(tmp_path):
    TUNER.save(attach(make_model("llama")), tmp_path)
    for flags in ({"lora_rank": 4}, {"target_modules": ["ALL"]}, {"target_modules": ["q_proj"]}):
        with pytest.raises(CheckpointError, match="does not fit the adapter"):
            TUNER.restore(attach(make_model("llama"), **flags), tmp_path)


def test_a_base_of_another_shape_is_refused(tmp_path):
    TUNER.save(attach(make_model("llama")), tmp_path)
    with pytest.raises(CheckpointError, match="does not fit the base model"):
        TUNER.load(make_model("llama", hidden_size=16), tmp_path)


def test_a_restore_that_fails_changes_nothing(tmp_path):
    TUNER.save(attach(make_model("llama")), tmp_path)
    other = attach(make_model("llama"), target_modules=["ALL"])
    before = {n: p.detach().clone() for n, p in other.named_parameters()}
    with pytest.raises(CheckpointError):
        TUNER.restore(other, tmp_path)
    assert all(torch.equal(p, before[n]) for n, p in other.named_parameters())


@pytest.mark.parametrize(
    "flags",
    [
        {"modules_to_save": ["self_attn"]},
        {"target_modules": ["EMBEDDING"], "modules_to_save": ["EMBEDDING"]},
    ],
)
def test_flags_that_leave_nothing_to_adapt_are_told(flags):
    with pytest.raises(UsageError, match=r"cannot be adapted|a module is adapted or"):
        attach(make_model("llama"), **flags)


def test_the_saved_files_are_pefts_own_layout(tmp_path):
    """Other tools read them: peft loads the folder without us."""
    from peft import PeftModel

    tuned = attach(make_model("llama"), target_modules=["ALL"])
    swap(tuned)
    fill(tuned, scale=0.05)
    TUNER.save(tuned, tmp_path)
    assert {p.name for p in Path(tmp_path).iterdir()} == {
        "adapter_model.safetensors",
        "adapter_config.json",
        "README.md",
    }
    assert "PeftModel.from_pretrained" in (tmp_path / "README.md").read_text()
    theirs = PeftModel.from_pretrained(make_model("llama"), str(tmp_path))
    torch.testing.assert_close(logits(theirs), logits(tuned), rtol=1e-5, atol=1e-5)


def test_two_saves_write_the_same_adapter_config(tmp_path):
    names = ["v_proj", "q_proj", "up_proj", "down_proj", "o_proj"]
    tuned = attach(make_model("qwen2"), target_modules=names)
    TUNER.save(tuned, tmp_path)
    saved = json.loads((tmp_path / "adapter_config.json").read_text())
    assert saved["target_modules"] == sorted(names)
    assert tuned.peft_config["default"].target_modules == set(names)


@pytest.mark.parametrize(("family", "said"), [("llama", True), ("qwen2", False)])
def test_biases_of_a_model_that_has_none(family, said, caplog):
    attach(make_model(family), lora_bias_trainable="all")
    assert ("this model has no biases" in caplog.text) == said


def test_an_adapter_in_bfloat16_has_no_loss_scale():
    given = {"model_type": "demo", "dataset": ["rows.jsonl"], "dtype": "fp16"}
    facts = Facts(device="cuda", num_devices=1, supports_bf16=True)
    config = resolve(COMMAND, given | {"lora_dtype": "bf16"}, facts=facts)
    with pytest.raises(UsageError, match="loss scale"):
        TUNER.attach(make_model("llama").half(), config, 10)
