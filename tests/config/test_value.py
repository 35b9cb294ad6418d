"""What was typed becomes the flag's type, or a reason why it cannot."""

from pathlib import Path
from typing import Any

import pytest

from burnish.commands.base import load
from burnish.config.config import flags_of
from burnish.config.flag import AUTO
from burnish.config.value import Unfit, convert, from_words

FLAGS = flags_of(load("rlhf"))


@pytest.mark.parametrize(
    ("name", "words", "value"),
    [
        ("lora_rank", ["4"], 4),
        ("learning_rate", ["1e-4"], 1e-4),
        ("learning_rate", ["none"], AUTO),
        ("dtype", ["AUTO"], AUTO),
        ("dtype", ["BF16"], "bf16"),
        ("use_dora", [], True),
        ("use_dora", ["yes"], True),
        ("use_dora", ["0"], False),
        ("use_flash_attn", ["none"], None),
        ("max_length", ["-1"], None),
        ("dataset", ["a.jsonl", "b.jsonl"], ["a.jsonl", "b.jsonl"]),
        ("dataset", ["a.jsonl,b.jsonl"], ["a.jsonl", "b.jsonl"]),
        ("dataset", ['["a,b.jsonl"]'], ["a,b.jsonl"]),
        ("reft_layers", ["1", "2"], [1, 2]),
        ("reft_layers", ["none"], None),
        ("init_lora_weights", ["guassian"], "gaussian"),
        ("init_lora_weights", ["pissa_niter_4"], "pissa_niter_4"),
        ("truncation_strategy", ["ignore"], "delete"),
        ("output_dir", ["runs"], Path("runs")),
        ("model_kwargs", ['{"hd_num": 16}'], {"hd_num": 16}),
        ("deepspeed", ["default-zero2"], "default-zero2"),
        ("deepspeed", ['{"stage": 2}'], '{"stage": 2}'),
        ("vera_projection_prng_key", ["7"], 7),
        ("vera_projection_prng_key", ["0"], 0),
        ("vera_projection_prng_key", ["1"], 1),
        ("vera_projection_prng_key", ["true"], True),
        ("system", [""], ""),
    ],
)
def test_words_become_values(name: str, words: list[str], value: Any) -> None:
    found = from_words(FLAGS[name], words)
    if name == "deepspeed" and words[0].startswith("{"):
        value = {"stage": 2}
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "words", "says"),
    [
        ("lora_rank", ["four"], "whole number"),
        ("lora_rank", ["1.5"], "whole number"),
        ("lora_rank", ["0"], "at least 1"),
        ("lora_rank", [], "needs a value"),
        ("lora_rank", ["4", "5"], "takes one value"),
        ("learning_rate", ["0"], "more than 0"),
        ("learning_rate", ["nan"], "must be a number"),
        ("dataset_test_ratio", ["1.5"], "at most 1"),
        ("use_dora", ["maybe"], "true or false"),
        ("sft_type", ["lorra"], "must be one of"),
        ("init_lora_weights", ["xavier"], "must look like"),
        ("model_kwargs", ["{bad"], "not valid JSON"),
        ("model_kwargs", ["/no/such/file.json"], "no such file"),
        ("lora_rank", ["none"], "whole number"),
        ("reft_layers", ["1", "x"], "whole number"),
    ],
)
def test_what_cannot_be_says_why(name: str, words: list[str], says: str) -> None:
    with pytest.raises(Unfit) as caught:
        from_words(FLAGS[name], words)
    assert says in caught.value.wrong


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("learning_rate", 1, 1.0),
        ("learning_rate", "1e-4", 1e-4),  # YAML reads 1e-4 as text
        ("save_strategy", False, "no"),  # and no as false
        ("init_lora_weights", True, "true"),
        ("dataset", "a,b", ["a", "b"]),
        ("dataset", Path("a"), ["a"]),
        ("model_name", [None, None], []),
        ("lora_rank", 4.0, 4),
        ("output_dir", "x", Path("x")),
        ("max_length", -1, None),
    ],
)
def test_python_and_json_values_fit_too(name: str, raw: Any, value: Any) -> None:
    assert convert(FLAGS[name], raw) == value


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("lora_rank", True),
        ("lora_rank", 1.5),
        ("use_dora", 2),
        ("dataset", 3),
        ("learning_rate", [1]),
    ],
)
def test_python_values_of_another_type_are_refused(name: str, raw: Any) -> None:
    with pytest.raises(Unfit):
        convert(FLAGS[name], raw)


def test_a_misspelled_choice_gets_the_nearest() -> None:
    with pytest.raises(Unfit) as caught:
        convert(FLAGS["lr_scheduler_type"], "cosin")
    assert caught.value.fix == "did you mean cosine?"


@pytest.mark.parametrize("name", sorted(FLAGS))
def test_every_default_is_a_value_of_its_flag(name: str) -> None:
    info = FLAGS[name]
    assert convert(info, info.default) == info.default
