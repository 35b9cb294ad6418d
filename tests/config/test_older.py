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
