"""sft_args.json: out, and in again by what continues or uses a checkpoint."""

import json
from pathlib import Path
from typing import Any

import pytest

from burnish.commands.base import load
from burnish.config import store
from burnish.config.config import Config
from burnish.config.resolve import resolve
from burnish.core import manifest
from burnish.core.errors import UsageError
from burnish.core.facts import Facts

CPU = Facts(env={}, device="cpu")
TRAINED = {
    "model_id_or_path": "some/model",
    "dataset": ["a.jsonl"],
    "lora_rank": 4,
    "system": "Be brief.",
    "dtype": "bf16",
    "learning_rate": 3e-4,
    "max_length": 512,
}


def trained(**values: Any) -> Config:
    return resolve(load("sft"), {**TRAINED, **values}, facts=CPU)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoint-5"
    store.save(trained(), folder / store.NAME)
    return folder


def test_secrets_are_null_and_the_rest_is_json(tmp_path: Path) -> None:
    config = trained().replace(hub_token="secret")
    store.save(config, tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text()
    assert "secret" not in text and json.loads(text)["hub_token"] is None
    assert json.loads(text)["output_dir"] == "output"
    assert "secret" not in config.describe()


def test_a_local_model_is_kept_by_its_full_path(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    saved = store.to_json(trained(model_id_or_path=str(tmp_path / "model" / ".." / "model")))
    assert saved["model_id_or_path"] == str(tmp_path / "model")


def test_infer_takes_the_model_and_template_from_the_checkpoint(checkpoint: Path) -> None:
    config = resolve(load("infer"), {"ckpt_dir": checkpoint}, facts=CPU)
    flat = config.flat()
    assert flat["model_id_or_path"] == "some/model" and flat["sft_type"] == "lora"
    assert flat["system"] == "Be brief." and flat["dtype"] == "bf16"
    assert config.sources["system"] == "checkpoint" and flat["dataset"] == []
    assert flat["max_length"] is None


def test_what_is_typed_wins_over_the_checkpoint(checkpoint: Path) -> None:
    values = {"ckpt_dir": checkpoint, "system": "", "dtype": "AUTO", "model_id_or_path": "other"}
    flat = resolve(load("infer"), values, facts=CPU).flat()
    assert flat["system"] == "" and flat["model_id_or_path"] == "other"
    assert flat["dtype"] == "bf16"  # AUTO leaves it to the checkpoint


def test_data_settings_are_taken_when_asked_for(checkpoint: Path) -> None:
    values = {"ckpt_dir": checkpoint, "load_dataset_config": True}
    config = resolve(load("infer"), values, facts=CPU)
    assert config.flat()["dataset"] == ["a.jsonl"] and config.flat()["eval_human"] is False


def test_nothing_is_taken_when_that_is_refused(checkpoint: Path) -> None:
    values = {
        "ckpt_dir": checkpoint,
        "load_args_from_ckpt_dir": False,
        "model_id_or_path": "other",
    }
    assert resolve(load("infer"), values, facts=CPU).flat()["system"] is None


def test_resuming_takes_what_the_weights_depend_on(checkpoint: Path) -> None:
    values = {"resume_from_checkpoint": checkpoint, "dataset": ["a.jsonl"]}
    config = resolve(load("sft"), values, facts=CPU)
    flat = config.flat()
    assert flat["lora_rank"] == 4 and flat["model_id_or_path"] == "some/model"
    assert flat["max_length"] == 512 and flat["learning_rate"] == 3e-4
    assert not any("learning_rate" in note for note in config.notes)


def test_what_is_typed_wins_and_is_told(checkpoint: Path) -> None:
    values = {"resume_from_checkpoint": checkpoint, "dataset": ["a.jsonl"]}
    config = resolve(load("sft"), values | {"learning_rate": 1e-5, "lora_alpha": 7}, facts=CPU)
    assert config.flat()["learning_rate"] == 1e-5
    assert any("--learning_rate is 1e-05" in n and "with 0.0003" in n for n in config.notes)
    assert any("--lora_alpha is 7" in note for note in config.notes)


OTHERS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"quantization_bit": 4}, {"quantization_bit": 8}, "quantization_bit 8"),
    ({"quantization_bit": 4}, {"quantization_bit": 0}, "quantization_bit 0"),
    ({"quantization_bit": 4}, {"bnb_4bit_quant_type": "fp4"}, "bnb_4bit_quant_type fp4"),
    ({}, {"quantization_bit": 4}, "quantization_bit 4"),
    ({}, {"rope_scaling": "linear"}, "rope_scaling linear"),
]


@pytest.mark.parametrize(("then", "now", "said"), OTHERS)
def test_other_weights_are_not_gone_on_upon(
    tmp_path: Path, then: dict[str, Any], now: dict[str, Any], said: str
) -> None:
    folder = tmp_path / "checkpoint-5"
    store.save(trained(**then), folder / store.NAME)
    values = {"resume_from_checkpoint": folder, "dataset": ["a.jsonl"]}
    bits = resolve(load("sft"), values, facts=CPU).value("quantization_bit")
    assert bits == then.get("quantization_bit", 0)
    with pytest.raises(UsageError, match=said):
        resolve(load("sft"), values | now, facts=CPU)
    resolve(load("sft"), values | now | {"resume_only_model": True}, facts=CPU)


def test_weights_alone_bring_no_rate(checkpoint: Path) -> None:
    values = {"resume_from_checkpoint": checkpoint, "dataset": ["a.jsonl"]}
    config = resolve(load("sft"), values | {"resume_only_model": True}, facts=CPU)
    assert config.flat()["learning_rate"] == 1e-4


def test_epochs_that_are_typed_are_not_overruled_by_saved_steps(checkpoint: Path) -> None:
    path = checkpoint / store.NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | {"max_steps": 5}))
    values = {"resume_from_checkpoint": checkpoint, "dataset": ["a.jsonl"]}
    assert resolve(load("sft"), values, facts=CPU).flat()["max_steps"] == 5
    typed = resolve(load("sft"), values | {"num_train_epochs": 3}, facts=CPU).flat()
    assert (typed["max_steps"], typed["num_train_epochs"]) == (-1, 3)


LENGTHS: list[tuple[dict[str, Any], bool]] = [
    ({}, False),
    ({"max_steps": 8}, True),
    ({"num_train_epochs": 3}, True),
    ({"num_train_epochs": 1}, False),
    ({"max_steps": 8, "lr_scheduler_type": "cosine"}, True),
    ({"max_steps": 8, "lr_scheduler_type": "constant"}, False),
    ({"max_steps": 8, "lr_scheduler_type": "constant_with_warmup"}, True),
    ({"max_steps": 8, "lr_scheduler_type": "inverse_sqrt", "warmup_steps": 2}, False),
    ({"max_steps": 8, "resume_only_model": True}, False),
]


@pytest.mark.parametrize(("typed", "is_told"), LENGTHS)
def test_another_length_is_told_where_the_rate_depends_on_it(
    checkpoint: Path, typed: dict[str, Any], is_told: bool
) -> None:
    values = {"resume_from_checkpoint": checkpoint, "dataset": ["a.jsonl"], **typed}
    notes = [n for n in resolve(load("sft"), values, facts=CPU).notes if "length of the run" in n]
    assert len(notes) == is_told
    if is_told and "max_steps" in typed:
        assert "--max_steps 8; the checkpoint was trained with --num_train_epochs 1" in notes[0]


def test_another_noise_is_told(checkpoint: Path) -> None:
    values = {"resume_from_checkpoint": checkpoint, "dataset": ["a.jsonl"]}
    config = resolve(load("sft"), values | {"neftune_noise_alpha": 5}, facts=CPU)
    assert "--neftune_noise_alpha is 5; the checkpoint was trained with none" in config.notes


def test_leave_to_run_code_is_never_taken(tmp_path: Path) -> None:
    saved = store.to_json(trained()) | {
        "allow_remote_code": True,
        "allow_pickle": True,
        "custom_register_path": "evil.py",
    }
    (tmp_path / store.NAME).write_text(json.dumps(saved))
    config = resolve(load("infer"), {"ckpt_dir": tmp_path}, facts=CPU)
    flat = config.flat()
    assert not flat["allow_remote_code"] and not flat["allow_pickle"]
    assert flat["custom_register_path"] is None and "evil.py" in config.notes[0]


def test_a_damaged_file_is_passed_over_for_the_one_of_the_run(checkpoint: Path) -> None:
    manifest.write(checkpoint)
    store.save(trained(), checkpoint.parent / store.NAME)
    path = checkpoint / store.NAME
    path.write_text(path.read_text().replace('"lora_rank": 4', '"lora_rank": 6'))
    values = {"resume_from_checkpoint": checkpoint, "dataset": ["a.jsonl"]}
    assert resolve(load("sft"), values, facts=CPU).flat()["lora_rank"] == 4


def test_a_folder_without_arguments_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(load("infer"), {"ckpt_dir": tmp_path}, facts=CPU)
    assert "holds no sft_args.json" in str(caught.value)
    assert "--load_args_from_ckpt_dir false" in str(caught.value)


def test_infer_says_nothing_of_training_settings(checkpoint: Path) -> None:
    config = resolve(load("infer"), {"ckpt_dir": checkpoint, "val_dataset": ["v"]}, facts=CPU)
    assert config.notes == ()
    assert "bnb_4bit" not in config.describe()


def test_a_resumed_run_keeps_its_noise(tmp_path: Path) -> None:
    """--neftune_noise_alpha is a hook's flag; without it the run would go on as another one."""
    values = {"model_type": "demo", "dataset": ["rows.jsonl"], "neftune_noise_alpha": 5.0}
    first = resolve(load("sft"), values)
    store.save(first, tmp_path / "sft_args.json")
    again = {"dataset": ["rows.jsonl"], "resume_from_checkpoint": str(tmp_path)}
    assert resolve(load("sft"), again).flat()["neftune_noise_alpha"] == 5.0


@pytest.mark.parametrize("flag", ["dataset", "val_dataset", "custom_val_dataset_path"])
def test_typed_data_sets_win_over_all_of_the_checkpoint(flag: str, tmp_path: Path) -> None:
    """Else a saved val_dataset would be answered in place of the one that was asked for."""
    folder = tmp_path / "checkpoint-5"
    store.save(trained(val_dataset=["b.jsonl"], dataset_seed=7), folder / store.NAME)
    values = {"ckpt_dir": folder, "load_dataset_config": True, flag: ["typed.jsonl"]}
    found = resolve(load("infer"), values, facts=CPU).flat()
    sets = {"dataset": found["dataset"], "val_dataset": found["val_dataset"]}
    typed = "dataset" if flag == "dataset" else "val_dataset"
    assert sets == {"dataset": [], "val_dataset": []} | {typed: ["typed.jsonl"]}
    assert found["dataset_seed"] == 7 and found["eval_human"] is False
    assert found["dataset_test_ratio"] == (0.01 if flag == "dataset" else 0)
