# ruff: noqa: E501  (a case of a table stays on one line)
"""Data sets that a person's function makes, with the real tokenizer of transformers."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from burnish.commands.base import load
from burnish.config.resolve import resolve
from burnish.core.errors import DataError, UsageError
from burnish.data import cache
from burnish.data.prepare import Prepared, prepare
from burnish.data.source import Item, open_item, parse_item
from burnish.data.table import Table
from burnish.data.template import Template

OWN = """
from collections import UserDict
import numpy


def get_custom_dataset(dataset_config, tokenizer, split):
    words = {"train": ["one", "two", "three"], "validation": ["four"]}[split]
    for word in words:
        prompt = tokenizer.encode("Say " + word + ".", add_special_tokens=False)
        answer = tokenizer.encode(word, add_special_tokens=False) + [tokenizer.eos_token_id]
        ids = prompt + answer
        yield {
            "input_ids": ids,
            "attention_mask": [1] * len(ids),
            "labels": [-100] * len(prompt) + answer,
        }


def talks(dataset_config, tokenizer, split):
    return [
        {"query": dataset_config.file, "response": split},
        {"query": dataset_config.train_split, "response": dataset_config.test_split},
        {"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]},
    ]


class Indexed:
    def __len__(self):
        return 2

    def __getitem__(self, k):
        return UserDict(input_ids=numpy.array([5, 6]), labels=numpy.array([-100, 6]))


def indexed(dataset_config, tokenizer, split):
    return Indexed()
"""

Open = Callable[..., list[Table]]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    cache._root.cache_clear()
    path = Path("own.py")
    path.write_text(OWN)
    return path


@pytest.fixture
def opened(own: Path, folder: Path) -> Open:
    def make(text: str, flag: str = "--dataset", **flags: Any) -> list[Table]:
        given = {"model_type": "demo", "dataset": ["x"], **flags}
        return open_item(parse_item(text, flag), resolve(load("sft"), given), lambda: folder)

    return make


def rows(table: Table) -> list[Any]:
    return [table.parse(raw) for _, raw in table.raws()]


def test_an_item_names_the_file_and_its_functions() -> None:
    assert parse_item("a/own.py:f#3") == Item("a/own.py", None, ("f",), 3)
    assert parse_item("a/own.py:f/g") == Item("a/own.py", None, ("f", "g"))


def test_rows_become_a_table(opened: Open) -> None:
    (table,) = opened("own.py")
    assert table.name == "own.py:get_custom_dataset"
    assert [len(row["input_ids"]) for row in rows(table)] == [12, 12, 16]
    again = pickle.loads(pickle.dumps(table))
    assert rows(again) == rows(table) and again.key() == opened("own.py")[0].key()
    (validation,) = opened("own.py", "--val_dataset")
    assert validation.name == "own.py:get_custom_dataset/validation" and len(rows(validation)) == 1


def test_the_function_gets_a_configuration(opened: Open) -> None:
    (table,) = opened("own.py:talks")
    assert [tuple(row.values()) for row in rows(table)[:2]] == [
        ("own.py:talks", "train"),
        ("train", "validation"),
    ]
    assert [table.name for table in opened("own.py:talks/indexed")] == [
        "own.py:talks",
        "own.py:indexed",
    ]


def test_arrays_and_data_sets_by_place(opened: Open) -> None:
    (table,) = opened("own.py:indexed")
    assert rows(table) == [{"input_ids": [5, 6], "labels": [-100, 6]}] * 2


def test_other_rows_are_another_entry(opened: Open, own: Path, tmp_path: Path) -> None:
    (first,) = opened("own.py")
    data = tmp_path / "data.txt"
    text = f"def get_custom_dataset(c, t, s):\n    return [{{'text': __import__('pathlib').Path({str(data)!r}).read_text()}}]\n"
    own.write_text(text)
    keys = {first.key()}
    for word in ("a", "b"):
        data.write_text(word)
        keys.add(opened("own.py")[0].key())
    assert len(keys) == 3


F = "def get_custom_dataset(dataset_config, tokenizer, split):\n"
BROKEN: dict[str, tuple[str, str]] = {
    "raises": (F + "    rows = {}\n    return rows['train']\n", "own.py:get_custom_dataset failed with KeyError: 'train' (line 3)"),
    "raises later": (F + "    yield {'text': 'a'}\n    raise ValueError('no more')\n", "own.py:get_custom_dataset failed with ValueError: no more (line 3)"),
    "ends": (F + "    raise SystemExit('bye')\n", "own.py:get_custom_dataset failed with SystemExit: bye (line 2)"),
    "takes other things": ("def get_custom_dataset(row):\n    return row\n", "own.py:get_custom_dataset failed with TypeError: get_custom_dataset() takes 1 positional argument but 3 were given"),
    "no config of that name": (F + "    return dataset_config.nothing\n", "own.py:get_custom_dataset failed with AttributeError: 'types.SimpleNamespace' object has no attribute 'nothing' (line 2)"),
    "gives nothing": (F + "    pass\n", "own.py:get_custom_dataset gave null in place of rows: a list of objects."),
    "gives text": (F + "    return 'rows'\n", "own.py:get_custom_dataset gave text in place of rows: a list of objects."),
    "gives splits": (F + "    return {'train': [], 'test': []}\n", "own.py:get_custom_dataset gave an object with train, test in place of rows: a list of objects."),
    "is empty": (F + "    return []\n", "own.py:get_custom_dataset gave no rows."),
    "gives lists": (F + "    return [{'text': 'a'}, ['b']]\n", "own.py:get_custom_dataset: row 2 is a list, not an object with columns."),
    "gives objects": (F + "    return [{'text': object}]\n", "own.py:get_custom_dataset: row 1 cannot be kept: it holds a type. Rows hold text, numbers, lists and objects."),
    "another name": ("def get_custom_data_set(c, t, s):\n    return []\ndef more():\n    pass\n", "--dataset own.py: it holds no function get_custom_dataset. There is get_custom_data_set, more; did you mean own.py:get_custom_data_set?"),
    "no function": ("from pathlib import Path\nN = 1\n", "--dataset own.py: it holds no function get_custom_dataset. There is none"),
    "a collator": (F + "    return []\ndef get_data_collator(processor):\n    return None\n", "--dataset own.py: it has a function get_data_collator, and burnish makes its batches itself. Write own.py:get_custom_dataset to go without it."),
    "no Python": ("def (\n", "own.py: importing it failed with SyntaxError: invalid syntax (line 1)"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_fails_is_told_in_one_message(name: str, opened: Open, own: Path) -> None:
    text, says = BROKEN[name]
    own.write_text(text)
    with pytest.raises(DataError) as error:
        opened("own.py")
    assert str(error.value) == says
    assert not list((Path("cache") / "custom").glob("*.part")) if Path("cache").exists() else True


def test_a_collator_is_not_asked_where_the_function_is_named(opened: Open, own: Path) -> None:
    own.write_text(OWN + "\ndef get_data_collator(processor):\n    return None\n")
    assert len(rows(opened("own.py:get_custom_dataset")[0])) == 3


@pytest.mark.parametrize(
    ("text", "flags", "says"),
    [
        ("none.py", {}, "--dataset none.py: there is no such file. Did you mean own.py?"),
        ("own.txt:f", {}, "--dataset own.txt: there is no such file. Did you mean own.py?"),
        ("own.py", {"streaming": True, "max_steps": 1}, "--dataset own.py: --streaming reads files while training, and the rows of a function are made before. Leave --streaming out."),
    ],
)  # fmt: skip
def test_what_cannot_be_opened(text: str, flags: dict[str, Any], says: str, opened: Open) -> None:
    with pytest.raises(DataError) as error:
        opened(text, **flags)
    assert says in str(error.value).replace("./", "")


def test_nothing_is_run_where_nobody_asked_for_it(own: Path) -> None:
    own.write_text("raise ValueError\n")
    with pytest.raises(DataError, match="a Python file is not run here"):
        open_item(parse_item("own.py"))


def test_training_and_validation(own: Path, template: Template) -> None:
    flags = {"model_type": "demo", "dataset": ["own.py#2"], "val_dataset": ["own.py:talks"]}
    made = prepare(resolve(load("sft"), flags), template.tokenizer, template)
    assert isinstance(made, Prepared)
    assert (len(made.train), len(made.validation)) == (2, 3)
    assert "tokenised already" in made.text
    lazily = resolve(load("sft"), {**flags, "lazy_tokenize": True})
    lazy = prepare(lazily, template.tokenizer, template).lazy
    assert lazy is not None and len(lazy) == 2
    assert [len(row[0]) for row in lazy.rows(0)] == [len(made.train[0])]


def test_a_checkpoint_names_no_code(own: Path, tmp_path: Path) -> None:
    from burnish.config import store

    folder = tmp_path / "checkpoint-5"
    flags = {"model_type": "demo", "dataset": ["a.jsonl,own.py:f#3"], "val_dataset": ["own.py"]}
    store.save(resolve(load("sft"), flags), folder / store.NAME)
    given: dict[str, Any] = {"ckpt_dir": folder, "load_dataset_config": True}
    with pytest.raises(UsageError) as error:
        resolve(load("infer"), given)
    assert [(p.flag, p.got) for p in error.value.problems] == [
        ("dataset", "own.py:f#3"),
        ("val_dataset", "own.py"),
    ]
    assert "must not name code to run" in str(error.value)
    for written in ("own.py :f", "own.py/", "own.py/.", " own.py # 3", "x/own.py:f/g"):
        store.save(resolve(load("sft"), {**flags, "dataset": [written]}), folder / store.NAME)
        with pytest.raises(UsageError, match="must not name code to run"):
            resolve(load("infer"), given)
    typed = resolve(load("infer"), {**given, "val_dataset": ["own.py"]})
    assert typed.value("val_dataset") == ["own.py"] and typed.value("dataset") == []
    assert resolve(load("infer"), {"ckpt_dir": folder}).value("val_dataset") == []


def test_definitions_of_a_checkpoint_are_not_read(own: Path, tmp_path: Path) -> None:
    """A conversion `file.py:function` stands in --custom_dataset_info, which nobody typed."""
    from burnish.config import store

    folder = tmp_path / "checkpoint-5"
    info = '{"mine": {"dataset_path": "a.jsonl", "code": "own.py:convert"}}'
    flags = {"model_type": "demo", "dataset": ["mine"], "custom_dataset_info": info}
    store.save(resolve(load("sft"), flags), folder / store.NAME)
    found = resolve(load("infer"), {"ckpt_dir": folder, "load_dataset_config": True})
    assert found.value("dataset") == ["mine"] and found.value("custom_dataset_info") is None
