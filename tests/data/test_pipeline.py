"""Rows to chunks: the same in one process and in several, whatever befalls them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT
from tests.data.rows import table

from burnish.core.errors import DataError
from burnish.data import pipeline
from burnish.data.convert import Reading, survey
from burnish.data.encode import Encoder
from burnish.data.layout import Raw
from burnish.data.pipeline import Job, batches, chunks
from burnish.data.store import Chunk
from burnish.data.template import Template

BAD = {"query": "q", "response": None}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of four rows."""
    monkeypatch.setattr(pipeline, "batches", lambda raws: batches(raws, 4))


def job(template: Template, folder: Path, *rows: Any) -> Job:
    return Job(survey(table(folder, *rows), "train"), Encoder(template, 60))


def rows(count: int) -> list[dict[str, Any]]:
    return [{"query": f"q{k}", "response": f"a{k}" * (1 + k % 5)} for k in range(count)]


def content(chunk: Chunk) -> list[Any]:
    arrays = (chunk.ids, chunk.weights, chunk.sequences, chunk.rows)
    return [*((str(a.dtype), a.tolist()) for a in arrays), chunk.refused, chunk.notes]


def made(job: Job, processes: int) -> list[list[Any]]:
    return [content(chunk) for chunk in chunks(job, job.reading.table.raws(), processes)]


def test_batches() -> None:
    given: list[Raw] = [(k, b"") for k in range(5)]
    assert [len(batch) for batch in batches(iter(given), 2)] == [2, 2, 1]
    assert list(batches([], 2)) == []


def test_the_number_of_processes_changes_nothing(template: Template, tmp_path: Path) -> None:
    data = rows(30)
    data[13] = BAD
    data[14] = {"query": "q" * 99, "response": "too long"}
    work = job(template, tmp_path, *data)
    one = made(work, 1)
    assert [len(rows[1]) for *_, rows, _, _ in one] == [4, 4, 4, 3, 4, 4, 4, 2]
    refused = [(entry.row, entry.kind) for chunk in one for entry in chunk[4]]
    assert refused == [(14, "rejected"), (15, "dropped_long")]
    assert made(work, 2) == one
    assert made(work, 3) == one


def test_more_processes_than_batches(template: Template, tmp_path: Path) -> None:
    work = job(template, tmp_path, *rows(2))
    assert made(work, 3) == made(work, 1)


def test_an_empty_table(template: Template, tmp_path: Path) -> None:
    work = job(template, tmp_path, *rows(2))
    assert list(chunks(work, [], 1)) == list(chunks(work, [], 2)) == []


def watched(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are started from now on."""
    found: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def keep(*given: Any, **more: Any) -> Any:
        found.append(start(*given, **more))
        return found[-1]

    monkeypatch.setattr(pipeline.subprocess, "Popen", keep)
    return found


@pytest.mark.parametrize("size", [1, 200_000])
def test_a_worker_that_is_killed_is_told_once(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Also while more is sent to it than a pipe holds."""
    processes = watched(monkeypatch)
    data = [{"query": "q" * size, "response": "a"}] * 40
    work = job(template, tmp_path, *data)
    with pytest.raises(DataError, match=r"was killed by signal 9.*smaller --preprocess_num_proc"):
        for number, _ in enumerate(chunks(work, work.reading.table.raws(), 2)):
            if number == 0:
                for process in processes:
                    process.kill()
    assert len(processes) == 2 and all(p.returncode is not None for p in processes)


def test_a_worker_that_cannot_start(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = job(template, tmp_path, *rows(9))
    monkeypatch.setattr(pipeline.sys, "executable", "/bin/false")
    with pytest.raises(DataError, match="ended with exit code 1"):
        list(chunks(work, work.reading.table.raws(), 2))


class Failing:
    """A reading whose third batch finds something wrong with the whole table."""

    def __init__(self, reading: Reading) -> None:
        self.reading, self.table = reading, reading.table

    def sample(self, number: int, raw: Any) -> Any:
        if number == 10:
            raise DataError("t.jsonl:10: the picture's folder is gone")
        return self.reading.sample(number, raw)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_message_for_people_comes_through(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    work = job(template, tmp_path, *rows(40))
    failing = Job(Failing(work.reading), work.encoder)  # type: ignore[arg-type]
    got = []
    with pytest.raises(DataError, match=r"^t.jsonl:10: the picture's folder is gone$"):
        for chunk in chunks(failing, work.reading.table.raws(), processes):
            got.append(chunk)
    assert len(got) <= 2


def test_rows_that_end_in_an_error_end_the_workers(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = watched(monkeypatch)
    work = job(template, tmp_path, *rows(40))

    def broken(raws: Iterable[Raw]) -> Iterator[Raw]:
        for number, raw in raws:
            if number == 30:
                raise DataError("the archive ends too early")
            yield number, raw

    with pytest.raises(DataError, match="ends too early"):
        list(chunks(work, broken(work.reading.table.raws()), 2))
    assert [p.returncode for p in processes] == [-9, -9]


def test_chunks_that_are_not_wanted_any_more_end_the_workers(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = watched(monkeypatch)
    work = job(template, tmp_path, *rows(40))
    stream = chunks(work, work.reading.table.raws(), 2)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert [p.returncode for p in processes] == [-9, -9]


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(word) for word in done.stdout.split()]


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(what: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.05)
    return what()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A `burnish sft` in a process group of its own, while two workers tokenise."""
    rows = tmp_path / "rows.jsonl"
    answer = "many words for the tokenizer to work on " * 400
    rows.write_text(
        "".join(f'{{"query": "q{k}", "response": "{answer}"}}\n' for k in range(8000)),
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "burnish", "sft", "--model_type", "demo", "--dataset", str(rows),
         "--preprocess_num_proc", "2", "--output_dir", str(tmp_path / "out"),
         "--max_length", "100000"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"),
             "BURNISH_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    parts = tmp_path / "cache" / "tokens"
    assert wait_for(lambda: any(f.stat().st_size for f in parts.glob("*.part/ids.bin")))
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_ctrl_c_ends_everything_quickly(running: subprocess.Popen[str], tmp_path: Path) -> None:
    """As a terminal sends it: to every process of the group."""
    workers = children(running.pid)
    assert len(workers) == 2
    started = time.monotonic()
    os.killpg(running.pid, signal.SIGINT)
    said = running.communicate(timeout=30)[0]
    assert running.returncode == 130
    assert "Traceback" not in said and "Error" not in said, said
    assert said.strip().endswith("interrupted")
    assert time.monotonic() - started < 15
    assert not [pid for pid in workers if is_running(pid)]
    assert not list((tmp_path / "cache" / "tokens").glob("*.part"))


def test_workers_end_with_the_one_that_asks(running: subprocess.Popen[str]) -> None:
    workers = children(running.pid)
    running.kill()
    assert "Traceback" not in running.communicate(timeout=30)[0]
    assert wait_for(lambda: not [pid for pid in workers if is_running(pid)], 30)
