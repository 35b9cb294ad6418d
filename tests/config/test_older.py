import pytest

from burnish.commands.base import load
from burnish.config.resolve import resolve
from burnish.core.errors import UsageError
from burnish.core.facts import Facts


def data(**values: object) -> tuple[list[str], list[str]]:
    given = {"model_id_or_path": "m", **values}
    config = resolve(load("sft"), given, facts=Facts())
    return config.value("dataset"), config.value("val_dataset")


@pytest.mark.parametrize(
    ("values", "train", "validation"),
    [
        ({"custom_train_dataset_path": ["a", "b"]}, ["a", "b"], []),
        ({"dataset": ["x,y#2"], "custom_train_dataset_path": ["a"]}, ["x", "y#2", "a"], []),
        ({"dataset": ["x"], "custom_val_dataset_path": ["v"]}, ["x"], ["v"]),
        ({"dataset": ["x"], "train_dataset_sample": 5}, ["x#5"], []),
        ({"dataset": ["x#3"], "train_dataset_sample": 5}, ["x#3"], []),
        ({"dataset": ["x#9"], "train_dataset_sample": 5}, ["x#5"], []),
        (
            {"dataset": ["x"], "val_dataset": ["v"], "val_dataset_sample": 4},
            ["x"],
            ["v#4"],
        ),
        ({"dataset": ["x"], "self_cognition_sample": 7}, ["x", "self-cognition#7"], []),
        ({"dataset": ["x#100"], "train_dataset_mix_ratio": 0.5}, ["x#100", "ms-bench#49"], []),
        (
            {
                "dataset": ["x#100,y#11"],
                "val_dataset": ["v"],
                "train_dataset_mix_ratio": 2,
                "train_dataset_mix_ds": ["m#9"],
            },
            ["x#100", "y#11", "m#9"],
            ["v"],
        ),
        (
            {
                "dataset": ["x"],
                "train_dataset_sample": 10,
                "train_dataset_mix_ratio": 0.5,
                "dataset_test_ratio": 0,
                "self_cognition_sample": 7,
            },
            ["x#10", "ms-bench#5", "self-cognition#7"],
            [],
        ),
        ({"dataset": ["x#10"], "train_dataset_mix_ratio": 0.01}, ["x#10"], []),
        ({"dataset": ["x#10"], "train_dataset_mix_ds": ["m"]}, ["x#10"], []),
        (
            {"dataset": ["x"], "train_dataset_mix_ratio": 1, "streaming": True, "max_steps": 3},
            ["x"],
            [],
        ),
    ],
)
def test_older_flags_act_through_the_newer_ones(
    values: dict[str, object], train: list[str], validation: list[str]
) -> None:
    assert data(**values) == (train, validation)


def test_what_is_saved_does_not_add_the_paths_again() -> None:
    given = {"model_id_or_path": "m", "custom_train_dataset_path": ["a"]}
    config = resolve(load("sft"), given, facts=Facts())
    saved = {name: value for name, value in config.flat().items() if value is not None}
    assert resolve(load("sft"), saved, facts=Facts()).value("dataset") == ["a"]


def test_a_sample_of_several_data_sets_is_refused() -> None:
    with pytest.raises(UsageError, match="works with one --dataset"):
        data(dataset=["a", "b"], train_dataset_sample=3)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"dataset": ["x", "y#3"]}, "not counted before they are read"),
        ({"dataset": ["x#3"], "train_dataset_mix_ds": ["a", "b"]}, "works with one"),
    ],
)
def test_a_share_that_cannot_be_counted_is_refused(values: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        data(**values, train_dataset_mix_ratio=0.5)


def test_what_is_mixed_in_is_told() -> None:
    given = {"model_id_or_path": "m", "dataset": ["x#10"], "train_dataset_mix_ds": ["m"]}
    ratio = {"train_dataset_mix_ratio": 0.5, "dataset_test_ratio": 0}
    config = resolve(load("sft"), {**given, **ratio}, facts=Facts())
    assert config.value("dataset") == ["x#10", "m#5"]
    assert any("--train_dataset_mix_ratio 0.5 of their rows is added" in n for n in config.notes)
    again = resolve(load("sft"), config.flat(), facts=Facts())
    assert again.value("dataset") == ["x#10", "m#5"]
    idle = resolve(load("sft"), given, facts=Facts())
    assert any("--train_dataset_mix_ratio is 0" in note for note in idle.notes)
