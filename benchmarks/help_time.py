"""CPU seconds of help: user and system time of the process, median of five. Prints a table.

python benchmarks/help_time.py
"""

import os
import platform
import statistics
import subprocess
import sys
from datetime import date

RUNS = 5
LINES = (["--help"], ["sft", "--help"], ["sft", "--help", "all"], ["infer", "--help"])
LIMIT_SECONDS = 0.3


def cpu_seconds(words: list[str]) -> float:
    """User and system time of one `burnish <words>`."""
    before = os.times()
    command = [sys.executable, "-m", "burnish", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def main() -> int:
    """Print the table; the exit code is 1 when a median is over the limit."""
    print(f"Python {platform.python_version()}, {date.today()}, median of {RUNS} runs\n")
    print("| command | CPU seconds | limit |\n|---|---|---|")
    slow = 0
    for words in LINES:
        cpu_seconds(words)  # the first run compiles
        median = statistics.median(cpu_seconds(words) for _ in range(RUNS))
        slow += median >= LIMIT_SECONDS
        print(f"| `burnish {' '.join(words)}` | {median:.2f} | {LIMIT_SECONDS} |")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
