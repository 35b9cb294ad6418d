"""The one pipeline: values, rules, checks, notes."""

import json
from pathlib import Path
from typing import Any

import pytest

from burnish.commands.base import load
from burnish.config.adjust import adjust
from burnish.config.config import Config
from burnish.config.groups.checkpoint import CheckpointGroup
from burnish.config.groups.data import DataGroup
from burnish.config.groups.generation import GenerationGroup
from burnish.config.groups.loop import LoopGroup
from burnish.config.groups.model import ModelGroup
from burnish.config.groups.optim import OptimGroup
from burnish.config.groups.rlhf import RlhfGroup
from burnish.config.groups.template import TemplateGroup
from burnish.config.resolve import resolve
from burnish.core.errors import UsageError
from burnish.core.facts import Facts
from burnish.tuners.lora import LoraGroup

CPU = Facts(env={}, device="cpu")
BASE: dict[str, Any] = {"model_id_or_path": "some/model", "dataset": ["a.jsonl"]}


def config(command: str = "sft", facts: Facts = CPU, **values: Any) -> Config:
    base = BASE if command in ("sft", "pt") else {}
    return resolve(load(command), {**base, **values}, facts=facts)


def wrong(command: str = "sft", /, **values: Any) -> dict[str, str]:
    with pytest.raises(UsageError) as caught:
        config(command, **values)
    return {problem.flag: problem.wrong for problem in caught.value.problems}


def test_derived_defaults_follow_the_spec() -> None:
    plain = config()
    assert plain[OptimGroup].learning_rate == 1e-4
    assert plain[LoopGroup].gradient_accumulation_steps == 16
    assert plain[CheckpointGroup].save_steps == 50
    assert plain[DataGroup].dataset_seed == 42
    assert plain[ModelGroup].dtype == "fp32"
    assert config(sft_type="full")[OptimGroup].learning_rate == 1e-5
    assert config(eval_steps=7)[CheckpointGroup].save_steps == 7
    two = Facts(env={}, device="cpu", world_size=2)
    assert config(facts=two, batch_size=3)[LoopGroup].gradient_accumulation_steps == 3
    gpu = Facts(env={}, device="cuda", num_devices=1, supports_bf16=False)
    assert config(facts=gpu)[ModelGroup].dtype == "fp16"


def test_a_given_value_wins_over_a_rule() -> None:
    found = config(learning_rate=3e-4, save_steps=9)
    assert found[OptimGroup].learning_rate == 3e-4 and found[CheckpointGroup].save_steps == 9
    assert found.sources["learning_rate"] == "python" and found.sources["seed"] == "default"
    assert found.sources["gradient_accumulation_steps"] == "rule"


def test_commands_have_their_own_defaults() -> None:
    pt = config("pt")
    assert pt.flat()["sft_type"] == "full" and pt.flat()["target_modules"] == ["ALL"]
    assert pt.flat()["eval_steps"] == 500 and pt.flat()["lazy_tokenize"] is False
    assert config("infer", model_id_or_path="x")[TemplateGroup].max_length is None


def test_values_that_force_others() -> None:
    split = config(val_dataset=["v.jsonl"], dataset_test_ratio=0.2)
    assert split[DataGroup].dataset_test_ratio == 0
    assert any("--dataset_test_ratio 0.2 becomes 0" in note for note in split.notes)
    assert config(dataset_test_ratio=0).flat()["evaluation_strategy"] == "no"
    cold = config("infer", model_id_or_path="x", temperature=0, do_sample=True)
    assert cold[GenerationGroup].do_sample is False and cold.notes
    assert config("infer", model_id_or_path="x").flat()["sft_type"] == "full"
    assert config("infer", model_id_or_path="x", num_beams=2).flat()["stream"] is False


def test_liger_takes_no_loss_weights() -> None:
    values = {"use_loss_scale": True, "loss_scale_config_path": "alpha-umi"}
    plain = config(**values)
    assert plain[DataGroup].use_loss_scale is True and not plain.notes
    forced = adjust(plain.replace("python", "", use_liger=True))
    assert forced[DataGroup].use_loss_scale is False


@pytest.mark.parametrize(
    ("values", "flag", "says"),
    [
        (
            {"sft_type": "lora", "freeze_parameters_ratio": 0.5},
            "freeze_parameters_ratio",
            "--sft_type lora",
        ),
        (
            {"additional_trainable_parameters": ["x"]},
            "additional_trainable_parameters",
            "--sft_type lora",
        ),
        ({"resume_only_model": True}, "resume_only_model", "checkpoint to resume from"),
        ({"resume_from_checkpoint": "/no/such"}, "resume_from_checkpoint", "not a folder"),
        ({"custom_register_path": "/no/such.py"}, "custom_register_path", "not a Python file"),
        ({"quantization_bit": 4, "sft_type": "full"}, "quantization_bit", "--sft_type full"),
        (
            {"sft_type": "llamapro", "llamapro_num_groups": 3},
            "llamapro_num_groups",
            "does not divide the 4",
        ),
        ({"sft_type": "freeze", "num_layer_trainable": 0}, "num_layer_trainable", "nothing"),
        ({"sft_type": "reft", "reft_args": {"rate": 1}}, "reft_args", "no setting 'rate'"),
        ({"tuner_backend": "unsloth"}, "tuner_backend", "not installed"),
        ({"dataset_test_ratio": 1}, "dataset_test_ratio", "no rows"),
        ({"dtype": "fp16"}, "dtype", "CPU"),
        ({"dataset": []}, "dataset", "missing"),
        ({"model_id_or_path": None}, "model_type", "missing"),
        ({"model_type": "no-such-model"}, "model_type", "not one of"),
        ({"template_type": "no-such-template"}, "template_type", "not one of"),
        ({"packing": True, "max_length": None}, "packing", "fills rows"),
        ({"packing": True, "lazy_tokenize": True}, "packing", "needs the lengths"),
        ({"streaming": True}, "streaming", "needs --max_steps"),
        ({"optim": "lomo"}, "optim", "not served"),
        ({"use_galore": True}, "use_galore", "--sft_type lora"),
        ({"lisa_activated_layers": 2}, "lisa_activated_layers", "--sft_type lora"),
        (
            {"init_lora_weights": "pissa", "quantization_bit": 4},
            "init_lora_weights",
            "which are quantised here",
        ),
        (
            {"sft_type": "ia3", "target_modules": ["EMBEDDING", "q_proj"]},
            "target_modules",
            "--sft_type ia3 cannot",
        ),
        ({"init_lora_weights": "pizza"}, "init_lora_weights", "pissa"),
        ({"sft_type": "boft", "boft_block_num": 2}, "boft_block_num", "--boft_block_size 4"),
        ({"sft_type": "boft", "boft_block_size": 0}, "boft_block_size", "leaves both"),
        ({"sft_type": "adalora", "adalora_target_r": 12}, "adalora_target_r", "adalora_init_r 12"),
        ({"sft_type": "adalora", "adalora_beta1": 1}, "adalora_beta1", "between 0 and 1"),
        ({"sft_type": "adalora", "adalora_beta2": 0}, "adalora_beta2", "between 0 and 1"),
        ({"sft_type": "adalora", "adalora_orth_reg_weight": 0}, "adalora_orth_reg_weight", "0"),
        ({"dataloader_num_workers": 4}, "dataloader_num_workers", "not available yet"),
        ({"report_to": ["wandb"]}, "report_to", "not available yet"),
        ({"save_safetensors": False}, "save_safetensors", "not available yet"),
        ({"check_model_is_latest": True}, "check_model_is_latest", "not available yet"),
        ({"lr_scheduler_type": "reduce_lr_on_plateau"}, "lr_scheduler_type", "by a metric"),
        ({"train_dataset_mix_ratio": 0.5}, "train_dataset_mix_ratio", "not counted before"),
    ],
)
def test_what_cannot_be_is_refused_by_name(values: dict[str, Any], flag: str, says: str) -> None:
    assert says in wrong(**values)[flag]


def test_a_value_equal_to_its_default_is_never_refused() -> None:
    saved = {name: value for name, value in config().flat().items() if value is not None}
    again = resolve(load("sft"), saved, source="file", facts=CPU)
    assert again.flat() == config().flat()


def test_infer_and_merge_need_something_to_work_on() -> None:
    assert "which model" in wrong("infer")["ckpt_dir"]
    assert "which adapter" in wrong("merge-lora", model_id_or_path="x")["ckpt_dir"]
    assert (
        "data set to answer" in wrong("infer", model_id_or_path="x", eval_human=False)["eval_human"]
    )
    assert (
        "looks like a checkpoint"
        in wrong("infer", model_id_or_path="out/checkpoint-9")["model_id_or_path"]
    )


def test_all_problems_come_at_once_and_none_that_a_typo_may_explain() -> None:
    found = wrong(
        lora_rnak=4, learning_rate="abc", model_id_or_path=None, model_typ="demo", seed="x"
    )
    assert set(found) == {"lora_rnak", "learning_rate", "model_typ", "seed"}
    found = wrong(sft_type="lorra", freeze_parameters_ratio=0.5)
    assert set(found) == {"sft_type"}


def test_a_flag_that_cannot_act_is_noted() -> None:
    notes = config(sft_type="full", lora_rank=4).notes
    assert notes == ("--lora_rank 4 has no effect with --sft_type full",)
    assert config(lora_rank=4).notes == ()


def test_describe_says_where_each_value_came_from() -> None:
    text = config(lora_rank=4).describe()
    assert "lora_rank" in text and "python" in text
    assert "rule: 1e-5 with --sft_type full, else 1e-4" in text
    assert "lora_alpha" not in text


def test_groups_are_looked_up_by_class() -> None:
    found = config()
    assert found[LoraGroup].lora_rank == 8 and LoraGroup in found and RlhfGroup not in found
    with pytest.raises(KeyError, match="burnish sft takes no RlhfGroup"):
        found[RlhfGroup]


def test_replace_leaves_the_original_alone() -> None:
    first = config()
    second = first.replace(seed=7, source="rule", why="a test")
    assert (first[LoopGroup].seed, second[LoopGroup].seed) == (42, 7)
    assert "a test" in second.describe()


def test_a_file_of_ones_own_is_loaded_before_its_names_are_checked(tmp_path: Any) -> None:
    path = tmp_path / "sft_type_of_mine.py"
    path.write_text("TUNER = 'x'\n")
    refused = wrong(sft_type="sft_type_of_mine")
    assert "must be one of" in refused["sft_type"]
    found = config(custom_register_path=path, sft_type="sft_type_of_mine")
    assert found.flat()["sft_type"] == "sft_type_of_mine"


@pytest.mark.parametrize(
    ("named", "answers"),
    [
        ({"dtype": "float16"}, "fp16"),
        ({"torch_dtype": "bfloat16"}, "bf16"),
        ({"torch_dtype": "float32"}, "fp16"),
        ({"text_config": {"dtype": "float16"}}, "fp16"),
        ({"dtype": "float8_e4m3fn"}, "bf16"),
        ({}, "bf16"),
    ],
)
def test_answers_are_computed_in_the_models_own_number_format(
    named: dict[str, Any], answers: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(named))
    model = {"model_id_or_path": str(tmp_path)}

    def dtype(command: str, **facts: Any) -> str:
        given = model | ({"dataset": ["a"]} if command == "sft" else {})
        return str(resolve(load(command), given, facts=Facts(env={}, **facts)).value("dtype"))

    gpu = {"device": "cuda", "num_devices": 1}
    assert dtype("infer", **gpu, supports_bf16=True) == answers
    assert dtype("infer", **gpu, supports_bf16=False) == "fp16"
    assert dtype("sft", **gpu, supports_bf16=True) == "bf16"
    assert dtype("infer", device="cpu") == "fp32"


@pytest.mark.parametrize(
    ("model", "suits"),
    [
        ({"model_type": "qwen2_5-7b-instruct-gptq-int4"}, "fp16"),
        ({"model_id_or_path": "qwen/qwen2.5-7B-instruct-AWQ"}, "fp16"),
        ({"model_type": "molmoe-1b"}, "fp32"),
        ({"model_type": "qwen2_5-7b-instruct"}, "bf16"),
        ({"model_id_or_path": "someone/something"}, "bf16"),
    ],
)
def test_a_registered_model_has_the_number_format_that_suits_it(
    model: dict[str, Any], suits: str
) -> None:
    for command, given in [("sft", {"dataset": ["a"]}), ("infer", {})]:
        for device, able, expected in [
            ("cuda", True, suits), ("cuda", False, "fp16"), ("cpu", False, "fp32")
        ]:  # fmt: skip
            facts = Facts(env={}, device=device, num_devices=1, supports_bf16=able)
            found = resolve(load(command), {**model, **given}, facts=facts)
            assert found.value("dtype") == expected
            asked = resolve(load(command), {**model, **given, "dtype": "bf16"}, facts=facts)
            assert asked.value("dtype") == "bf16"
