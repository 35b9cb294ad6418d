"""Damage of every kind is found and named; a whole folder is left in peace."""

import json
import os
from pathlib import Path

import pytest

from burnish.core import manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "state.json").write_text('{"step": 3}')
    (tmp_path / "empty.txt").touch()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "inside.txt").write_text("text")
    manifest.write(tmp_path)
    return tmp_path


def test_a_whole_folder_has_no_problems(folder):
    assert manifest.check(folder) == []


def test_it_lists_every_file_but_itself(folder):
    files = json.loads((folder / manifest.NAME).read_text())["files"]
    assert sorted(files) == ["deep/inside.txt", "empty.txt", "model.safetensors", "state.json"]
    assert files["model.safetensors"]["bytes"] == 10240


def test_writing_again_takes_up_what_changed(folder):
    (folder / "state.json").write_text("{}")
    assert manifest.check(folder)
    manifest.write(folder)
    assert manifest.check(folder) == []


def damage_cut(folder):
    os.truncate(folder / "model.safetensors", 5000)


def damage_emptied(folder):
    os.truncate(folder / "model.safetensors", 0)


def damage_grown(folder):
    with (folder / "model.safetensors").open("ab") as file:
        file.write(b"x")


def damage_missing(folder):
    (folder / "model.safetensors").unlink()


def damage_flipped(folder):
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[7777] ^= 1
    (folder / "model.safetensors").write_bytes(data)


def damage_a_folder_instead(folder):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").mkdir()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (damage_cut, "has 5000 bytes instead of 10240"),
        (damage_emptied, "has 0 bytes"),
        (damage_grown, "has 10241 bytes"),
        (damage_missing, "is missing"),
        (damage_flipped, "is damaged"),
        (damage_a_folder_instead, "is missing"),
    ],
)
def test_a_damaged_file_is_named(folder, damage, said):
    damage(folder)
    (problem,) = manifest.check(folder)
    assert "model.safetensors" in problem and said in problem


def test_every_damaged_file_is_named(folder):
    damage_cut(folder)
    (folder / "deep" / "inside.txt").write_text("next")
    (folder / "state.json").unlink()
    problems = manifest.check(folder)
    assert len(problems) == 3
    assert {p.split(" ")[0].rsplit("/", 1)[-1] for p in problems} == {
        "model.safetensors",
        "inside.txt",
        "state.json",
    }


def test_without_a_manifest_the_folder_was_never_finished(folder):
    (folder / manifest.NAME).unlink()
    (problem,) = manifest.check(folder)
    assert "manifest.json is missing" in problem and "never finished" in problem


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'{"files": {}}',
        b'{"files": []}',
        b'{"files": {"a": 3}}',
        b'{"files": {"a": {"bytes": 1}}}',
        b"\xff\xfe\x00",
        bytes(2000),
        b"[" * 100_000,
    ],
)
def test_an_unreadable_manifest_is_named(folder, content):
    (folder / manifest.NAME).write_bytes(content)
    (problem,) = manifest.check(folder)
    assert "manifest.json" in problem and "damaged" in problem


def test_a_manifest_cut_at_any_byte_is_damage(folder):
    whole = (folder / manifest.NAME).read_bytes()
    for length in range(0, len(whole) - 2, 7):
        (folder / manifest.NAME).write_bytes(whole[:length])
        assert manifest.check(folder), length


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read")
@pytest.mark.parametrize("name", ["manifest.json", "empty.txt"])
def test_a_file_that_cannot_be_read_is_named(folder, name):
    """As on a failing disk: the file is there, reading it is an error."""
    (folder / name).unlink()
    (folder / name).symlink_to("/proc/self/mem")
    (problem,) = manifest.check(folder)
    assert name in problem and "cannot be read" in problem


def test_the_digest_is_sha256(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert manifest.digest(tmp_path / "f") == expected


def test_files_that_are_never_opened_are_passed_over(folder):
    damage_flipped(folder)
    (folder / "state.json").unlink()
    unread = ("model.*", "state.json")
    assert manifest.check(folder, unread) == []
    assert len(manifest.check(folder, ["model.*"])) == 1
    (folder / "empty.txt").write_text("x")
    assert "empty.txt" in manifest.check(folder, unread)[0]
