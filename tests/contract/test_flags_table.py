"""The spec's table of flags against the declarations: every name, default and list of choices."""

import ast
import csv
from pathlib import Path
from typing import Any

import pytest

from burnish.commands.base import COMMANDS, load
from burnish.config.config import classes_of, flags_of
from burnish.config.deviations import DEVIATIONS, deviation
from burnish.config.flag import AUTO, FlagInfo, infos_of
from burnish.config.value import convert

pytestmark = pytest.mark.shared

COMMANDS_OF = {"infer/merge-lora": ("infer", "merge-lora")}
# Choices the table gives in prose, and where ours hold more or are checked elsewhere.
PROSE = {
    "model_type", "template_type", "target_modules", "modules_to_save", "optim",
    "lr_scheduler_type", "report_to", "init_lora_weights", "quant_bits", "rlhf_type",
    "loss_type", "deepspeed", "loss_scale_config_path", "dataset", "merge_device_map",
    "quant_device_map", "custom_register_path", "lora_modules", "eval_dataset",
    "ref_model_type", "reward_model_type", "freeze_parameters_ratio", "dataset_test_ratio",
    "label_smoothing", "lora_lr_ratio", "lisa_activated_layers", "simpo_gamma",
}  # fmt: skip
MORE = {
    ("pt", "sft_type"): set(),
    ("sft", "ddp_backend"): {"hccl"},
    ("infer/merge-lora", "infer_backend"): {"lmdeploy"},
    **dict.fromkeys(
        [("sft", "quant_method"), ("infer/merge-lora", "quant_method")],
        frozenset({"fp8", "awq", "gptq", "aqlm"}),  # ours, and what weights are already
    ),
}


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[dict[str, str]]:
    with (shared / "spec" / "flags.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["dialect"] == "swift"]


def of_row(row: dict[str, str]) -> list[tuple[str, FlagInfo]]:
    """The flag of a row in each command the row speaks of."""
    names = COMMANDS_OF.get(row["command"], (row["command"],))
    return [(name, flags_of(load(name))[row["flag"]]) for name in names]


def documented(row: dict[str, str], info: FlagInfo) -> Any:
    """The default of a row as a value of the flag."""
    text = row["default"].partition(" (")[0]
    if text == "''":
        return ""
    if text.startswith("["):
        return [item for item in ast.literal_eval(text) if item is not None]
    return convert(info, None if text == "None" else text)


def test_there_are_247_names_and_each_is_declared_once(rows: list[dict[str, str]]) -> None:
    groups = {group for name in COMMANDS for group in classes_of(load(name))}
    names = [name for group in groups for name in infos_of(group)]
    assert len(names) == len(set(names))
    infos = {name: info for group in groups for name, info in infos_of(group).items()}
    ours = {name for name, info in infos.items() if info.meta.origin == "burnish"}
    assert set(names) - ours == {row["flag"] for row in rows}
    assert len(set(names) - ours) == 247


def test_every_default_is_the_documented_one_or_a_listed_departure(
    rows: list[dict[str, str]],
) -> None:
    wrong = []
    for row in rows:
        for command, info in of_row(row):
            departs = deviation(command, info.name)
            changed = departs and not departs.behaviour and departs.documented != departs.ours
            if departs and changed and departs.documented != "None":
                assert departs.documented == row["default"]
                continue
            expected = documented(row, info)
            derived = info.default is AUTO and expected is AUTO
            if not derived and (
                expected != info.default or type(expected) is not type(info.default)
            ):
                wrong.append(
                    f"{command} --{info.name}: {row['default']} there, {info.default!r} here"
                )
    assert not wrong, "\n".join(wrong)


def test_every_list_of_choices_is_the_documented_one(rows: list[dict[str, str]]) -> None:
    wrong = []
    for row in rows:
        text = row["choices"].partition(" (")[0]
        if "|" not in text or row["flag"] in PROSE:
            continue
        expected = set(text.split("|")) - {"AUTO", "..."}
        expected |= MORE.get((row["command"], row["flag"]), set())
        for command, info in of_row(row):
            found = {str(choice) for choice in info.choices} - {"AUTO"}
            if found != expected:
                wrong.append(
                    f"{command} --{info.name}: {sorted(expected)} there, {sorted(found)} here"
                )
    assert not wrong, "\n".join(wrong)


def test_hot_and_deprecated_flags_are_the_documented_ones(rows: list[dict[str, str]]) -> None:
    for row in rows:
        for command, info in of_row(row):
            if row["hot"] == "yes":
                assert info.meta.hot, f"{command} --{info.name}"
            if row["deprecated"] == "yes":
                assert info.meta.replaced_by, f"{command} --{info.name}"


def test_every_departure_is_of_a_flag_that_exists() -> None:
    for entry in DEVIATIONS:
        commands = COMMANDS if entry.command == "*" else [entry.command]
        assert any(entry.flag in flags_of(load(name)) for name in commands)
        assert entry.reason
