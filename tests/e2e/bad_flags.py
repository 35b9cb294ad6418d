"""Bad flags, values, argument files and commands."""

import json
import os

from tests.e2e.bad_place import Place, Table, words

CASES = Table()


@CASES.case("--lora_rnak 4", "did you mean --lora_rank?", code=2)
def flag_misspelled(at: Place) -> list[str]:
    return at.sft(lora_rnak=4)


@CASES.case("--learning_rate abc", "number", code=2)
def value_is_no_number(at: Place) -> list[str]:
    return at.sft(learning_rate="abc")


@CASES.case("--max_length 0", code=2)
def max_length_of_zero(at: Place) -> list[str]:
    return at.sft(max_length=0)


@CASES.case("--lora_rank 0", "at least 1", code=2)
def lora_rank_of_zero(at: Place) -> list[str]:
    return at.sft(lora_rank=0)


@CASES.case("--lora_dropout", code=2)
def dropout_of_two(at: Place) -> list[str]:
    return at.sft(lora_dropout=2)


@CASES.case("--batch_size -1", "at least 1", code=2)
def batch_size_below_zero(at: Place) -> list[str]:
    return at.sft(batch_size=-1)


@CASES.case("--save_steps 0", code=2)
def save_steps_of_zero(at: Place) -> list[str]:
    return at.sft(save_steps=0)


@CASES.case("--seed", "at most", code=2)
def seed_beyond_every_generator(at: Place) -> list[str]:
    return at.sft(seed=10**20)


@CASES.case("out of memory", "--batch_size", "--max_length")
def more_memory_than_there_is(at: Place) -> list[str]:
    return at.sft(lora_rank=10**12)


@CASES.case("Not a directory", "logs")
def logs_below_a_file(at: Place) -> list[str]:
    return at.sft(report_to="tensorboard", logging_dir=at.text("", "logs") / "here")


@CASES.case("--learning_rate nan", code=2)
def learning_rate_of_nan(at: Place) -> list[str]:
    return at.sft(learning_rate="nan")


@CASES.case("--sft_type lroa", "lora", code=2)
def choice_misspelled(at: Place) -> list[str]:
    return at.sft(sft_type="lroa")


@CASES.case("--gradient_checkpointing maybe", "true", code=2)
def boolean_of_neither(at: Place) -> list[str]:
    return at.sft(gradient_checkpointing="maybe")


@CASES.case("--lora_rank", "value", code=2)
def flag_without_its_value(at: Place) -> list[str]:
    return [*at.sft(), "--lora_rank"]


@CASES.case("--batch_size 1 2", code=2)
def two_values_for_one_flag(at: Place) -> list[str]:
    return at.sft(batch_size=[1, 2])


@CASES.case("--push_to_hub", "not available yet", code=2)
def flag_of_later(at: Place) -> list[str]:
    return at.sft(push_to_hub="true")


@CASES.case("--packing", "--lazy_tokenize", code=2)
def packing_of_unknown_lengths(at: Place) -> list[str]:
    return at.sft(packing="true", lazy_tokenize="true")


@CASES.case("--sft_type adalorra", "adalora", code=2)
def tuner_that_is_none(at: Place) -> list[str]:
    return at.sft(sft_type="adalorra")


@CASES.case("--quantization_bit 4", code=2)
def quantised_full_tuning(at: Place) -> list[str]:
    return at.sft(quantization_bit=4, sft_type="full")


@CASES.case("--freeze_parameters_ratio 0.5", "--sft_type lora", code=2)
def frozen_share_of_an_adapter(at: Place) -> list[str]:
    return at.sft(freeze_parameters_ratio=0.5)


@CASES.case("--dataset_test_ratio 1", code=2)
def everything_held_out(at: Place) -> list[str]:
    return at.sft(dataset_test_ratio=1)


@CASES.case("--dtype fp16", "fp32 or bf16", code=2)
def half_precision_on_a_cpu(at: Place) -> list[str]:
    return at.sft(dtype="fp16")


@CASES.case("--resume_only_model", "--resume_from_checkpoint", code=2)
def weights_of_no_checkpoint(at: Place) -> list[str]:
    return at.sft(resume_only_model="true")


@CASES.case("2 problems", "--model_type", "--dataset", code=2)
def nothing_at_all(at: Place) -> list[str]:
    return ["sft"]


@CASES.case("--custom_register_path", "not a Python file", code=2)
def own_file_missing(at: Place) -> list[str]:
    return at.sft(custom_register_path=at.folder / "mine.py")


@CASES.case("--custom_register_path", "ZeroDivisionError", code=2)
def own_file_fails(at: Place) -> list[str]:
    return at.sft(custom_register_path=at.text("1 / 0\n", "mine.py"))


@CASES.case("there is no command 'stf'", "did you mean sft?", code=2)
def command_misspelled(at: Place) -> list[str]:
    return ["stf", *at.sft()[1:]]


@CASES.case("not available yet", code=2)
def command_of_later(at: Place) -> list[str]:
    return ["deploy", "--model_type", "demo"]


@CASES.case("arguments.json", "not valid JSON", code=2)
def argument_file_broken(at: Place) -> list[str]:
    return ["sft", str(at.text('{"lora_rank": 8,', "arguments.json"))]


@CASES.case("arguments.yaml", "not valid YAML", code=2)
def yaml_argument_file_broken(at: Place) -> list[str]:
    return ["sft", str(at.text("lora_rank: [8\nbatch", "arguments.yaml"))]


@CASES.case("arguments.json", "flags and their values", code=2)
def argument_file_with_a_list(at: Place) -> list[str]:
    return ["sft", str(at.text("[1, 2]", "arguments.json"))]


@CASES.case("--lora_rnak 8", "did you mean --lora_rank?", "--batch_size", code=2)
def argument_file_with_unknown_flags(at: Place) -> list[str]:
    content = {"model_type": "demo", "dataset": ["a"], "lora_rnak": 8, "batch_size": "many"}
    return ["sft", str(at.text(json.dumps(content), "arguments.json"))]


@CASES.case("arguments.json", "no such file", code=2)
def argument_file_missing(at: Place) -> list[str]:
    return ["sft", str(at.folder / "arguments.json")]


@CASES.case("out")
def output_is_a_file(at: Place) -> list[str]:
    return at.sft(output_dir=at.text("mine", "out-file"))


@CASES.case("out-file")
def output_below_a_file(at: Place) -> list[str]:
    return at.sft(output_dir=at.text("mine", "out-file") / "deeper")


@CASES.case("/proc/none")
def output_that_cannot_be_made(at: Place) -> list[str]:
    return at.sft(output_dir="/proc/none")


if os.geteuid():

    @CASES.case("locked", "ermission")
    def output_without_permission(at: Place) -> list[str]:
        (at.folder / "locked").mkdir(mode=0o500)
        return at.sft(output_dir=at.folder / "locked" / "out")


@CASES.case("--ckpt_dir", code=2)
def infer_of_nothing(at: Place) -> list[str]:
    return ["infer"]


@CASES.case("--ckpt_dir", "is missing", code=2)
def merge_of_nothing(at: Place) -> list[str]:
    return ["merge-lora"]


@CASES.case("--eval_human", "--val_dataset", code=2)
def answers_to_no_questions(at: Place) -> list[str]:
    return ["infer", *words({"model_id_or_path": at.model, "eval_human": "false"})]


@CASES.case("nowhere.jsonl", "no such file")
def questions_missing(at: Place) -> list[str]:
    return at.infer(model_id_or_path=at.model, val_dataset=at.folder / "nowhere.jsonl")


@CASES.case("--temperature -1", code=2)
def temperature_below_zero(at: Place) -> list[str]:
    return at.infer(model_id_or_path=at.model, temperature=-1)


@CASES.case("--infer_backend vllm", code=2)
def engine_of_later(at: Place) -> list[str]:
    return at.infer(model_id_or_path=at.model, infer_backend="vllm")
