"""The command line and argument files, as people write them."""

from pathlib import Path

import pytest

from burnish.commands.base import load
from burnish.config import store
from burnish.config.given import Given
from burnish.config.parse import parse
from burnish.config.resolve import draft, finish
from burnish.core.errors import UsageError
from burnish.core.facts import Facts

SFT = load("sft")


def given(*words: str) -> Given:
    return parse(SFT, words)


def problems(*words: str) -> list[str]:
    return [f"{p.flag}: {p.wrong} {p.fix}" for p in given(*words).all_problems()]


def test_both_spellings_and_equals_signs() -> None:
    values = given("--lora-rank", "4", "--lora_alpha=8", "--system=--not a flag").values
    assert values == {"lora_rank": 4, "lora_alpha": 8, "system": "--not a flag"}


def test_negative_numbers_are_values() -> None:
    assert given("--max_steps", "-1", "--seed", "-3").values == {"max_steps": -1, "seed": -3}
    assert problems("--learning_rate", "-1e-4") == ["learning_rate: must be more than 0 "]


def test_a_prefix_never_matches() -> None:
    assert problems("--lora_r", "4") == [
        "lora_r: is not a flag of burnish sft did you mean --lora_rank?"
    ]


def test_a_list_typed_twice_takes_both_and_a_scalar_the_last() -> None:
    values = given("--dataset", "a", "b", "--seed", "1", "--dataset", "c,d", "--seed", "2").values
    assert values == {"dataset": ["a", "b", "c", "d"], "seed": 2}


def test_aliases_are_the_same_flag() -> None:
    assert given("--per_device_train_batch_size", "4").values == {"batch_size": 4}
    assert "same flag" in problems("--batch_size", "2", "--per_device_train_batch_size", "4")[0]


ALIASES = {
    "per_device_train_batch_size": ("4", "batch_size", 4),
    "per_device_eval_batch_size": ("4", "eval_batch_size", 4),
    "eval_strategy": ("epoch", "evaluation_strategy", "epoch"),
    "only_save_model": ("true", "save_only_model", True),
    "quantization_type": ("4", "quantization_bit", 4),
    "neftune_alpha": ("5", "neftune_noise_alpha", 5.0),
    "lora_dropout_p": ("0.2", "lora_dropout", 0.2),
    "lora_target_regex": (".*q", "target_regex", ".*q"),
    **{f"{kind}_target_modules": ("a b", "target_modules", ["a", "b"])
       for kind in ("lora", "boft", "ia3", "vera")},
    **{f"{kind}_modules_to_save": ("LN", "modules_to_save", ["LN"])
       for kind in ("lora", "boft", "ia3", "vera")},
}  # fmt: skip


@pytest.mark.parametrize("name", ALIASES)
def test_names_of_older_scripts_are_known(name: str) -> None:
    typed, flag, value = ALIASES[name]
    assert given(f"--{name}", *typed.split()).values == {flag: value}


@pytest.mark.parametrize(
    "name",
    ["boft_n_butterfly_factor", "reft_layer_key", "acc_steps", "loss_name", "lr_scheduler_kwargs",
     "vit_use_gc", "freeze_layers", "num_freeze_layers"],
)  # fmt: skip
def test_names_of_other_programs_are_refused_one_by_one(name: str) -> None:
    (said,) = problems(f"--{name}", "2")
    assert said.startswith(f"{name}: is not a flag of burnish sft")


def test_stray_words_and_single_hyphens_are_named() -> None:
    assert "is not a flag" in problems("rows.jsonl", "--seed", "1")[0]
    assert "two hyphens: --seed" in problems("--dataset", "a", "-seed", "1")[0]


def test_ignore_args_error_forgives_unknown_flags_only() -> None:
    found = given("--nonsense", "1", "--ignore_args_error", "true")
    assert found.all_problems() == [] and "--nonsense 1" in found.notes[0]
    assert problems("--lora_rank", "x", "--ignore_args_error") != []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", '{"lora_rank": 4, "lora-alpha": 16, "_burnish": {"command": "sft"}}'),
        ("a.yaml", "lora_rank: 4\nlora_alpha: 16\n"),
    ],
)
def test_a_file_gives_values_and_the_command_line_wins(
    tmp_path: Path, name: str, content: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    found = given(str(path), "--lora_rank", "2")
    assert found.values == {"lora_rank": 2, "lora_alpha": 16}
    assert found.sources == {"lora_rank": "command line", "lora_alpha": "file"}


def test_a_fault_of_the_file_does_not_matter_once_overridden(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"lora_rank": 0, "seeed": 1}')
    found = given(str(path), "--lora_rank", "2")
    assert [problem.flag for problem in found.all_problems()] == ["seeed"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", "{", "not valid JSON"),
        ("a.json", "[1]", "must hold flags"),
        ("a.yaml", "a: [", "not valid YAML"),
        ("a.yaml", None, "no such file"),
        ("a.json", None, "no such file"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, name: str, content: str | None, says: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=says) as caught:
        given(str(path))
    assert str(path) in str(caught.value)


def test_problems_of_a_file_name_it(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("lora_rank: abc\nnonsense: 3\ndataset: a.jsonl\nmodel_type: demo\n")
    with pytest.raises(UsageError) as raised:
        draft(parse(SFT, [str(path)]))
    assert str(raised.value).startswith(f"2 problems with {path}\n")
    assert "(in " not in str(raised.value), "once is enough"
    with pytest.raises(UsageError) as raised:
        draft(parse(SFT, [str(path), "--learning_rate", "x"]))
    head, *lines = str(raised.value).splitlines()
    assert head == f"3 problems with the command line and {path}"
    named = [line.split()[0] for line in lines if str(path) in line]
    assert named == ["--nonsense", "--lora_rank"]


@pytest.mark.parametrize("flag", ["--config", "--config_file", "--args-file", "--yaml"])
def test_an_argument_file_behind_a_flag(flag: str) -> None:
    (problem,) = given(flag, "run.yaml").all_problems()
    assert problem.fix == "a file of flags stands first: burnish sft run.yaml"


def test_a_runs_own_argument_file_brings_no_notes_of_what_nobody_typed(tmp_path: Path) -> None:
    """It names every flag; those of other methods have no effect, and nobody asked for one."""
    facts = Facts(env={}, device="cpu")
    flags = ["--model_type", "demo", "--dataset", "a.jsonl", "--sft_type", "full"]
    first = finish(draft(parse(SFT, flags)), facts)
    path = tmp_path / "sft_args.json"
    store.save(first.replace(lora_rank=16), path)
    assert finish(draft(parse(SFT, [str(path)])), facts).notes == ()
    typed = finish(draft(parse(SFT, [str(path), "--lora_alpha", "7"])), facts).notes
    assert typed == ("--lora_alpha 7 has no effect with --sft_type full",)
    own = tmp_path / "mine.yaml"
    own.write_text("model_type: demo\ndataset: a.jsonl\nsft_type: full\nlora_rank: 16\n")
    assert "--lora_rank 16 has no effect" in finish(draft(parse(SFT, [str(own)])), facts).notes[0]
