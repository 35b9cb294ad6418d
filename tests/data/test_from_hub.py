"""Definitions whose files lie on a hub."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fixtures_hub import StandInHub, ask, serve_hub

ROW = '{"q": "q", "a": "r"}\n'


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[StandInHub]:
    def folder(name: str, *files: str) -> Path:
        for count, file in enumerate(files, 1):
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(ROW * count)
        return tmp_path / name

    datasets = {
        "made/code": {"main": folder("code", "c/train.jsonl", "python/train.jsonl")},
        "private/splits": {"main": folder("splits", "train_sft.jsonl", "test.jsonl")},
        "made/notes": {"main": folder("notes", "notes.md")},
    }
    with serve_hub(StandInHub({}, datasets, token="tok")) as served:
        yield served


def test_folders_splits_columns_and_the_token(hub: StandInHub, tmp_path: Path) -> None:
    columns = {"prompt": "q", "response": "a"}
    info = {
        "code": {"hf_hub_url": "made/code", "folder": "python", "columns": columns},
        "both": {"hf_dataset_id": "private/splits", "split": ["test", "validation"]},
        "wrong": {"hf_hub_url": "made/code", "folder": "c", "columns": {"prompt": "question"}},
        "gone": {"hf_hub_url": "made/code", "folder": "java"},
        "notes": {"hf_dataset_id": "made/notes"},
    }
    flags = {"custom_dataset_info": info, "hub_token": "tok"}
    code, both, wrong, gone, notes = ask(hub, tmp_path, *info, flags=flags)
    assert code == [["HF::made/code:default/train", 2]]
    assert both == [["HF::private/splits:default/test", 2]]
    assert "columns names 'question', which the data does not have; it has q, a" in str(wrong)
    assert "has no folder 'java'" in str(gone)
    assert "HF::made/notes holds no data file that burnish reads" in str(notes)
