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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data_process import Measured, environment, measure
from data_rows import write_rows
from data_same import differences
from tokenizers import Tokenizer
from transformers import Qwen2Config, Qwen2ForCausalLM

HERE = Path(__file__).resolve().parent
TOOLS = ("burnish", "trl", "swift")
SAMPLED = 1000
SHAPE = {
    "vocab_size": 151936,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "tie_word_embeddings": True,
}


class Bench:
    """Where things lie, and the way to run a tool."""

    def __init__(self, given: argparse.Namespace, work: Path) -> None:
        self.work = work
        self.pythons = {"burnish": sys.executable, "trl": given.trl, "swift": given.swift}
        self.datasets = given.datasets
        self.model = work / "model"
        Qwen2ForCausalLM(Qwen2Config(**SHAPE)).save_pretrained(self.model)
        for path in given.tokenizer.iterdir():
            shutil.copyfile(path, self.model / path.name)

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

SPEED_NOTE = """\
Rows a second of tokenising and masking alone; reading the file is in the next column, and burnish's
figure holds it in both. With one process burnish's tokenizer works on all cores by itself. Core
seconds and memory are of the whole process tree, imports and all. Each tool prepares as it does by
itself; limits of length, packing and shuffling are off."""
SAME_NOTE = """\
TRL's training template gives the assistant both line breaks, the one behind
`<|im_start|>assistant` and the one behind `<|im_end|>`; ms-swift only the latter. burnish trains
what the model writes: the first stands in the prompt that inference gives, and generation has
stopped before the second. Where an answer begins with a line break, the others merge it with the
line break of the prompt into one token, which inference never sees; burnish takes them apart."""
SIZE_NOTE = """\
Rows a second and memory without a cache, with two processes: the most anonymous memory (Pss_Anon,
every page once) of the process tree at any time, sampled five times a second. First batch: with a
warm cache, from entering the data step of a new process. Whole start: from the start of
`burnish sft`, imports and all, to the log line of the first step; the model has one tiny layer."""


def speed_table(done: Done, rows: int) -> list[str]:
    """Rows a second, and how many times the better of the others burnish is."""
    head = "| tool | processes | rows/s | with reading | rows per core second | memory MiB |"
    lines = [head, "|---|---|---|---|---|---|"]
    for (tool, procs), m in done.items():
        speeds = (rows / seconds for seconds in (m.prepare, m.prepare + m.read, m.cores))
        cells = [*(f"{speed:,.0f}" for speed in speeds), f"{m.memory:,.0f}"]
        lines.append(row(f"{tool} {m.result['version']}", procs, *cells))
    lines.append("")
    for procs in (1, 2):
        others = [m for (tool, p), m in done.items() if tool != "burnish" and p == procs]
        own = done.get(("burnish", procs))
        if own and others:
            wall = min(m.prepare for m in others) / own.prepare
            cores = min(m.cores for m in others) / own.cores
            lines.append(
                f"- --preprocess_num_proc {procs}: {wall:.2f} times the rate of the better of the "
                f"others, for 1/{cores:.2f} of its core seconds."
            )
    return lines


def same_table(done: Done, tokenizer: Tokenizer) -> list[str]:
    """The sampled rows across tools."""
    lines = ["| tool | what it does otherwise than burnish | rows |", "|---|---|---|"]

    def decode(ids: list[int]) -> str:
        return tokenizer.decode(ids, skip_special_tokens=False)

    own = done.get(("burnish", 1))
    for (tool, procs), m in done.items():
        if own and (tool, procs) != ("burnish", 1):
            found = differences(own.result["samples"], m.result["samples"], decode)
            for what, count in sorted(found.items()):
                lines.append(row(f"{tool}, {procs} process{'es' * (procs > 1)}", what, count))
    return lines


def row(*cells: Any) -> str:
    """A row of a table."""
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def size_table(bench: Bench, sizes: list[int]) -> list[str]:
    """Memory by the number of rows, and what a second run waits for: it finds the caches."""
    head = "| rows | rows/s | memory MiB | first batch, s | whole start, s |"
    lines, seen = [head, "|---|---|---|---|---|"], []
    for count in sizes:
        cold = bench.run("burnish", count, 2)
        warm = bench.run("burnish", count, 2, "--first", cold=False).result["seconds"]["first"]
        speed, memory = f"{count / cold.prepare:,.0f}", f"{cold.memory:,.0f}"
        lines.append(row(f"{count:,}", speed, memory, f"{warm:.2f}", f"{bench.start(count):.1f}"))
        seen.append(cold.memory)
    return [
        *lines,
        "",
        f"Memory, from the fewest rows to the most: {seen[-1] - seen[0]:+,.0f} MiB.",
    ]


def profile_table(m: Measured) -> list[str]:
    """Where the core seconds of one process go."""
    part = m.result["shares"]
    parts = {
        "the tokenizer's own batch encoder": part["encoder"],
        "lists of ids from its result": part["tokenizer"] - part["encoder"],
        "rows read as JSON and converted": part["rows"],
        "the template": part["template"],
        "contexts and what is to be tokenised": part["begin"] - part["rows"] - part["template"],
        "labels, checks and arrays": part["finish"],
    }
    parts["files, cache and all else"] = part["all"] - sum(parts.values())
    lines = ["| part | core seconds | share |", "|---|---|---|"]
    for name, seconds in parts.items():
        lines.append(row(name, f"{seconds:.1f}", f"{100 * seconds / part['all']:.0f}%"))
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
    tokenizer = Tokenizer.from_file(str(bench.model / "tokenizer.json"))
    for procs in (1, 2):
        for tool in TOOLS:
            if bench.pythons[tool]:
                done[tool, procs] = bench.run(tool, given.rows, procs)
            elif procs == 1:
                yield f"{tool} is left out: give --{tool} PYTHON."
    yield from (*speed_table(done, given.rows), "", SPEED_NOTE, "")
    yield from ("## The same ids and labels", "", *same_table(done, tokenizer), "", SAME_NOTE, "")
    yield from ("## Where the time goes", "")
    yield from (*profile_table(bench.run("burnish", given.rows, 1, "--profile")), "")
    sizes = [int(size) for size in given.sizes.split(",")]
    yield from ("## Many rows, and a second run", "")
    yield from (*size_table(bench, sizes), "", SIZE_NOTE)


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
