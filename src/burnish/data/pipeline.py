"""Rows to chunks of arrays: read, converted, rendered, tokenised, in this process or in several.

In one process, the tokenizer works on a batch in a thread (it needs no interpreter) while the next
batch is read and rendered. Several processes each take whole batches; the order of the chunks is
that of the rows either way.
"""

import gc
import os
import pickle
import queue
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

from burnish.core.errors import BurnishError, DataError
from burnish.data.cells import BadRow
from burnish.data.convert import Reading
from burnish.data.encode import Encoder, Work
from burnish.data.layout import Raw
from burnish.data.rejects import Reject
from burnish.data.sample import Sample
from burnish.data.store import Chunk, chunk_of

BATCH = 256
"""Rows of a chunk."""
OBJECTS = 50_000
"""New objects after which Python looks for garbage."""
AHEAD = 3
"""Batches that wait for each process."""


@dataclass(frozen=True, slots=True)
class Job:
    """How rows become chunks; picklable."""

    reading: Reading
    encoder: Encoder

    def samples(self, raws: Sequence[Raw]) -> tuple[list[Sample], list[Reject]]:
        """The samples of some rows, and the rows that are none."""
        samples, bad = [], []
        for number, raw in raws:
            try:
                samples.append(self.reading.sample(number, raw))
            except BadRow as error:
                bad.append(Reject(self.reading.table.name, number, "rejected", str(error)))
        return samples, bad

    def begin(self, raws: Sequence[Raw]) -> tuple[Work, list[Reject]]:
        """Everything before tokenising."""
        samples, bad = self.samples(raws)
        return self.encoder.begin(samples), bad

    def finish(self, work: Work, bad: list[Reject], ids: list[list[int]]) -> Chunk:
        """Everything behind it."""
        template = self.encoder.template
        chunk = chunk_of(self.encoder.finish(work, ids), frozenset(template.stop_ids))
        chunk.refused = sorted([*bad, *chunk.refused], key=lambda reject: reject.row)
        return chunk


def batches(raws: Iterable[Raw], size: int = BATCH) -> Iterator[list[Raw]]:
    """Rows, so many at a time."""
    rows = iter(raws)
    while batch := list(islice(rows, size)):
        yield batch


def chunks(job: Job, raws: Iterable[Raw], processes: int = 1) -> Iterator[Chunk]:
    """The chunks of some rows, in order. Raises DataError when a process ends unexpectedly."""
    if processes > 1:
        yield from _by_processes(job, raws, processes)
        return
    encode = job.encoder.template.tokenizer.encode_batch
    waiting: deque[tuple[Work, list[Reject], Future[list[list[int]]]]] = deque()
    with ThreadPoolExecutor(1) as thread, seldom_collected():
        for batch in batches(raws):
            work, bad = job.begin(batch)
            waiting.append((work, bad, thread.submit(encode, work.texts)))
            if len(waiting) > 1:
                work, bad, ids = waiting.popleft()
                yield job.finish(work, bad, ids.result())
        for work, bad, ids in waiting:
            yield job.finish(work, bad, ids.result())


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for garbage less often while entered: a batch makes many objects and drops them all."""
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _by_processes(job: Job, raws: Iterable[Raw], processes: int) -> Iterator[Chunk]:
    idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
    started: list[_Process] = []

    def ask(batch: list[Raw]) -> Chunk:
        process = idle.get()
        try:
            return process.ask(batch)
        finally:
            idle.put(process)

    waiting: deque[Future[Chunk]] = deque()
    threads = ThreadPoolExecutor(processes)
    try:
        for _ in range(processes):
            started.append(_Process(job, processes))
            idle.put(started[-1])
        for batch in batches(raws):
            waiting.append(threads.submit(ask, batch))
            if len(waiting) > AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
        for process in started:
            process.end()
        threads.shutdown()


class _Process:
    """Another Python that runs `serve`; an own command, since a fork would copy threads and a spawn
    would run the person's script once more.
    """

    def __init__(self, job: Job, processes: int) -> None:
        threads = max(1, (os.cpu_count() or 1) // processes)
        environment = {
            **os.environ,
            "RAYON_NUM_THREADS": str(threads),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from burnish.data.pipeline import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            process_group=0,  # Ctrl-C is for this process alone, which ends that one
        )
        self._send(job)

    def ask(self, batch: list[Raw]) -> Chunk:
        self._send(batch)
        try:
            answer = pickle.load(_pipe(self._process.stdout))
        except (EOFError, pickle.UnpicklingError) as error:
            raise self._ended() from error
        if isinstance(answer, BaseException):
            raise answer
        return answer  # type: ignore[no-any-return]

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):  # what is not sent needs no sending
                _pipe(pipe).close()

    def _send(self, thing: Any) -> None:
        pipe = _pipe(self._process.stdin)
        try:
            pickle.dump(thing, pipe, protocol=pickle.HIGHEST_PROTOCOL)
            pipe.flush()
        except BrokenPipeError as error:
            raise self._ended() from error

    def _ended(self) -> DataError:
        code = self._process.wait()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return DataError(
            f"a process that prepares the data {how}. If memory ran out, give a smaller "
            "--preprocess_num_proc."
        )


def serve() -> None:
    """Answer batches from stdin with chunks on stdout, until it is closed."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # the one that asks is gone: so is this one
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a person's conversion prints must not get between the answers
    gc.set_threshold(OBJECTS)
    job: Job = _received(source)
    while True:
        batch = _received(source)
        try:
            work, bad = job.begin(batch)
            ids = job.encoder.template.tokenizer.encode_batch(work.texts)
            answer: Chunk | BaseException = job.finish(work, bad, ids)
        except BurnishError as error:
            answer = error
        except Exception as error:  # a fault, of a person's conversion or ours: told where it began
            answer = RuntimeError(f"{type(error).__name__} in a data process: {error}")
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


def _received(source: IO[bytes]) -> Any:
    """What was sent next; ends this process when the one that sends is gone, or is done."""
    try:
        return pickle.load(source)
    except (EOFError, pickle.UnpicklingError):
        sys.exit()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # both were asked for
    return pipe
