"""Log lines go to stderr, from the main rank alone."""

import subprocess
import sys

CODE = (
    "from burnish.core.log import log, start_logging; start_logging();"
    "log.info('hello'); log.warning('hm')"
)


def lines(rank: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, env={"RANK": rank}
    )
    return done.stdout, done.stderr


def test_main_rank_speaks_to_stderr() -> None:
    assert lines("0") == ("", "hello\nwarning: hm\n")


def test_other_ranks_are_silent() -> None:
    assert lines("1") == ("", "")
