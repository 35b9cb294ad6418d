"""A process of the data benchmark: its time, its cores, its memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Measured:
    """One process: seconds of wall and of all cores, MiB of anonymous memory, what it wrote."""

    wall: float
    cores: float
    memory: float
    result: dict[str, Any]

    @property
    def prepare(self) -> float:
        return self.result["seconds"]["prepare"]

    @property
    def read(self) -> float:
        return self.result["seconds"].get("read", 0.0)


def tree(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from tree(int(child))


def anonymous(pid: int) -> float:
    """MiB of memory of a process tree that no file backs; pages of several processes count once."""
    total = 0
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))
    return total / 1024


def environment(caches: Path) -> dict[str, str]:
    """The variables of a worker: every cache in one folder, no hub, no bars."""
    places = {
        "HF_HOME": "hf",
        "HF_DATASETS_CACHE": "hf_datasets",
        "MODELSCOPE_CACHE": "ms",
        "XDG_CACHE_HOME": "xdg",
        "BURNISH_CACHE": "burnish",
    }
    env = {**os.environ, **{name: str(caches / folder) for name, folder in places.items()}}
    env |= {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    env.pop("TOKENIZERS_PARALLELISM", None)  # each tool sets it as it likes
    return env


def measure(command: list[str], work: Path, out: Path, caches: Path) -> Measured:
    """Run a worker to its end."""
    out.unlink(missing_ok=True)
    log = work / "log.txt"
    begin, memory = time.perf_counter(), 0.0
    with log.open("w") as file:
        process = subprocess.Popen(
            command, env=environment(caches), cwd=work, stdout=file, stderr=file
        )
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            memory = max(memory, anonymous(process.pid))
            time.sleep(0.2)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begin
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{log.read_text()[-4000:]}")
    cores = usage.ru_utime + usage.ru_stime
    return Measured(wall, cores, memory, json.loads(out.read_text()) if out.exists() else {})
