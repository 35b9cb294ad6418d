import csv
import json
from pathlib import Path

import pytest

from burnish.catalog.corpora.spec import HUMAN_GPT, MESSAGES, Corpus
from burnish.catalog.find import corpora_with_id, corpus_names, find_corpus
from burnish.core.errors import UsageError

NOT_DATA_SETS = {"dataset_name"}  # two lines of the table are an example of its author's
SUBSETS = {"math-plus": ()}  # the table has its split among the subsets
COLUMNS = {"query", "response", "system", "rejected_response", "images", "videos", "-"}


def test_every_data_set_lies_on_a_hub() -> None:
    for name in corpus_names():
        corpus = find_corpus(name)
        assert corpus.hf or corpus.ms, name
        assert corpus.split


def test_columns_become_ours() -> None:
    named = {ours for name in corpus_names() for ours in find_corpus(name).columns.values()}
    assert named == COLUMNS


def test_an_id_under_several_names_is_found() -> None:
    found = [corpus.name for corpus in corpora_with_id("belleGroup/school_math_0.25M")]
    assert found == ["belle-math-0.25M", "school-math-zh"]
    assert [c.name for c in corpora_with_id("swift/medical_zh")] == ["medical-en", "medical-zh"]
    assert corpora_with_id("someone/else") == []


def test_slips_are_answered() -> None:
    with pytest.raises(UsageError, match="did you mean 'alpaca-zh'"):
        find_corpus("alpaca_zhh")


def test_what_is_not_said_is_plain() -> None:
    corpus = Corpus("a", "x/a")
    assert (corpus.split, corpus.subsets, corpus.code, corpus.huge) == (("train",), (), None, False)
    assert not corpus.columns and not corpus.conversations


def test_shared_settings_name_all_keys() -> None:
    assert HUMAN_GPT.keys() == MESSAGES.keys()


@pytest.mark.shared
def test_all_data_sets_of_the_table_are_there(shared: Path) -> None:
    with (shared / "spec/datasets.csv").open(encoding="utf-8") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert set(rows) - set(corpus_names()) == NOT_DATA_SETS
    assert len(corpus_names()) == 168
    for name in set(rows) - NOT_DATA_SETS:
        row, corpus = rows[name], find_corpus(name)
        assert (corpus.hf or "", corpus.ms or "") == (row["hf_id"], row["ms_id"])
        assert corpus.subsets == SUBSETS.get(name, tuple(row["subsets"].split()))
        assert corpus.split == (tuple(row["split"].split()) or ("train",))
        mapping = json.loads(row["mapping"] or "{}")
        assert corpus.columns == mapping.get("columns", {})
        assert corpus.conversations == mapping.get("conversations", {})
        assert corpus.code == (row["kind"].removeprefix("code: ") if ":" in row["kind"] else None)
        assert corpus.tags == tuple(row["tags"].split())
        assert corpus.huge == bool(row["huge"])
