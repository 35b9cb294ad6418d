import json
import logging
import os
import zipfile
from pathlib import Path

import pytest

from burnish.core.errors import DataError
from burnish.data.local import check_sha1, columns_of, near_file, open_paths
from burnish.data.registry_file import Entry


def test_files_and_folders_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    for name in ("z.jsonl", "d/b.jsonl", "d/a.jsonl"):
        (tmp_path / name).write_text(json.dumps({name: 1}))
    tables = open_paths([tmp_path / "z.jsonl", tmp_path / "d"], Entry("x"), (), "--dataset")
    assert columns_of(tables) == ["z.jsonl", "d/a.jsonl", "d/b.jsonl"]


def test_members_of_a_zip_file_are_chosen_by_a_pattern(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for name in ("a_val.csv", "a_test.csv", "__MACOSX/a_val.csv", "notes.md"):
            packed.writestr(name, "q\n1\n")
    tables = open_paths([tmp_path / "a.zip"], Entry("x", members="*_val.csv"), (), "--dataset")
    assert [table.layout.member for table in tables] == ["a_val.csv"]


def test_one_file_has_no_subsets(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}")
    with pytest.raises(DataError, match=r"--val_dataset .*one file has no subsets"):
        open_paths([tmp_path / "a.jsonl"], Entry("x"), ("en",), "--val_dataset")


def test_another_file_than_was_meant_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a").write_text("x")
    caplog.set_level(logging.WARNING, "burnish")
    check_sha1(tmp_path / "a", Entry("x", sha1="11F6AD8EC52A2984ABAAFD7C3B516503785C2072"))
    assert not caplog.text
    check_sha1(tmp_path / "a", Entry("x", sha1="0" * 40))
    assert "SHA-1 is 11f6ad8ec52a2984abaafd7c3b516503785c2072" in caplog.text
    caplog.set_level(logging.INFO, "burnish")
    check_sha1(tmp_path / "a", Entry("x", sha1=""))
    assert "x: no file_sha1, so" in caplog.text


def test_the_nearest_file(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text("{}")
    assert near_file(tmp_path / "trian.jsonl") == f" Did you mean {tmp_path / 'train.jsonl'}?"
    assert near_file(tmp_path / "x") == ""
    (tmp_path / "link.jsonl").symlink_to("gone.jsonl")
    assert near_file(tmp_path / "link.jsonl") == " It is a link to gone.jsonl, which is not there."


def test_a_pipe_that_looks_packed_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.zip")
    with pytest.raises(DataError, match="is no regular file"):
        open_paths([tmp_path / "a.zip"], Entry("x"), (), "--dataset")
