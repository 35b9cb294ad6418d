import json
from pathlib import Path
from typing import Any

import pytest

from burnish.core.errors import DataError
from burnish.data.mapping import Mapping
from burnish.data.registry_file import Entry, mapping_by_role, read_registry


def one(**definition: Any) -> Entry:
    return read_registry({"x": definition})["x"]


def test_it_is_a_file_a_folder_text_or_a_dict(tmp_path: Path) -> None:
    definition = {"x": {"dataset_path": "a.jsonl"}}
    file = tmp_path / "dataset_info.json"
    file.write_text(json.dumps(definition))
    for given in (str(file), str(tmp_path)):
        assert read_registry(given)["x"].paths == (tmp_path / "a.jsonl",)
    for given in (definition, json.dumps(definition)):
        assert read_registry(given)["x"].paths == (Path("a.jsonl"),)
    assert not read_registry(None)


def test_the_two_kinds_are_told_apart_by_their_keys(tmp_path: Path) -> None:
    found = read_registry(
        {
            "role": {"file_name": "a.json", "columns": {"prompt": "q"}, "file_sha1": "0" * 40},
            "column": {"hf_dataset_id": "a/b", "dataset_id": "c/d", "subsets": ["s"]},
        }
    )
    assert found["role"].roles == {"prompt": "q"} and found["role"].sha1 == "0" * 40
    assert (found["column"].hf, found["column"].ms) == ("a/b", "c/d")
    assert found["column"].subsets == ("s",) and found["column"].splits == ("train",)


def test_a_list_names_its_data_sets_by_their_ids() -> None:
    given = '[{"ms_dataset_id": "a/b", "hf_dataset_id": "c/d", "split": ["train_sft"]}]'
    entry = read_registry(given)["a/b"]
    assert (entry.ms, entry.hf, entry.splits) == ("a/b", "c/d", ("train_sft",))


def test_columns_go_before_conversations() -> None:
    settings = {"user_role": "human"}
    assert one(dataset_path="a", conversations=settings).mapping == Mapping({}, settings)
    both = one(dataset_path="a", conversations=settings, columns={"q": "query"})
    assert both.mapping == Mapping({"q": "query"})


def test_turns_take_their_tags() -> None:
    entry = one(
        file_name="a.json",
        formatting="sharegpt",
        columns={"messages": "talk", "system": "sys", "kto_tag": "good"},
        tags={"role_tag": "who", "user_tag": "me"},
    )
    assert entry.mapping.columns == {"sys": "system", "good": "label"}
    turns = entry.mapping.conversations
    assert (turns["conversations_key"], turns["from_key"], turns["user_role"]) == (
        "talk",
        "who",
        "me",
    )
    assert (turns["value_key"], turns["assistant_role"]) == ("value", "gpt")


@pytest.mark.parametrize(
    ("columns", "found", "mapped"),
    [
        ({}, ["instruction", "output"], {}),
        ({"prompt": "q", "response": "a"}, ["q", "a"], {"q": "instruction", "a": "output"}),
        ({"prompt": "q"}, ["q", "output"], {"q": "instruction"}),
        ({"prompt": "q", "query": ""}, ["q", "input", "output"], {"q": "instruction", "input": ""}),
        ({"prompt": "raw"}, ["raw", "meta"], {"raw": "text"}),
        (
            {"prompt": "q", "chosen": "c", "rejected": "r"},
            ["q", "c", "r"],
            {"q": "instruction", "c": "output", "r": "rejected_response"},
        ),
        (
            {"prompt": "q", "response": "a", "kto_tag": "ok", "images": "image"},
            ["q", "a", "ok", "image"],
            {"q": "instruction", "a": "output", "ok": "label", "image": "images"},
        ),
    ],
)
def test_roles_become_columns(
    columns: dict[str, str], found: list[str], mapped: dict[str, str]
) -> None:
    entry = one(file_name="a.json", columns=columns)
    assert mapping_by_role(entry, found).columns == mapped


def test_how_the_file_is_read_can_be_said() -> None:
    layout = one(
        dataset_path="a.tsv", header=["a", "b"], delimiter="|", encoding="cp1252", num_samples=3
    ).layout
    assert (layout.header, layout.delimiter, layout.encoding, layout.limit) == (
        ("a", "b"), "|", "cp1252", 3,
    )  # fmt: skip


def test_code_lies_beside_the_registry(tmp_path: Path) -> None:
    (tmp_path / "dataset_info.json").write_text(
        '{"a": {"file_name": "a.json", "code": "own.py:make"},'
        ' "b": {"dataset_path": "a.json", "code": "samsum"}}'
    )
    found = read_registry(tmp_path)
    assert found["a"].mapping.code == f"{tmp_path}/own.py:make"
    assert found["b"].mapping.code == "samsum"


@pytest.mark.shared
def test_real_registries(shared: Path) -> None:
    by_role = read_registry(shared / "data/datasets/llamafactory/dataset_info.json")
    by_column = read_registry(shared / "data/datasets/ms-swift/dataset_info.json")
    assert (len(by_role), len(by_column)) == (104, 111)
    assert by_role["starcoder_python"].folder == "python"
    assert by_role["dpo_mix_en"].subsets == ("en",)


def test_a_broken_registry_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "info.json").write_text('{\n"x": \n}')
    with pytest.raises(DataError, match=r"info\.json is broken JSON: line 3"):
        read_registry(tmp_path / "info.json")


def test_a_definition_is_judged_when_it_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "dataset_info.json"
    wrong = {"script_url": "x"}
    odd = {"hf_dataset_id": "a/b", "columns": {"q": "nothing of ours"}}
    file.write_text(json.dumps({"good": {"file_name": "a.json"}, "bad": wrong, "odd": odd}))
    found = read_registry(tmp_path)
    assert found["good"].name == "good" and list(found) == ["good", "bad", "odd"]
    assert not found.with_id("c/d")
    with pytest.raises(DataError, match="bad: script_url"):
        found["bad"]
    with pytest.raises(DataError, match="odd: columns maps to"):
        found.with_id("a/b")


def test_a_folder_without_the_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the folder holds no dataset_info\.json"):
        read_registry(tmp_path)
