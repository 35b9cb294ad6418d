"""Data sets from hubs on this machine, through the hubs' own clients, each case in a process."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fixtures_hub import StandInHub, ask, serve_hub

from burnish.core.hub_data import Repo

ROW = '{"query": "q", "response": "r"}\n'
LARGE = 12 << 20
"""Bytes of a file that is downloaded in more than one piece."""
README = """---
configs:
- config_name: default
  data_files:
  - {split: train, path: en/*.jsonl}
- config_name: zh
  data_files: zh/**
---
"""
META = {"meta.json": '{"default": {"train": {"meta": "x.csv", "file": ""}}}', "x.csv": "a\n1\n"}
needs_modelscope = pytest.mark.skipif(
    importlib.util.find_spec("modelscope") is None, reason="modelscope is not installed"
)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[StandInHub]:
    def folder(name: str, **files: str) -> Path:
        for file, text in files.items():
            path = tmp_path / name / file.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / name

    main = folder("main", **{"README.md": README, "en__a.jsonl": ROW * 3, "zh__a.jsonl": ROW})
    older = folder("older", **{"train.jsonl": ROW * 2, "test.jsonl": ROW})
    script = folder("script", **{"script.py": "print()", "README.md": "words"})
    copy = folder("copy", **{"default__train__0.jsonl": ROW * 4})
    large = folder("large", **{"data.jsonl": ROW * (LARGE // len(ROW))})
    datasets = {
        "made/chat": {"main": main, "v1": older},
        "made/large": {"main": large},
        "made/script": {"main": script, "refs/convert/parquet": copy},
        "made/meta": {"main": folder("meta", **META)},
        "private/chat": {"main": older},
    }
    with serve_hub(StandInHub({}, datasets, token="tok")) as served:
        yield served


def test_subsets_revisions_and_splits(hub: StandInHub, tmp_path: Path) -> None:
    asked = ask(
        hub, tmp_path, "HF::made/chat", "HF::made/chat:zh#5", "HF::made/chat:default/zh",
        "HF::made/chat@v1", "HF::made/chat@v1:test",
        "HF::made/script@refs/convert/parquet",
    )  # fmt: skip
    assert asked == [
        [["HF::made/chat:default/train", 3]],
        [["HF::made/chat:zh/train", 1]],
        [["HF::made/chat:default/train", 3], ["HF::made/chat:zh/train", 1]],
        [["HF::made/chat@v1:default/train", 2]],
        [["HF::made/chat@v1:test/train", 1]],
        [["HF::made/script@refs/convert/parquet:default/train", 4]],
    ]


def test_only_the_files_asked_for_come_and_once(hub: StandInHub, tmp_path: Path) -> None:
    ask(hub, tmp_path, "HF::made/chat")
    assert hub.files_asked() == {"README.md", "en/a.jsonl"}
    hub.asked.clear()
    ask(hub, tmp_path, "HF::made/chat")
    assert hub.files_asked() == set()


def test_what_came_once_serves_without_the_network(hub: StandInHub, tmp_path: Path) -> None:
    first = ask(hub, tmp_path, "HF::made/chat")
    count = len(hub.asked)
    offline = ask(hub, tmp_path, "HF::made/chat", "HF::made/chat:zh", HF_HUB_OFFLINE="1")
    assert offline[:1] == first and len(hub.asked) == count
    assert "zh/a.jsonl" in str(offline[1]) and "HF_HUB_OFFLINE=1" in str(offline[1])
    never = ask(hub, tmp_path / "new", "HF::made/chat", HF_HUB_OFFLINE="1")
    assert "not (or not wholly) in the local cache" in str(never[0])


def test_a_hub_that_is_away(hub: StandInHub, tmp_path: Path) -> None:
    gone = StandInHub({}, url="http://127.0.0.1:9")  # nobody listens there
    assert "Hugging Face cannot be reached" in str(ask(gone, tmp_path, "HF::made/chat")[0])


def test_a_broken_connection_goes_on_where_it_stopped(hub: StandInHub, tmp_path: Path) -> None:
    hub.breaks = {"data.jsonl"}
    hub.kept = 0.95
    assert ask(hub, tmp_path, "HF::made/large") == [
        [["HF::made/large:default/train", LARGE // len(ROW)]]
    ]
    assert hub.ranges == [f"bytes={10 << 20}-"] and not hub.breaks


def test_a_private_data_set_needs_its_token(hub: StandInHub, tmp_path: Path) -> None:
    (refused,) = ask(hub, tmp_path / "a", "HF::private/chat")
    assert "is private and needs a token" in str(refused)
    assert ask(hub, tmp_path / "b", "HF::private/chat", HF_TOKEN="tok") == [
        [["HF::private/chat:default/train", 2]]
    ]


def test_what_the_hub_does_not_have(hub: StandInHub, tmp_path: Path) -> None:
    unknown, revision, subset, script, near = ask(
        hub, tmp_path, "HF::made/chatt", "HF::made/chat@v9", "HF::made/chat:fr", "HF::made/script",
        "HF::vicgalle/alpaca-gpt-4",
    )  # fmt: skip
    assert "made/chatt on Hugging Face does not exist" in str(unknown)
    assert "has no revision 'v9'" in str(revision)
    assert "has no subset 'fr'; it has default, zh" in str(subset)
    assert "HF::made/script@refs/convert/parquet" in str(script)
    assert "did you mean vicgalle/alpaca-gpt4 (--dataset alpaca-en)" in str(near)


def test_the_token_is_never_shown() -> None:
    assert "secret" not in repr(Repo("hf", "a/b", None, "secret"))


@needs_modelscope
def test_modelscope(hub: StandInHub, tmp_path: Path) -> None:
    plain, subset, revision, unknown, private, older = ask(
        hub, tmp_path, "made/chat", "MS::made/chat:zh", "MS::made/chat@v1", "MS::made/none",
        "MS::private/chat", "MS::made/meta",
    )  # fmt: skip
    assert older == [["MS::made/meta:default/train", 1]]
    assert plain == [["MS::made/chat:default/train", 3]]
    assert subset == [["MS::made/chat:zh/train", 1]]
    assert revision == [["MS::made/chat@v1:default/train", 2]]
    assert "made/none on ModelScope does not exist" in str(unknown)
    assert "needs a token" in str(private)
    count = len(hub.asked)
    assert ask(hub, tmp_path, "MS::made/chat", HF_HUB_OFFLINE="1") == [plain]
    assert len(hub.asked) == count


@needs_modelscope
def test_modelscope_with_a_token_and_a_break(hub: StandInHub, tmp_path: Path) -> None:
    hub.breaks = {"data.jsonl"}
    private, large = ask(
        hub, tmp_path, "MS::private/chat", "MS::made/large", MODELSCOPE_API_TOKEN="tok"
    )
    assert private == [["MS::private/chat:default/train", 2]]
    assert large == [["MS::made/large:default/train", LARGE // len(ROW)]]
    assert hub.ranges and not hub.breaks
