"""Sessions: what the flags and the checkpoint mean, and what does not fit together."""

import json
import shutil

import pytest
import torch
from tests.fixtures_model import (
    STOP_ID,
    infer_config,
    tiny_adapter,
    tiny_checkpoint,
    tiny_model_folder,
)

from burnish.core import manifest
from burnish.core.errors import CheckpointError, ModelError, TemplateError
from burnish.export.merge import merge
from burnish.infer.base import Request, Sampling
from burnish.infer.session import make_plan, open_session
from burnish.nn import quantize

ASKED = Request(prompt_ids=(70, 71, 72, 73), sampling=Sampling(max_new_tokens=8, do_sample=False))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_model_folder(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def made(base, tmp_path_factory):
    return tiny_checkpoint(base, tmp_path_factory.mktemp("run") / "checkpoint-10")


@pytest.fixture
def checkpoint(made, tmp_path):
    return shutil.copytree(made, tmp_path / "checkpoint-10")


def change(folder, name, **values):
    """Change a JSON file of a checkpoint as if training had written it so."""
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    manifest.write(folder)


def test_a_checkpoint_needs_nothing_else(base, checkpoint):
    session = open_session(infer_config(ckpt_dir=checkpoint))
    plain = open_session(infer_config(model_id_or_path=str(base)))
    assert session.folder == checkpoint and plain.folder == base
    tuned, untuned = session.engine.generate([ASKED])[0], plain.engine.generate([ASKED])[0]
    assert tuned.ids != untuned.ids
    assert STOP_ID in session.engine.stop_ids
    ids = session.template.prompt_ids([{"role": "user", "content": "x"}])
    assert ids == plain.template.prompt_ids([{"role": "user", "content": "x"}])


def test_the_base_may_have_moved(base, checkpoint, tmp_path):
    moved = shutil.copytree(base, tmp_path / "moved")
    change(checkpoint, "base.json", path="/nowhere/base")
    change(checkpoint, "sft_args.json", model_id_or_path="/nowhere/base")
    with pytest.raises(ModelError, match=r"was at /nowhere/base.*--model_id_or_path"):
        open_session(infer_config(ckpt_dir=checkpoint))
    session = open_session(infer_config(ckpt_dir=checkpoint, model_id_or_path=str(moved)))
    assert session.engine.generate([ASKED])


def test_another_base_is_refused_before_weights_are_read(checkpoint, tmp_path):
    other = tiny_model_folder(tmp_path / "other", seed=9)
    with pytest.raises(CheckpointError, match="is not the model"):
        make_plan(infer_config(ckpt_dir=checkpoint, model_id_or_path=str(other)))


def test_a_base_with_another_tokenizer_is_refused(base, checkpoint, tmp_path):
    other = shutil.copytree(base, tmp_path / "other")
    config = json.loads((other / "tokenizer_config.json").read_text())
    config["eos_token"] = "<|endoftext|>"
    (other / "tokenizer_config.json").write_text(json.dumps(config))
    flags = {"ckpt_dir": checkpoint, "model_id_or_path": str(other)}
    with pytest.raises(TemplateError, match="the special tokens") as raised:
        make_plan(infer_config(**flags))
    assert "--allow_template_mismatch true" in str(raised.value)
    make_plan(infer_config(**flags, allow_template_mismatch=True))


def test_a_changed_tokenizer_in_the_checkpoint_is_refused(checkpoint):
    change(checkpoint, "tokenizer_config.json", eos_token="<|endoftext|>")
    with pytest.raises(TemplateError, match="the tokenizer in"):
        make_plan(infer_config(ckpt_dir=checkpoint))


def test_another_template_must_be_asked_for_twice(checkpoint):
    flags = {"ckpt_dir": checkpoint, "template_type": "default"}
    with pytest.raises(TemplateError):
        make_plan(infer_config(**flags))
    plan = make_plan(infer_config(**flags, allow_template_mismatch=True))
    assert plan.template.name == "default"


def test_a_system_prompt_of_this_run_wins(checkpoint):
    change(checkpoint, "template.json", system="trained")
    trained = make_plan(infer_config(ckpt_dir=checkpoint)).template
    assert trained.system == "trained"
    given = make_plan(infer_config(ckpt_dir=checkpoint, system="given")).template
    assert "given" in given.render([{"role": "user", "content": "x"}])


def test_stop_tokens_of_the_base_config_reach_an_adapter(tmp_path):
    """An adapter's folder has no config.json, which may be where a stop token is named."""
    base = tiny_model_folder(tmp_path / "base", eos_token_id=[STOP_ID, 77])
    (base / "generation_config.json").write_text("{}")
    checkpoint = tiny_checkpoint(base, tmp_path / "checkpoint-1")
    (checkpoint / "generation_config.json").unlink()
    manifest.write(checkpoint)
    assert make_plan(infer_config(ckpt_dir=checkpoint)).stop_ids == {STOP_ID, 77}


def test_an_adapter_of_another_program(base, tmp_path):
    adapter = tiny_adapter(base, tmp_path / "adapter")
    flags = {"ckpt_dir": adapter, "load_args_from_ckpt_dir": False, "sft_type": "lora"}
    session = open_session(infer_config(**flags, model_id_or_path=str(base)))
    assert session.engine.generate([ASKED])[0].ids


def test_max_model_len(base):
    session = open_session(infer_config(model_id_or_path=str(base), max_length=6))
    assert session.engine.max_length == 6 and session.engine.context_length == 512


def test_flags_without_effect_are_said(base, caplog):
    open_session(infer_config(model_id_or_path=str(base), temperature=0.7))
    assert "--temperature 0.7: no effect" in caplog.text
    caplog.clear()
    open_session(infer_config(model_id_or_path=str(base), temperature=0.7, do_sample=True))
    assert "no effect" not in caplog.text


def test_generation_settings_are_written_on_request(checkpoint):
    flags = {"ckpt_dir": checkpoint, "do_sample": True, "temperature": 0.5, "top_k": 3}
    open_session(infer_config(**flags, overwrite_generation_config=True, max_new_tokens=9))
    written = json.loads((checkpoint / "generation_config.json").read_text())
    assert (written["temperature"], written["top_k"], written["max_new_tokens"]) == (0.5, 3, 9)
    assert manifest.check(checkpoint) == [], "the checkpoint is still whole"
    session = open_session(infer_config(ckpt_dir=checkpoint))
    assert session.model.generation_config.temperature == 0.5


def test_the_seed_fixes_sampling(base):
    request = Request(
        prompt_ids=(70, 71), sampling=Sampling(max_new_tokens=20, do_sample=True, temperature=2.0)
    )
    answers = []
    for seed in (1, 1, 2):
        session = open_session(infer_config(model_id_or_path=str(base), seed=seed))
        answers.append(session.engine.generate([request])[0].ids)
    assert answers[0] == answers[1] != answers[2]


def test_the_number_format(base):
    session = open_session(infer_config(model_id_or_path=str(base), dtype="bf16"))
    assert session.model.dtype == torch.bfloat16


@pytest.mark.parametrize("bits", [4, 8])
def test_a_model_is_quantised_on_the_way_in(base, bits):
    pytest.importorskip("bitsandbytes")
    session = open_session(infer_config(model_id_or_path=str(base), quantization_bit=bits))
    assert quantize.is_quantised(session.model)
    held = {type(m).__name__ for n, m in session.model.named_modules() if n.endswith("q_proj")}
    assert held == {"Linear4bit" if bits == 4 else "Linear8bitLt"}
    assert session.engine.generate([ASKED])


@pytest.mark.parametrize("flag", ["model_id_or_path", "ckpt_dir"])
def test_a_merged_folder_is_a_model(flag, checkpoint):
    """Either flag means the same: the merged weights, with the template of training."""
    change(checkpoint, "template.json", system="trained")
    merged = checkpoint.with_name("checkpoint-10-merged")
    if not merged.exists():
        merge(infer_config("merge-lora", ckpt_dir=checkpoint))
    session = open_session(infer_config(**{flag: str(merged)}))
    assert session.folder == merged and session.template.system == "trained"
    tuned = open_session(infer_config(ckpt_dir=checkpoint))
    assert session.engine.generate([ASKED])[0].ids == tuned.engine.generate([ASKED])[0].ids
