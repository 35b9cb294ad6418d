"""Merging: the sum by hand, every kind of adapter, number formats, and what a folder then is."""

import json
import shutil

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tests.fixtures_model import infer_config, tiny_adapter, tiny_checkpoint, tiny_model_folder
from transformers import AutoModelForCausalLM

from burnish import cli
from burnish.core import manifest
from burnish.core.errors import CheckpointError
from burnish.export import merge as module
from burnish.export.merge import merge, merge_before, merged_folder, stored_dtype
from burnish.infer.base import Request, Sampling
from burnish.infer.session import open_session

EVERY_LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ASKED = Request(prompt_ids=(70, 71, 72, 73), sampling=Sampling(max_new_tokens=12, do_sample=False))


def make(tmp_path, *, dtype="float32", tied=True, family="llama", **lora):
    base = tiny_model_folder(tmp_path / "base", family, tied=tied, dtype=dtype)
    return base, tiny_checkpoint(base, tmp_path / "checkpoint-7", **lora)


def run(checkpoint, **flags):
    return merge(infer_config("merge-lora", ckpt_dir=checkpoint, **flags))


def weights(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def test_the_sum_by_hand(tmp_path):
    base, checkpoint = make(tmp_path, r=4, lora_alpha=8)
    result = run(checkpoint)
    before, after = weights(base), weights(result.folder)
    adapter = load_file(checkpoint / "adapter_model.safetensors")
    assert before.keys() == after.keys()
    for name, weight in before.items():
        prefix = f"base_model.model.{name.removesuffix('.weight')}"
        expected = weight
        if f"{prefix}.lora_A.weight" in adapter:
            a, b = adapter[f"{prefix}.lora_A.weight"], adapter[f"{prefix}.lora_B.weight"]
            expected = (weight.double() + 2.0 * (b.double() @ a.double())).float()
            assert not torch.equal(after[name], weight)
            torch.testing.assert_close(after[name], expected, rtol=0, atol=1e-6)
        else:
            assert torch.equal(after[name], weight), name
    assert result.merged.relative < 1e-5 and result.written.greedy_agree == result.written.positions


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_is_rounded_once(tmp_path, dtype):
    base, checkpoint = make(tmp_path, dtype=dtype, r=4, lora_alpha=8)
    result = run(checkpoint)
    assert result.dtype == dtype and stored_dtype(result.folder) == getattr(torch, dtype)
    name = "model.layers.1.self_attn.v_proj"
    adapter = load_file(checkpoint / "adapter_model.safetensors")
    a, b = (adapter[f"base_model.model.{name}.lora_{part}.weight"] for part in "AB")
    exact = weights(base)[f"{name}.weight"].double() + 2.0 * (b.double() @ a.double())
    rounded = weights(result.folder)[f"{name}.weight"]
    step = torch.finfo(rounded.dtype).eps / 2
    assert ((rounded.double() - exact).abs() <= exact.abs() * step * 1.001 + 1e-7).all()
    assert result.merged.relative < 1e-4, "before rounding the sum is exact"
    assert 0 < result.written.relative < 0.0625


KINDS = {
    "every linear": {"target_modules": EVERY_LINEAR},
    "dora": {"target_modules": EVERY_LINEAR, "use_dora": True},
    "rank-stabilised": {"use_rslora": True, "r": 6},
    "biases": {"bias": "all", "target_modules": EVERY_LINEAR},
    "lora biases": {"bias": "lora_only"},
    "embedding": {"target_modules": ["q_proj", "embed_tokens"]},
    "head": {"target_modules": ["q_proj", "lm_head"]},
    "embedding and head": {"target_modules": ["q_proj", "embed_tokens", "lm_head"]},
    "embedding and head, tied": {
        "target_modules": ["q_proj", "embed_tokens"], "ensure_weight_tying": True,
    },
    "saved embedding": {"modules_to_save": ["embed_tokens"], "ensure_weight_tying": True},
    "saved head": {"modules_to_save": ["lm_head"], "ensure_weight_tying": True},
    "saved norms": {"modules_to_save": ["norm", "input_layernorm"], "ensure_weight_tying": True},
    "saved embedding, apart": {"modules_to_save": ["embed_tokens"]},
}  # fmt: skip


CASES = [(kind, "llama", tied) for kind in KINDS for tied in (True, False)]
CASES += [(kind, "qwen2", True) for kind in ("biases", "saved embedding")]


@pytest.mark.parametrize(("kind", "family", "tied"), CASES)
def test_every_kind_of_adapter(tmp_path, kind, family, tied):
    _, checkpoint = make(tmp_path, tied=tied, family=family, **KINDS[kind])
    result = run(checkpoint)
    assert result.written.relative < 1e-5
    assert result.written.greedy_agree == result.written.positions
    flags = {"do_sample": False, "max_new_tokens": 12}
    tuned = open_session(infer_config(ckpt_dir=checkpoint, **flags)).engine.generate([ASKED])
    merged = open_session(infer_config(ckpt_dir=result.folder, **flags)).engine.generate([ASKED])
    assert tuned == merged
    plain = AutoModelForCausalLM.from_pretrained(result.folder, dtype=torch.float32)
    shares = plain.get_input_embeddings().weight is plain.get_output_embeddings().weight
    assert shares == plain.config.tie_word_embeddings


def test_what_the_folder_holds(tmp_path):
    base, checkpoint = make(tmp_path)
    result = run(checkpoint)
    assert result.folder == checkpoint.with_name("checkpoint-7-merged") == merged_folder(checkpoint)
    assert manifest.check(result.folder) == []
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "template.json"):
        assert (result.folder / name).read_bytes() == (checkpoint / name).read_bytes(), name
    arguments = json.loads((result.folder / "sft_args.json").read_text())
    assert arguments["sft_type"] == "full" and not arguments.get("ckpt_dir")
    parity = json.loads((result.folder / "parity.json").read_text())
    assert parity["as_written"]["largest_difference"] == result.written.largest_difference
    assert parity["weights"] == "float32"
    assert [path.name for path in tmp_path.glob(".*")] == [], "nothing is left behind"
    session = open_session(infer_config(ckpt_dir=result.folder))
    shutil.rmtree(base)
    assert session.engine.generate([ASKED]), "the merged model needs no base"
    assert open_session(infer_config(ckpt_dir=result.folder))


def test_merge_lora_writes_anew_and_infer_uses_what_is_there(tmp_path, caplog):
    caplog.set_level("INFO")
    base, checkpoint = make(tmp_path)
    config = merge_before(infer_config(ckpt_dir=checkpoint, merge_lora=True))
    folder = merged_folder(checkpoint)
    assert config.flat()["ckpt_dir"] == folder and config.flat()["sft_type"] == "full"
    mark = folder / "mine.txt"
    mark.write_text("still here")
    merge_before(infer_config(ckpt_dir=checkpoint, merge_lora=True))
    assert mark.exists() and "is there already" in caplog.text
    run(checkpoint)
    assert not mark.exists()
    weights_file = folder / "model.safetensors"
    weights_file.write_bytes(weights_file.read_bytes()[:-1])
    merge_before(infer_config(ckpt_dir=checkpoint, merge_lora=True))
    assert "merging again" in caplog.text and manifest.check(folder) == []
    shutil.rmtree(checkpoint)
    tiny_checkpoint(base, checkpoint, seed=3)
    before = weights_file.read_bytes()
    merge_before(infer_config(ckpt_dir=checkpoint, merge_lora=True))
    assert weights_file.read_bytes() != before, "another adapter under the same name"


def test_nothing_to_merge(tmp_path):
    _, checkpoint = make(tmp_path)
    merged = run(checkpoint).folder
    with pytest.raises(CheckpointError, match="there is nothing to merge") as raised:
        run(merged)
    assert f"burnish infer --ckpt_dir {merged}" in str(raised.value)


def test_another_base_is_refused(tmp_path):
    _, checkpoint = make(tmp_path)
    other = tiny_model_folder(tmp_path / "other", seed=8)
    with pytest.raises(CheckpointError, match="is not the model"):
        run(checkpoint, model_id_or_path=str(other))
    assert not merged_folder(checkpoint).exists()


def test_a_merge_that_changes_the_model_is_not_written(tmp_path, monkeypatch):
    _, checkpoint = make(tmp_path)
    good = run(checkpoint).folder
    before = (good / "model.safetensors").read_bytes()

    def forget(model):
        return model.unload()  # the adapter is lost

    monkeypatch.setattr(module, "merge_adapter", forget)
    with pytest.raises(CheckpointError, match="merging changed what the model says"):
        run(checkpoint)
    assert (good / "model.safetensors").read_bytes() == before
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_write_that_goes_wrong_is_seen(tmp_path, monkeypatch):
    _, checkpoint = make(tmp_path)
    save = module.save_model

    def save_badly(model, folder):
        save(model, folder)
        tensors = weights(folder)
        tensors["model.norm.weight"][0] += 0.001
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    monkeypatch.setattr(module, "save_model", save_badly)
    with pytest.raises(CheckpointError, match="not those that were written"):
        run(checkpoint)
    assert not merged_folder(checkpoint).exists()


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    _, checkpoint = make(tmp_path)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "save_model", full)
    with pytest.raises(CheckpointError, match=r"cannot write the merged model.*No space left"):
        run(checkpoint)


def test_an_adapter_of_another_program(tmp_path):
    base = tiny_model_folder(tmp_path / "base")
    adapter = tiny_adapter(base, tmp_path / "adapter")
    flags = {"load_args_from_ckpt_dir": False, "sft_type": "lora", "model_id_or_path": str(base)}
    folder = run(adapter, **flags).folder
    assert json.loads((folder / "sft_args.json").read_text())["sft_type"] == "full"
    assert open_session(infer_config(ckpt_dir=folder)).engine.generate([ASKED])


def test_too_little_memory_for_float32_compares_as_stored(tmp_path, monkeypatch):
    _, checkpoint = make(tmp_path, dtype="bfloat16")
    monkeypatch.setattr(module, "free_memory", lambda device: 0)
    result = run(checkpoint)
    parity = json.loads((result.folder / "parity.json").read_text())
    assert parity["compared_in"] == "bfloat16"
    shutil.rmtree(result.folder)
    monkeypatch.undo()
    again = run(checkpoint)
    assert weights(again.folder).keys() == weights(result.folder).keys()


def test_the_command_line_prints_the_folder_and_nothing_else_to_stdout(tmp_path, capsys):
    _, checkpoint = make(tmp_path)
    capsys.readouterr()
    assert cli.run(["merge-lora", "--ckpt_dir", str(checkpoint)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'checkpoint-7-merged'}\n"


def test_a_typed_dtype_is_that_of_the_merged_weights(tmp_path):
    base = tiny_model_folder(tmp_path / "base", dtype="bfloat16")
    checkpoint = tiny_checkpoint(base, tmp_path / "run" / "checkpoint-1")
    made = merge(infer_config("merge-lora", ckpt_dir=str(checkpoint), dtype="fp32"))
    weights = load_file(made.folder / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float32}
