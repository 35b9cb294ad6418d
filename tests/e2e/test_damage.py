"""A checkpoint that was damaged, however, is found and named, and the one before it is used."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

import pytest
from tests.fixtures_runs import EVERY, STEPS, WEIGHTS, Runner, assert_same_run, command

from burnish import cli
from burnish.core import manifest
from burnish.core.errors import CheckpointError
from burnish.core.log import log
from burnish.infer.checkpoint import STATE, open_checkpoint
from burnish.train.checkpoint import to_resume

Damage = Callable[[Path], object]


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(content)


DAMAGES: dict[str, Damage] = {
    "cut in half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "one byte short": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "one byte more": lambda file: file.write_bytes(file.read_bytes() + b"\n"),
    "one bit flipped": flip_a_bit,
    "emptied": lambda file: file.write_bytes(b""),
    "zeros": lambda file: file.write_bytes(bytes(file.stat().st_size)),
    "removed": lambda file: file.unlink(),
    "another text": lambda file: file.write_text("<html>404 Not Found</html>\n"),
}
STILL_JSON = ("one byte more", "one byte short", "one bit flipped")
MANIFESTS: dict[str, Damage] = {
    **{name: damage for name, damage in DAMAGES.items() if name not in STILL_JSON},
    "no files": lambda file: file.write_text('{"files": {}}'),
    "a list": lambda file: file.write_text("[1, 2]"),
    "other entries": lambda file: file.write_text('{"files": {"config.json": 3}}'),
}


@pytest.fixture(scope="module")
def run(whole: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A copy of a run, to be damaged: (sft_type, folder)."""
    sft_type, folder = whole
    copy = tmp_path_factory.mktemp(sft_type) / "run"
    return sft_type, Path(shutil.copytree(folder, copy))


@contextmanager
def damaged(file: Path, damage: Damage) -> Iterator[None]:
    """The file is damaged while this is entered."""
    before = file.read_bytes()
    damage(file)
    assert not file.exists() or file.read_bytes() != before
    try:
        yield
    finally:
        file.write_bytes(before)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings of the log."""
    lines: list[str] = []
    monkeypatch.setattr(log, "warning", lambda text, *words: lines.append(text % words))
    return lines


def assert_passed_over(run: Path, name: str, said: list[str]) -> None:
    """Both ways to ask for the damaged checkpoint give the one before it, and say why."""
    last, before = run / f"checkpoint-{STEPS}", run / f"checkpoint-{STEPS - EVERY}"
    for asked in (run, last):
        said.clear()
        assert to_resume(asked) == before
        assert len(said) == 1
        assert str(last / name) in said[0]


def assert_infer_refuses(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.run(["infer", "--ckpt_dir", str(folder)]) == 1
    error = capsys.readouterr().err
    assert f"--ckpt_dir {folder} is half written or damaged" in error
    assert str(folder / name) in error
    assert f"another checkpoint of this run: {folder.with_name(f'checkpoint-{STEPS - EVERY}')}" in (
        error
    )
    assert "Traceback" not in error


def is_read_by_infer(name: str) -> bool:
    return not any(fnmatch(name, pattern) for pattern in STATE)


@pytest.mark.parametrize("kind", DAMAGES)
def test_every_file_is_watched(
    kind: str, run: tuple[str, Path], said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    last = run[1] / f"checkpoint-{STEPS}"
    files = [file for file in sorted(last.rglob("*")) if file.name != manifest.NAME]
    assert {WEIGHTS[run[0]], "state.safetensors", "tokenizer.json"} <= {f.name for f in files}
    for file in files:
        with damaged(file, DAMAGES[kind]):
            assert_passed_over(run[1], file.name, said)
            if is_read_by_infer(file.name):
                assert_infer_refuses(last, file.name, capsys)
            else:
                assert open_checkpoint(last).folder == last, "what infer never opens is no matter"
    assert to_resume(run[1]) == last


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_damaged_manifest(
    kind: str, run: tuple[str, Path], said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    last = run[1] / f"checkpoint-{STEPS}"
    with damaged(last / manifest.NAME, MANIFESTS[kind]):
        assert_passed_over(run[1], manifest.NAME, said)
        assert_infer_refuses(last, manifest.NAME, capsys)


def test_a_folder_half_deleted(
    run: tuple[str, Path], said: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(run[1], tmp_path / "run"))
    last = copy / f"checkpoint-{STEPS}"
    gone = [file for file in sorted(last.iterdir()) if file.name != manifest.NAME][::2]
    for file in gone:
        file.unlink()
    assert_passed_over(copy, gone[0].name, said)
    assert f"and {len(gone) - 4} more" in said[0]
    assert_infer_refuses(last, next(f.name for f in gone if is_read_by_infer(f.name)), capsys)
    (last / manifest.NAME).unlink()
    assert_passed_over(copy, manifest.NAME, said)
    assert cli.run(["infer", "--ckpt_dir", str(last)]) == 1
    assert f"--ckpt_dir {last} is" in capsys.readouterr().err


def test_nothing_whole_is_left(run: tuple[str, Path], said: list[str], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run[1], tmp_path / "run"))
    for step in (STEPS, STEPS - EVERY):
        flip_a_bit(copy / f"checkpoint-{step}" / WEIGHTS[run[0]])
    with pytest.raises(CheckpointError, match="no whole checkpoint is left"):
        to_resume(copy)
    assert len(said) == 2


def test_merge_refuses(run: tuple[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    last = run[1] / f"checkpoint-{STEPS}"
    with damaged(last / WEIGHTS[run[0]], flip_a_bit):
        assert cli.run(["merge-lora", "--ckpt_dir", str(last)]) == 1
    assert WEIGHTS[run[0]] in capsys.readouterr().err
    assert not list(run[1].glob("*merged"))


@pytest.mark.parametrize("asks", ["the run", "the checkpoint"])
@pytest.mark.parametrize("name", ["weights", "state.safetensors", "sft_args.json"])
def test_the_run_goes_on_from_the_one_before(
    name: str,
    asks: str,
    whole: tuple[str, Path],
    runner: Runner,
    inputs: Path,
    tmp_path: Path,
) -> None:
    sft_type, expected = whole
    copy = Path(shutil.copytree(expected, tmp_path / "run"))
    last = copy / f"checkpoint-{STEPS}"
    DAMAGES["cut in half"](last / (WEIGHTS[sft_type] if name == "weights" else name))
    given = copy if asks == "the run" else last
    assert runner(command(inputs, copy, sft_type, resume_from_checkpoint=given)) == 0, runner.said
    assert f"{last} cannot be used" in runner.said
    assert f"resumed from {copy / f'checkpoint-{STEPS - EVERY}'}" in runner.said
    assert_same_run(copy, expected, sft_type)
