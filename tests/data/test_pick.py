import pytest

from burnish.core.errors import DataError
from burnish.data.pick import configs_of_meta, data_names, glob_regex, pick, read_configs, splits_of

SHARDS = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"]
PREFERENCES = ["data/train_sft-00000-of-00001.parquet", "data/train_prefs-00000-of-00001.parquet"]
BY_LANGUAGE = ["en/train.jsonl", "en/test.jsonl", "zh/train.jsonl"]
README = """---
license: mit
configs:
- config_name: en
  default: true
  data_files:
  - split: train
    path: ["a/*.jsonl"]
  - split: test
    path: b/test.jsonl
- config_name: zh
  data_dir: zh
---
# Words
"""
FILES = ["README.md", "a/1.jsonl", "a/2.jsonl", "a/deep/3.jsonl", "b/test.jsonl", "zh/x.jsonl"]


@pytest.mark.parametrize(
    ("names", "subset", "split", "found"),
    [
        (["one.json"], None, None, ["one.json"]),
        ([*SHARDS, "data/test-00000-of-00001.parquet"], None, None, SHARDS),
        (["train.csv", "dev.csv"], None, None, ["train.csv"]),
        (["train.csv", "dev.csv"], None, "validation", ["dev.csv"]),
        (["my_train_v2.jsonl", "my_test_v2.jsonl"], None, None, ["my_train_v2.jsonl"]),
        (["retrained.jsonl"], None, None, ["retrained.jsonl"]),
        (["train/0000.parquet", "test/0000.parquet"], None, None, ["train/0000.parquet"]),
        (PREFERENCES, None, "train_sft", PREFERENCES[:1]),
        (PREFERENCES, "train_prefs", None, PREFERENCES[1:]),
        (BY_LANGUAGE, "en", None, ["en/train.jsonl"]),
        (BY_LANGUAGE, "zh", None, ["zh/train.jsonl"]),
        (BY_LANGUAGE, "default", "test", ["en/test.jsonl"]),
        (["en.jsonl", "zh.jsonl"], "zh", None, ["zh.jsonl"]),
        (["default/train/0000.parquet"], None, None, ["default/train/0000.parquet"]),
        (["dev/a.csv", "val/a.csv"], "val", None, ["val/a.csv"]),
        (
            ["a.jsonl", "dataset_infos.json", "requirements.txt", ".x/b.csv"],
            None,
            None,
            ["a.jsonl"],
        ),
    ],
)
def test_files_are_chosen_by_their_names(
    names: list[str], subset: str | None, split: str | None, found: list[str]
) -> None:
    assert pick("d", names, (), subset, split) == found


@pytest.mark.parametrize(
    ("subset", "split", "found"),
    [
        (None, None, ["a/1.jsonl", "a/2.jsonl"]),
        ("default", "test", ["b/test.jsonl"]),
        ("zh", None, ["zh/x.jsonl"]),
    ],
)
def test_files_are_chosen_by_the_readme(
    subset: str | None, split: str | None, found: list[str]
) -> None:
    assert pick("d", FILES, read_configs("d", README), subset, split) == found


@pytest.mark.parametrize(
    ("names", "readme", "subset", "split", "says"),
    [
        (FILES, README, "fr", None, "no subset 'fr'; it has en, zh"),
        (FILES, README, "en", "dev", "no split 'dev'; it has train, test"),
        (FILES, README.replace("default: true", "x: 1"), None, None, "several subsets: en, zh"),
        (FILES[:1], README, None, None, "that are not there"),
        (BY_LANGUAGE, "", "fr", None, "no subset 'fr'; its folders are en, zh"),
        (["a.jsonl"], "", "fr", None, "it has no subsets"),
        (PREFERENCES, "", None, None, "no split 'train'; it has train_prefs, train_sft"),
        (["a.csv", "b.jsonl"], "", None, None, "several kinds"),
        (["a.md"], "", None, None, "no data file"),
        (SHARDS[:1], "", None, None, "of the 2 files data/train-\\* only 1 are there"),
    ],
)
def test_what_cannot_be_chosen(
    names: list[str], readme: str, subset: str | None, split: str | None, says: str
) -> None:
    with pytest.raises(DataError, match=says):
        pick("d", names, read_configs("d", readme), subset, split)


def test_a_broken_readme_changes_nothing() -> None:
    assert read_configs("d", "---\nconfigs: [\n---\n") == []
    assert read_configs("d", "---\nconfigs: 3\n---\n") == read_configs("d", "words") == []


def test_the_older_form_of_modelscope() -> None:
    meta = {"default": {"train": {"meta": "x.csv", "file": ""}, "validation": {"meta": "y.csv"}}}
    configs = configs_of_meta(meta)
    assert pick("d", ["d.json", "x.csv", "y.csv"], configs, "default", "validation") == ["y.csv"]
    assert configs_of_meta([1]) == configs_of_meta({"query": "a"}) == []


def test_patterns() -> None:
    assert glob_regex("**/*.{json,csv}")("x/y/a.csv")
    assert glob_regex("**/*.json")("a.json")
    assert glob_regex("data/[ab]?.json")("data/b1.json")
    assert not glob_regex("*.json")("x/a.json")


def test_splits_and_data() -> None:
    assert splits_of(["a.txt", "b.txt"]) == {"train": ["a.txt", "b.txt"]}
    assert data_names(["a.txt", "b.csv"]) == ["b.csv"]
    assert data_names(["a.txt", "LICENSE.txt"]) == ["a.txt"]
