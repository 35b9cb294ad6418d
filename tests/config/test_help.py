"""Help fits a terminal and says all there is to know."""

import pytest

from burnish.commands.base import COMMANDS, load
from burnish.config import help
from burnish.config.config import classes_of, flags_of
from burnish.core.errors import UsageError


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_two_screens(name: str) -> None:
    command = load(name)
    lines = help.usage(command, command.summary, command.example, command.is_later).splitlines()
    assert len(lines) <= 80 and max(map(len, lines)) <= help.WIDTH


@pytest.mark.parametrize("name", COMMANDS)
def test_help_all_names_every_flag_once(name: str) -> None:
    command = load(name)
    heads = [
        line.split()[0]
        for line in help.topic(command, "all").splitlines()
        if line.startswith("  --")
    ]
    assert sorted(heads) == sorted(f"--{flag}" for flag in flags_of(command))


def test_help_of_one_flag_says_everything() -> None:
    text = help.topic(load("sft"), "--learning-rate")
    assert "1e-5 with --sft_type full, else 1e-4" in text and "more than 0" in text
    assert "only with --sft_type lora" in help.topic(load("sft"), "use_dora")
    assert "not available yet" in help.topic(load("sft"), "deepspeed")
    assert "also called --per_device_train_batch_size" in help.topic(load("sft"), "batch_size")
    assert help.topic(load("sft"), "eval_strategy") == help.topic(
        load("sft"), "evaluation_strategy"
    )
    assert "documented elsewhere as 0.0.0.0" in help.topic(load("deploy"), "host")


def test_help_of_a_group() -> None:
    text = help.topic(load("sft"), "lora")
    assert text.startswith("LoRA") and text.count("\n  --") == 9


def test_an_unknown_topic_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean lora_rank"):
        help.topic(load("sft"), "lora_rnk")


def test_groups_are_small() -> None:
    for name in COMMANDS:
        for group in classes_of(load(name)):
            assert len(help.flags_of(load(name))) and len(group.__dataclass_fields__) <= 20
