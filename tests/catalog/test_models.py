import csv
from pathlib import Path

import pytest

from burnish.catalog.find import find_model, model_names, template_names


def test_every_model_names_a_template_that_is_there() -> None:
    assert {find_model(name).template for name in model_names()} <= set(template_names())


def test_every_model_lies_somewhere() -> None:
    for name in model_names():
        spec = find_model(name)
        assert spec.folder or (spec.hf and spec.ms), name


def test_hub_ids_are_not_given_twice() -> None:
    ids = [find_model(name).hf for name in model_names() if find_model(name).hf]
    assert len(ids) == len(set(ids))


@pytest.mark.shared
def test_hub_ids_are_those_of_the_table(shared: Path) -> None:
    """Where the older tool has a type of the same name; its owners' letter case varies."""
    with (shared / "spec/models.csv").open(encoding="utf-8") as file:
        table = {row["model_type"]: row for row in csv.DictReader(file)}
    for name in set(model_names()) & set(table):
        spec = find_model(name)
        assert (spec.hf, spec.ms) == (table[name]["hf_id"], table[name]["ms_id"])
        assert spec.targets == tuple(table[name]["lora_targets"].split())
