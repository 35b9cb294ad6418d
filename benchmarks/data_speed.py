"""How fast burnish prepares SFT data, beside TRL and ms-swift, in one run on the same rows.

Each tool reads one JSONL file of conversations and gives ids and labels with a loss on the answers
alone, with one and with two processes, each in a process of its own with empty caches. Then memory
of burnish by the number of rows, where its time goes, and what a warm cache saves.

    python benchmarks/data_speed.py --datasets DATA --tokenizer QWEN2.5 \\
        --trl VENV/bin/python --swift VENV/bin/python --out benchmarks/data_speed.md

DATA is a folder of real data sets as data_rows.py names them. A tool whose Python is not given is
left out with a message. `--rows 5000 --sizes 1000,5000` is a quick look.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_rows import write_rows

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TOOLS = ("burnish", "trl", "swift")
SAMPLED = 1000
IGNORE = -100
LINE, END, ASSISTANT = 198, 151645, 77091
"""Ids of Qwen2.5: a line break, <|im_end|>, and the word behind <|im_start|> of an answer."""
CONFIG = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "vocab_size": 151936,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "tie_word_embeddings": True,
    "torch_dtype": "float32",
}


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


class Bench:
    """Where things lie, and the way to run a tool."""

    def __init__(self, given: argparse.Namespace, work: Path) -> None:
        self.work = work
        self.pythons = {"burnish": sys.executable, "trl": given.trl, "swift": given.swift}
        self.datasets = given.datasets
        self.model = work / "model"
        shutil.copytree(given.tokenizer, self.model)
        (self.model / "config.json").write_text(json.dumps(CONFIG))

    def rows(self, count: int) -> Path:
        """The file of `count` rows, and beside it the list of sampled rows."""
        path = self.work / f"rows_{count}.jsonl"
        if not path.exists():
            write_rows(self.datasets, path, count)
            chosen = random.Random(1).sample(range(count), min(SAMPLED, count))
            path.with_suffix(".sample").write_text(json.dumps(sorted(chosen)))
        return path

    def run(self, tool: str, count: int, procs: int, *more: str, cold: bool = True) -> Measured:
        """Prepare `count` rows with a tool."""
        rows, caches, out = self.rows(count), self.work / "caches", self.work / "out.json"
        if cold:
            shutil.rmtree(caches, ignore_errors=True)
        command = [self.pythons[tool], str(HERE / f"data_speed_{tool}.py"), "--rows", str(rows)]
        command += ["--tokenizer", str(self.model), "--sample", str(rows.with_suffix(".sample"))]
        command += ["--out", str(out), "--work", str(self.work), "--procs", str(procs), *more]
        done = measure(command, self.work, out, caches)
        print(f"{tool} {count} rows, {procs} processes {more}: {done.wall:.1f} s", file=sys.stderr)
        return done

    def start(self, count: int) -> float:
        """Seconds from the start of `burnish sft` to the log line of its first step."""
        place, caches = self.work / "run", self.work / "caches"
        shutil.rmtree(place, ignore_errors=True)
        flags = {
            "model_id_or_path": self.model,
            "dataset": self.rows(count),
            "dataset_test_ratio": 0,
            "max_length": -1,
            "preprocess_num_proc": 2,
            "max_steps": 1,
            "output_dir": place,
        }
        command = [sys.executable, "-m", "burnish", "sft"]
        command += [text for name, value in flags.items() for text in (f"--{name}", str(value))]
        begin = time.perf_counter()
        log = self.work / "log.txt"
        with log.open("w") as file:
            env = environment(caches)
            process = subprocess.Popen(command, env=env, cwd=self.work, stdout=file, stderr=file)
            seconds = None
            while process.poll() is None:
                if seconds is None and any(
                    '"loss"' in f.read_text() for f in place.rglob("logging.jsonl")
                ):
                    seconds = time.perf_counter() - begin
                time.sleep(0.05)
        if process.returncode or seconds is None:
            sys.exit(f"burnish sft failed:\n{log.read_text()[-4000:]}")
        return seconds


Done = dict[tuple[str, int], Measured]
"""What was measured, by tool and number of processes."""

PROFILED = ("Tokenizer.encode_batch", "Template.render")

SPEED_NOTE = """\
Rows a second of tokenising and masking alone; reading the file is in the next column, and burnish's
figure holds it in both. Core seconds and memory are of the whole process tree, imports and all."""
SAME_NOTE = """\
TRL's training template gives the assistant both line breaks, the one behind
`<|im_start|>assistant` and the one behind `<|im_end|>`; ms-swift only the latter. burnish trains
what the model writes: the first stands in the prompt that inference gives, and generation has
stopped before the second."""
MEMORY_NOTE = """\
The most anonymous memory (Pss_Anon, every page once) of the process tree at any time, with two
processes, sampled five times a second."""
WARM_NOTE = """\
To the first batch: from entering the data step, in a new process. Whole start: from the start of
`burnish sft`, imports and all, to the log line of the first step; the model has one tiny layer."""


def kinds(ours: tuple[list[int], list[int]], theirs: tuple[list[int], list[int]]) -> set[str]:
    """How a row of another tool differs from ours, in words."""
    (ids, labels), (other_ids, other_labels) = ours, theirs
    if ids != other_ids[: len(ids)]:
        return {"other ids"}
    found = set()
    for k, (token, label) in enumerate(zip(other_ids, other_labels, strict=True)):
        own = labels[k] if k < len(labels) else IGNORE
        if label == own:
            continue
        if token == LINE and own == IGNORE and other_ids[k - 1] == END:
            found.add("trains the line break behind <|im_end|>")
        elif token == LINE and own == IGNORE and other_ids[k - 1] == ASSISTANT:
            found.add("trains the line break before the answer")
        else:
            found.add("another mask")
    if other_ids[len(ids) :] == [LINE]:
        found.add("holds the line break behind the last <|im_end|>, which burnish leaves out")
    elif len(ids) != len(other_ids):
        found.add("other ids")
    return found or {"the same ids and mask"}


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> Counter[str]:
    """In how many of the sampled rows each difference is found."""
    found: Counter[str] = Counter()
    for row, pair in theirs.items():
        found.update(kinds(ours[row], pair) if row in ours else {"not kept by burnish"})
    return found


def speed_table(done: Done, rows: int) -> list[str]:
    """Rows a second, and how many times the better of the others burnish is."""
    head = ["| tool | processes | rows/s | with reading the file | core seconds | memory MiB |"]
    lines = [*head, "|---|---|---|---|---|---|"]
    for (tool, procs), m in done.items():
        name = f"{tool} {m.result['version']}"
        whole = rows / (m.prepare + m.read)
        cells = [name, procs, f"{rows / m.prepare:,.0f}", f"{whole:,.0f}"]
        lines.append(row(*cells, f"{m.cores:,.0f}", f"{m.memory:,.0f}"))
    lines.append("")
    for procs in (1, 2):
        others = [m.prepare for (tool, p), m in done.items() if tool != "burnish" and p == procs]
        own = done.get(("burnish", procs))
        if own and others:
            times = min(others) / own.prepare
            lines.append(f"With {procs} process(es): {times:.2f} times the better of the others.")
    return lines


def same_table(done: Done) -> list[str]:
    """The sampled rows across tools."""
    lines = ["| tool | against burnish | rows |", "|---|---|---|"]
    own = done.get(("burnish", 1))
    for (tool, procs), m in done.items():
        if own and (tool, procs) != ("burnish", 1):
            found = differences(own.result["samples"], m.result["samples"])
            for what, count in sorted(found.items()):
                lines.append(row(f"{tool}, {procs} process(es)", what, count))
    return lines


def row(*cells: Any) -> str:
    """A row of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def memory_table(seen: dict[int, Measured]) -> list[str]:
    """Anonymous memory of burnish by the number of rows."""
    lines = ["| rows | seconds | rows/s | memory MiB |", "|---|---|---|---|"]
    for count, m in seen.items():
        lines.append(
            row(f"{count:,}", f"{m.prepare:.1f}", f"{count / m.prepare:,.0f}", f"{m.memory:,.0f}")
        )
    highest, lowest = (f(m.memory for m in seen.values()) for f in (max, min))
    return [*lines, "", f"From the fewest rows to the most: {highest - lowest:,.0f} MiB."]


def profile_table(m: Measured) -> list[str]:
    """Where the time of one process goes."""
    encoder, render = (m.result["shares"][name] for name in PROFILED)
    rest = m.prepare - encoder - render
    lines = ["| part | seconds | share |", "|---|---|---|"]
    parts = {"tokenizer's batch encoder": encoder, "template": render, "all else": rest}
    for name, seconds in parts.items():
        lines.append(row(name, f"{seconds:.1f}", f"{100 * seconds / m.prepare:.0f}%"))
    return lines


def warm_table(bench: Bench, sizes: list[int]) -> list[str]:
    """What a second run waits for: its caches are those of the run before."""
    lines = ["| rows | to the first batch, s | whole start, s |", "|---|---|---|"]
    for count in sizes:
        bench.run("burnish", count, 2)
        first = bench.run("burnish", count, 2, "--first", cold=False)
        start = bench.start(count)
        lines.append(row(f"{count:,}", f"{first.result['seconds']['first']:.2f}", f"{start:.1f}"))
    return lines


def machine() -> str:
    """What this ran on."""
    models = [x for x in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in x]
    name = models[0].partition(":")[2].strip() if models else platform.processor()
    cores = len(os.sched_getaffinity(0))
    tokenizers = importlib.metadata.version("tokenizers")
    return f"{cores} cores of {name}, Python {platform.python_version()}, tokenizers {tokenizers}"


def report(bench: Bench, given: argparse.Namespace) -> Iterator[str]:
    """The page, a line at a time; what takes long is run on the way."""
    yield from (
        "# How fast data is prepared",
        "",
        "Written by `python benchmarks/data_speed.py`.",
        "",
    )
    yield from (machine(), "", f"## {given.rows:,} conversations to ids and labels", "")
    done: Done = {}
    for procs in (1, 2):
        for tool in TOOLS:
            if bench.pythons[tool]:
                done[tool, procs] = bench.run(tool, given.rows, procs)
            elif procs == 1:
                yield f"{tool} is left out: give --{tool} PYTHON."
    yield from (*speed_table(done, given.rows), "", SPEED_NOTE, "")
    yield from ("## The same ids and labels", "", *same_table(done), "", SAME_NOTE, "")
    yield from ("## Where the time goes", "")
    yield from (*profile_table(bench.run("burnish", given.rows, 1, "--profile")), "")
    sizes = [int(size) for size in given.sizes.split(",")]
    yield from ("## Memory", "")
    yield from (*memory_table({n: bench.run("burnish", n, 2) for n in sizes}), "", MEMORY_NOTE, "")
    yield from ("## With a warm cache", "", *warm_table(bench, sizes), "", WARM_NOTE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--datasets", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--trl", help="the Python of a venv with trl")
    parser.add_argument("--swift", help="the Python of a venv with ms-swift")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument(
        "--sizes", default="10000,100000,1000000", help="numbers of rows, for memory"
    )
    parser.add_argument("--work", type=Path, help="where to write; a temporary folder otherwise")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as work:
        lines = []
        for line in report(Bench(given, Path(work)), given):
            print(line, flush=True)
            lines.append(line)
    if given.out:
        given.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
