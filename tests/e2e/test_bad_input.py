"""Bad input of every kind gives one clear message and an exit code, and leaves nothing that looks
like a result.
"""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e import bad_checkpoints, bad_data, bad_flags, bad_models, bad_tuning
from tests.e2e.bad_place import GOOD, Place, Table
from tests.tiny import write_tiny_model

from burnish import cli

TABLES = {
    "data": bad_data.CASES,
    "model": bad_models.CASES,
    "flag": bad_flags.CASES,
    "checkpoint": bad_checkpoints.CASES,
    "tuning": bad_tuning.CASES,
}
NAMES = [(kind, name) for kind, table in TABLES.items() for name in table]
LONGEST_MESSAGE = 17
"""Lines. The longest lists the formats of rows."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    """Runs of one step: `lora`, `full`, and `weights`, whose checkpoint holds no state."""
    folder = tmp_path_factory.mktemp("runs")
    kinds = {
        "lora": {},
        "full": {"sft_type": "full"},
        "weights": {"save_only_model": "true"},
    }
    for name, flags in kinds.items():
        place = Place(folder, model, folder)
        argv = place.sft(output_dir=folder / name, max_steps=1, **flags)
        with contextlib.redirect_stderr(io.StringIO()) as said:
            assert cli.run(argv) == 0, said.getvalue()
    return folder


@pytest.fixture
def place(tmp_path: Path, model: Path, runs: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path, model, runs)


def test_there_are_many_kinds() -> None:
    assert len(NAMES) >= 100
    assert all(len(table) >= 20 for table in TABLES.values())


@pytest.mark.parametrize(("kind", "name"), NAMES, ids=[f"{kind}-{name}" for kind, name in NAMES])
def test_one_clear_message(
    kind: str, name: str, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    case = TABLES[kind][name]
    argv = case.make(place)
    before = results(place.folder)
    capsys.readouterr()
    code = cli.run(argv)
    captured = capsys.readouterr()
    message = message_of(captured.err)
    assert code == case.code, captured.err
    for words in case.says:
        assert words in message
    assert len(message.splitlines()) <= LONGEST_MESSAGE
    assert results(place.folder) == before
    assert "Traceback" not in captured.out + captured.err


def message_of(stderr: str) -> str:
    """The error message, which is one and ends what is said."""
    assert stderr.count("error: ") == 1, stderr
    assert "fault of burnish" not in stderr
    return stderr[stderr.index("error: ") :]


def results(folder: Path) -> set[Path]:
    """What a person or a program would take for the outcome of a run."""
    patterns = ("checkpoint-*", "*-merged", "*.safetensors", "infer_result/*", ".writing-*")
    return {path for pattern in patterns for path in folder.rglob(pattern)}


def burnish(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "burnish", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "BURNISH_DEBUG": "0"},
    )


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (bad_data.CASES, "latin bytes"),
        (bad_flags.CASES, "lora rank of zero"),
        (bad_models.CASES, "weights cut short"),
    ],
)
def test_so_does_a_real_process(table: Table, name: str, place: Place) -> None:
    case = table[name]
    done = burnish(*case.make(place))
    assert done.returncode == case.code
    assert all(words in message_of(done.stderr) for words in case.says)
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_the_place_is_sound(place: Place) -> None:
    """The command line that every case spoils trains, or its refusals would prove nothing."""
    assert cli.run(place.sft()) == 0
    assert (place.folder / "out" / "checkpoint-2").is_dir()
    assert cli.run(place.infer(ckpt_dir=place.checkpoint(), max_new_tokens=2)) == 0
    assert len(GOOD) == 2
