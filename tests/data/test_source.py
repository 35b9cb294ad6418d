import json
import logging
import zipfile
from pathlib import Path
from typing import Any

import pytest

from burnish.catalog.corpora.spec import Corpus
from burnish.commands.base import load
from burnish.config.config import Config
from burnish.config.resolve import resolve
from burnish.core.errors import DataError
from burnish.core.facts import Facts
from burnish.core.registry import CORPORA
from burnish.data.local import columns_of
from burnish.data.registry_file import Registry
from burnish.data.source import Item, _named, _with_id, open_item, parse_item, repo_of, split_items
from burnish.data.table import Table


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def config(**values: Any) -> Config:
    given = {"model_id_or_path": "m", "dataset": ["x"], **values}
    return resolve(load("sft"), given, facts=Facts())


def rows(tables: list[Table]) -> list[Any]:
    return [table.parse(raw) for table in tables for _, raw in table.raws()]


def defined(name: str, definition: dict[str, Any]) -> list[Table]:
    return open_item(parse_item(name), config(custom_dataset_info=json.dumps({name: definition})))


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("HF::n:a/b#5", Item("n", "HF", ("a", "b"), 5)),
        ("ms::x/y", Item("x/y", "MS")),
        ("alpaca-zh#500", Item("alpaca-zh", None, (), 500)),
        (" n : a / b #-1", Item("n", None, ("a", "b"))),
        ("o/n@v1:s", Item("o/n@v1", None, ("s",))),
    ],
)
def test_items_are_read(text: str, item: Item) -> None:
    assert parse_item(text) == item


def test_a_file_whose_name_holds_signs_is_taken_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a#1.jsonl", "b:c.jsonl", "d,e.jsonl", "f::g.jsonl"):
        write(tmp_path / name, '{"a": 1}')
        assert parse_item(name) == Item(name)
        assert rows(open_item(parse_item(name))) == [{"a": 1}]
    assert parse_item("b:c.jsonl#3") == Item("b:c.jsonl", None, (), 3)
    assert split_items(["d,e.jsonl"]) == ["d,e.jsonl"]
    assert split_items(["d,e.jsonl#2"]) == ["d,e.jsonl#2"]


def test_several_items_in_one_word() -> None:
    assert split_items(["a, b#2"]) == ["a", "b#2"]
    assert split_items(["a", "b"]) == ["a", "b"]


def test_a_folder_is_its_files(tmp_path: Path) -> None:
    write(tmp_path / "d/b.jsonl", '{"a": 2}')
    write(tmp_path / "d/a.json", '[{"a": 1}]')
    write(tmp_path / "d/README.md", "notes")
    write(tmp_path / "d/dataset_info.json", "{}")
    write(tmp_path / "d/.cache/x.csv", "a\n1\n")
    tables = open_item(Item(str(tmp_path / "d")))
    assert [table.path.name for table in tables] == ["a.json", "b.jsonl"]
    assert rows(tables) == [{"a": 1}, {"a": 2}]


def test_subsets_of_a_folder_and_of_a_zip_file(tmp_path: Path) -> None:
    for name in ("en", "zh"):
        write(tmp_path / f"d/{name}/train.jsonl", json.dumps({"a": name}))
    assert rows(open_item(parse_item(f"{tmp_path}/d:zh"))) == [{"a": "zh"}]
    assert rows(open_item(parse_item(f"{tmp_path}/d:zh/en"))) == [{"a": "zh"}, {"a": "en"}]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("val/x.csv", "a\n1\n")
        packed.writestr("test/x.csv", "a\n2\n")
    assert rows(open_item(parse_item(f"{tmp_path}/a.zip"))) == [{"a": "2"}, {"a": "1"}]
    (only,) = open_item(parse_item(f"{tmp_path}/a.zip:val"))
    assert only.name == f"{tmp_path}/a.zip/val/x.csv"


def test_an_empty_file_among_others_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path / "d/a.json", "[]")
    write(tmp_path / "d/b.json", '[{"a": 1}]')
    caplog.set_level(logging.WARNING, "burnish")
    assert rows(open_item(Item(str(tmp_path / "d")))) == [{"a": 1}]
    assert "a.json is empty" in caplog.text


def test_columns_are_those_of_the_first_rows(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", '{"a": 1}\n{"b": 2}\n3')
    assert columns_of(open_item(Item(str(tmp_path / "a.jsonl")))) == ["a", "b"]


def test_a_definition_of_ones_own(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path / "q.jsonl", '{"q": "1+1", "a": "2"}')
    columns = {"prompt": "q", "response": "a"}
    (table,) = defined("mine", {"file_name": f"{tmp_path}/q.jsonl", "columns": columns})
    assert table.mapping.columns == {"q": "instruction", "a": "output"}
    caplog.set_level(logging.WARNING, "burnish")
    defined("mine", {"file_name": f"{tmp_path}/q.jsonl", "file_sha1": "0" * 40})
    assert "is not the file that was meant" in caplog.text
    caplog.clear()
    caplog.set_level(logging.INFO, "burnish")
    defined("mine", {"dataset_path": f"{tmp_path}/q.jsonl"})
    assert "no file_sha1" not in caplog.text
    defined("mine", {"file_name": f"{tmp_path}/q.jsonl"})
    assert "mine: no file_sha1, so" in caplog.text
    both = {"dataset_path": [f"{tmp_path}/q.jsonl"] * 2, "columns": {"q": "query"}}
    assert [table.mapping.columns for table in defined("mine", both)] == [{"q": "query"}] * 2


def test_a_definition_takes_the_place_of_a_registered_name(tmp_path: Path) -> None:
    write(tmp_path / "q.jsonl", '{"a": 1}')
    name = CORPORA.names()[0]
    assert rows(defined(name, {"dataset_path": f"{tmp_path}/q.jsonl"})) == [{"a": 1}]


def test_files_side_by_side(tmp_path: Path) -> None:
    write(tmp_path / "dev.src", "one\ntwo\n")
    write(tmp_path / "dev.ref", "1\n2\n")
    beside = {"query": "dev.src", "response": "dev.ref"}
    (table,) = defined("pairs", {"dataset_path": str(tmp_path), "parallel": beside})
    assert table.name == "pairs"
    assert rows([table])[1] == {"query": "two", "response": "2"}


def test_a_hub_id_is_every_data_set_registered_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, subsets in (("one", ("s",)), ("two", ())):
        corpus = Corpus(f"twice-{name}", hf="made/twice", subsets=subsets, columns={"q": "query"})
        monkeypatch.setitem(CORPORA._added, corpus.name, corpus)
    found = _with_id("made/twice", Registry({}))
    assert [(entry.name, entry.subsets) for entry in found] == [
        ("twice-one", ("s",)),
        ("twice-two", ()),
    ]
    assert all(entry.mapping.columns == {"q": "query"} for entry in found)


def test_which_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    both, only = Corpus("b", hf="h/b", ms="m/b"), Corpus("o", hf="h/o")
    for corpus in (both, only):
        monkeypatch.setitem(CORPORA._added, corpus.name, corpus)
    monkeypatch.delenv("USE_HF", raising=False)

    def where(text: str) -> str:
        item = parse_item(text)
        return str(repo_of(item, _named(item.source, {})[0], None))

    assert (where("b"), where("HF::b"), where("o")) == ("MS::m/b", "HF::h/b", "HF::h/o")
    with pytest.raises(DataError, match="is not on ModelScope; leave MS:: out"):
        where("MS::o")
    monkeypatch.setenv("USE_HF", "1")
    assert where("b") == "HF::h/b"


@pytest.mark.shared
def test_every_file_of_a_real_registry(shared: Path) -> None:
    folder = shared / "data/datasets/llamafactory"
    info = json.loads((folder / "dataset_info.json").read_text())
    given = config(custom_dataset_info=str(folder))
    names = [
        name for name, entry in info.items() if (folder / entry.get("file_name", "-")).exists()
    ]
    assert len(names) == 10
    for name in names:
        assert rows(open_item(parse_item(name), given))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "extra"),
    [
        ("sst2/train.tsv", {"header": ["sentence", "label"]}),
        ("xnli/dev-zh.tsv", {"header": ["premise", "hypothesis", "label"]}),
        ("medical/toyhom_internal_1500.csv", {}),
        ("eval/bbh_date_understanding.json", {}),
        ("eval/mmlu.zip", {"header": list("qABCDa"), "members": "*_val.csv"}),
        ("jfleg", {"parallel": {"query": "dev.src", "response": "dev.ref0"}}),
    ],
)
def test_real_files(shared: Path, file: str, extra: dict[str, Any]) -> None:
    counts = {"bbh_date_understanding.json": 250, "mmlu.zip": 1531, "jfleg": 754}
    manifest = json.loads((shared / "data/manifest.json").read_text())
    known = [entry["rows"] for entry in manifest if entry["file"].endswith(file)]
    path = shared / "data/datasets" / file
    found = rows(defined("real", {"dataset_path": str(path), **extra}))
    assert len(found) == counts.get(path.name, known[0] if known else None)
    assert all(isinstance(row, dict) for row in found)
