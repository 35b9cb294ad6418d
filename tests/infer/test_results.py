"""Result files: a line for each answer, on disk at once, in a folder that can be written."""

import json
import os

import pytest

from burnish.infer import results as module
from burnish.infer.results import PACKAGE, Results, record, writable_folder


def test_a_line_is_on_disk_when_it_is_written(tmp_path):
    with Results(tmp_path) as results:
        assert results.path is None and not (tmp_path / "infer_result").exists()
        results.write(record(None, "q", "你好", [("a", "b")]))
        assert results.path.parent == tmp_path / "infer_result"
        assert json.loads(results.path.read_text(encoding="utf-8"))["response"] == "你好"


def test_two_sessions_of_one_second_get_two_files(tmp_path, monkeypatch):
    monkeypatch.setenv("BURNISH_RUN_STAMP", "20260101-000000")
    with Results(tmp_path) as first, Results(tmp_path) as second:
        first.write({})
        second.write({})
    assert [first.path.name, second.path.name] == [
        "20260101-000000.jsonl",
        "20260101-000000-2.jsonl",
    ]


def test_the_documented_keys_in_their_order():
    chat = record("s", "q", "r", [("a", "b")], note="")
    assert list(chat) == ["system", "query", "response", "history"]
    assert chat["history"] == [["a", "b"]]
    row = record(None, "q", "", [], label=None, note="too long")
    assert list(row) == ["system", "query", "response", "label", "history", "note"]
    assert row["label"] is None


def test_the_package_itself_is_not_written_to(tmp_path):
    assert str(writable_folder(PACKAGE / "assets" / "demo")) == "infer_result"
    assert writable_folder(tmp_path) == tmp_path / "infer_result"


def test_a_read_only_folder_is_not_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(module.os, "access", lambda path, mode: mode != os.W_OK)
    assert str(writable_folder(tmp_path)) == "infer_result"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write(tmp_path):
    tmp_path.chmod(0o500)
    assert str(writable_folder(tmp_path)) == "infer_result"
