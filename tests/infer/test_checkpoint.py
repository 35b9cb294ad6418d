"""Checkpoint folders: whole ones are opened, everything else is told from them and named."""

import json
import shutil

import pytest
from tests.fixtures_model import tiny_adapter, tiny_checkpoint, tiny_model_folder

from burnish.core import manifest
from burnish.core.errors import CheckpointError, ModelError
from burnish.infer.checkpoint import (
    check_base,
    checkpoints_in,
    open_checkpoint,
    refuse_raw_checkpoint,
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_model_folder(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def made(base, tmp_path_factory):
    return tiny_checkpoint(base, tmp_path_factory.mktemp("run") / "checkpoint-10")


@pytest.fixture
def checkpoint(made, tmp_path):
    return shutil.copytree(made, tmp_path / "run" / "checkpoint-10")


def test_a_whole_one(checkpoint):
    found = open_checkpoint(checkpoint)
    assert (found.is_adapter, found.sft_type, found.has_template) == (True, "lora", True)


@pytest.mark.parametrize("damage", ["cut", "flip", "delete", "unfinished"])
def test_damage_is_named(checkpoint, damage):
    weights = checkpoint / "adapter_model.safetensors"
    content = weights.read_bytes()
    if damage == "cut":
        weights.write_bytes(content[:-100])
    elif damage == "flip":
        weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "delete":
        weights.unlink()
    else:
        (checkpoint / manifest.NAME).unlink()
    other = checkpoint.with_name("checkpoint-5")
    other.mkdir()
    with pytest.raises(CheckpointError, match="half written or damaged") as raised:
        open_checkpoint(checkpoint)
    name = manifest.NAME if damage == "unfinished" else weights.name
    assert name in str(raised.value)
    assert str(other) in str(raised.value), "another checkpoint of the run is named"


def test_a_folder_that_was_never_renamed(checkpoint):
    left = checkpoint.with_name(".writing-checkpoint-10")
    checkpoint.rename(left)
    for name in ("manifest.json", "sft_args.json", "template.json"):
        (left / name).unlink()
    with pytest.raises(CheckpointError, match="half written"):
        open_checkpoint(left)


def test_a_run_names_its_checkpoints_and_picks_none(checkpoint):
    run = checkpoint.parent
    later = shutil.copytree(checkpoint, run / "checkpoint-20")
    (later / "trainer_state.json").write_text(json.dumps({"best_global_step": 10}))
    for folder in (run, run.parent):
        with pytest.raises(CheckpointError, match="is a run, not a checkpoint") as raised:
            open_checkpoint(folder, "merge-lora")
        text = str(raised.value)
        assert f"{checkpoint}   (best)" in text and f"{later}   (last)" in text
        assert text.endswith(f"burnish merge-lora --ckpt_dir {later}")
    assert checkpoints_in(run) == [checkpoint, later]


def test_what_is_no_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match="holds neither"):
        open_checkpoint(tmp_path)
    with pytest.raises(CheckpointError, match="no such folder"):
        open_checkpoint(tmp_path / "absent")


def test_an_adapter_of_another_program(base, tmp_path, caplog):
    folder = tiny_adapter(base, tmp_path / "adapter")
    found = open_checkpoint(folder)
    assert found.is_adapter and not found.has_template and found.sft_type == "lora"
    assert "was not written by burnish" in caplog.text


def test_a_raw_checkpoint_is_no_model(checkpoint, base):
    with pytest.raises(ModelError, match=f"burnish infer --ckpt_dir {checkpoint}"):
        refuse_raw_checkpoint(str(checkpoint))
    refuse_raw_checkpoint(str(base))
    refuse_raw_checkpoint("Some/Model")
    refuse_raw_checkpoint(None)


def test_another_base_is_refused(checkpoint, base, tmp_path, caplog):
    found = open_checkpoint(checkpoint)
    check_base(found, base, allowed=False)
    other = tiny_model_folder(tmp_path / "other", seed=5)
    with pytest.raises(CheckpointError, match=r"model\.safetensors has other contents") as raised:
        check_base(found, other, allowed=False)
    assert "--allow_template_mismatch true" in str(raised.value)
    check_base(found, other, allowed=True)
    assert "has other contents" in caplog.text
