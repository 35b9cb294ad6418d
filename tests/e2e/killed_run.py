"""Runs command lines in forked children that die, or are told to stop, at a chosen moment.

The heavy libraries are imported once; every line on stdin is a job, `{"argv": [...], "moment":
{...} or null, "ranks": 1, "output": FILE, "block": rows of a stream's block or null}`, and its
answer on stdout is how each rank ended: its exit code, or the signal's number below zero.
"""

import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def die(*_: object) -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(moment: dict[str, Any], folder: Path) -> None:
    """Make the run that starts next in this process die at `moment`; `folder` is its output."""
    kinds: dict[str, Callable[..., None]] = {
        "tokenising": while_tokenising,
        "between steps": between_steps,
        "in an evaluation": in_an_evaluation,
        "inside a save": inside_a_save,
        "before rotation": before_rotation,
        "told to stop": told_to_stop,
        "full disk": full_disk,
    }
    kinds[moment["kind"]](folder, **{k: v for k, v in moment.items() if k != "kind"})


def while_tokenising(folder: Path, *, samples: int) -> None:
    """After so many samples are tokenised, into a cache of its own that does not know them yet."""
    from burnish.data import encode

    os.environ["BURNISH_CACHE"] = str(folder.with_name(f"{folder.name}-cache"))

    count = 0
    assemble = encode.assemble

    def counted(*given: Any) -> Any:
        nonlocal count
        count += 1
        if count > samples:
            die()
        return assemble(*given)

    encode.assemble = counted


def between_steps(folder: Path, *, step: int) -> None:
    """After the weights took `step`, before anything is evaluated or saved."""
    from burnish.core.registry import HOOKS
    from burnish.train.hooks.base import Hook

    HOOKS.add("kill", Hook(after_step=lambda done, run: die() if done == step else None))


def in_an_evaluation(folder: Path, *, step: int, batch: int) -> None:
    """In the evaluation at `step`, before its batch `batch`."""
    from burnish.data.loader import EvalLoader
    from burnish.train import evaluate

    report, batches, at = evaluate.report, EvalLoader.__iter__, 0

    def noted(now: int, run: Any) -> Any:
        nonlocal at
        at = now
        return report(now, run)

    def counted(self: EvalLoader) -> Any:
        for number, item in enumerate(batches(self)):
            if (at, number) == (step, batch):
                die()
            yield item

    evaluate.report, EvalLoader.__iter__ = noted, counted


def before_rotation(folder: Path, *, step: int) -> None:
    """Between the rename of checkpoint-<step> and the rotation of older ones."""
    from burnish.train import checkpoint

    rotate = checkpoint.rotate

    def guarded(newest: Path, *rest: Any) -> None:
        if checkpoint.step_of(newest) == step:
            die()
        rotate(newest, *rest)

    checkpoint.rotate = guarded


def inside_a_save(folder: Path, *, step: int, size: int) -> None:
    """As soon as the checkpoint of `step` that is being written holds `size` bytes: seen and done
    by another process, since nothing in this one can stop between two writes of a library.
    """
    from burnish.train.checkpoint import STAGING

    run = os.getpid()
    if os.fork():
        return
    while os.getppid() == run:
        if written(folder / f"{STAGING}{step}") >= size:
            os.kill(run, signal.SIGKILL)
            break
        time.sleep(0.0001)
    os._exit(0)


def told_to_stop(folder: Path, *, step: int, number: int) -> None:
    """A signal from another process, when the step before `step` is done: `step` is the last."""
    from burnish.core.registry import HOOKS
    from burnish.train.hooks.base import Hook

    def tell(done: int, run: Any) -> None:
        if done == step - 1:
            target = os.getpid()
            teller = os.fork()
            if not teller:
                os.kill(target, number)
                os._exit(0)
            os.waitpid(teller, 0)

    HOOKS.add("kill", Hook(after_step=tell))


def full_disk(folder: Path, *, step: int, size: int) -> None:
    """After `step` no file can grow beyond `size` bytes."""
    from burnish.core.registry import HOOKS
    from burnish.train.hooks.base import Hook

    def limit(done: int, run: Any) -> None:
        if done == step:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    HOOKS.add("kill", Hook(after_step=limit))


def written(folder: Path) -> int:
    """Bytes in the files of a folder; -1 where it is not there."""
    total = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                total += entry.stat().st_size
    except FileNotFoundError:
        return -1
    return total


def child(job: dict[str, Any], rank: int, port: int) -> None:
    """Run one job in this process and leave with its exit code."""
    import torch

    from burnish import cli
    from burnish.data import stream
    from burnish.train import curves

    torch.set_num_threads(1)
    output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    curves.draw = lambda *_: None  # curves as pictures take longer than all the rest
    stream.BLOCK = job["block"] or stream.BLOCK
    if job["ranks"] > 1:
        os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(job["ranks"])}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    if job["moment"]:
        argv = job["argv"]
        arm(job["moment"], Path(argv[argv.index("--output_dir") + 1]))
    code = cli.run(job["argv"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def main() -> None:
    import peft  # noqa: F401
    import torch  # noqa: F401
    import transformers  # noqa: F401

    import burnish.commands.sft
    import burnish.train.run  # noqa: F401

    for line in sys.stdin:
        job, port, ranks = json.loads(line), free_port(), []
        Path(job["output"]).unlink(missing_ok=True)
        for rank in range(job["ranks"]):
            pid = os.fork()
            if not pid:
                child(job, rank, port)
            ranks.append(pid)
        ends = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in ranks]
        print(json.dumps(ends), flush=True)


if __name__ == "__main__":
    main()
