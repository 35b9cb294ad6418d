"""Files are whole or absent, and run folders never collide."""

from pathlib import Path

import pytest

from burnish.core.errors import BurnishError
from burnish.core.files import read_json, versioned_run_dir, write_atomic, write_json


def test_json_survives_the_round_trip(tmp_path: Path) -> None:
    write_json(tmp_path / "deep" / "a.json", {"name": "小黄", "n": [1, None]})
    assert read_json(tmp_path / "deep" / "a.json") == {"name": "小黄", "n": [1, None]}
    assert not list((tmp_path / "deep").glob(".*"))


def test_a_failed_write_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "new \udcff")
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "there is no such file"), ("{", "not valid JSON"), ("{'a'", "line 1")],
)
def test_bad_json_is_named(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BurnishError, match=says) as caught:
        read_json(path)
    assert str(path) in str(caught.value)


def test_run_folders_count_up_from_the_highest(tmp_path: Path) -> None:
    assert versioned_run_dir(tmp_path, "20261122-090000").name == "v0-20261122-090000"
    (tmp_path / "v7-20261101-000000").mkdir()
    (tmp_path / "notes").mkdir()
    assert versioned_run_dir(tmp_path, "20261122-090000").name == "v8-20261122-090000"


def test_the_launcher_may_give_the_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BURNISH_RUN_STAMP", "20261122-101112")
    assert versioned_run_dir(tmp_path).name == "v0-20261122-101112"
