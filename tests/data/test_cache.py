"""Entries are whole or absent, made once, and named by everything that decides what they hold."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT

from burnish.core.errors import DataError
from burnish.data import cache
from burnish.data.convert import survey
from burnish.data.encode import Encoder
from burnish.data.stored import encoder_key, reading_key
from burnish.data.table import open_table
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer
from burnish.data.weights import LossScale

KEY = "0" * 64


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of this test."""
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "cache"))
    cache._root.cache_clear()
    yield tmp_path / "cache"
    cache._root.cache_clear()


def write(folder: Path) -> None:
    (folder / "whole").write_text("content")


def never(folder: Path) -> None:
    raise AssertionError("it is there already")


def test_an_entry_is_made_once(own: Path) -> None:
    folder = cache.entry("kind", KEY, write)
    assert folder == own / "kind" / KEY and cache.is_sound(folder)
    assert cache.entry("kind", KEY, never) == folder


def test_what_is_not_sound_is_made_anew(own: Path) -> None:
    folder = cache.entry("kind", KEY, write)
    (folder / "whole").unlink()
    (folder / "left").write_text("")
    assert cache.is_sound(cache.entry("kind", KEY, write))
    assert not (folder / "left").exists()


def later(path: Path, seconds: float) -> None:
    """Let a file be as old as if it had been written so many seconds from now."""
    os.utime(path, (time.time() + seconds,) * 2)


@pytest.mark.parametrize("left", [b"conten", b"", None])
def test_what_is_cut_off_or_missing_is_not_sound(own: Path, left: bytes | None) -> None:
    folder = cache.entry("kind", KEY, write)
    (folder / "whole").unlink()
    if left is not None:
        (folder / "whole").write_bytes(left)
        later(folder / "whole", -60)
    assert not cache.is_sound(folder)
    (folder / "whole").write_bytes(b"content")
    assert cache.is_sound(folder)


@pytest.mark.parametrize("seconds", [5, -2 * cache.CHECKED_EVERY])
def test_flipped_bits_are_noticed(own: Path, seconds: float) -> None:
    """At once where the file is younger than its last check, and once a day."""
    folder = cache.entry("kind", KEY, write)
    (folder / "whole").write_text("contfnt")
    later(folder / "whole", seconds)
    later(folder / cache.SEAL, min(seconds, 0))
    assert (cache.entry("kind", KEY, write) / "whole").read_text() == "content"


def test_a_check_counts_for_a_day(own: Path) -> None:
    folder = cache.entry("kind", KEY, write)
    for path in folder.iterdir():
        later(path, -2 * cache.CHECKED_EVERY)
    assert cache.is_sound(folder)
    assert time.time() - (folder / cache.SEAL).stat().st_mtime < 60
    (folder / "whole").write_text("contfnt")
    later(folder / "whole", -60)
    assert cache.is_sound(folder), "its bytes are not read again so soon"


@pytest.mark.parametrize("seal", ["", "[]", "{}", '{"whole": 7}', '{"gone": [7, 1]}', "\udcff"])
def test_a_broken_seal_is_no_seal(own: Path, seal: str) -> None:
    folder = cache.entry("kind", KEY, write)
    (folder / cache.SEAL).write_bytes(seal.encode("utf-8", "surrogateescape"))
    assert not cache.is_sound(folder)


@pytest.mark.parametrize("error", [DataError("bad row"), KeyboardInterrupt()])
def test_a_failure_leaves_nothing(own: Path, error: BaseException) -> None:
    def fail(folder: Path) -> None:
        write(folder)
        raise error

    with pytest.raises(type(error)):
        cache.entry("kind", KEY, fail)
    assert [path.suffix for path in (own / "kind").iterdir()] == [".lock"]


KILLED = """
import os, sys
from pathlib import Path
from burnish.data import cache

def make(folder):
    (folder / "whole").write_text("half")
    print("begun", flush=True)
    os.kill(os.getpid(), 9)

cache.entry("kind", "0" * 64, make)
"""

MAKER = """
import os, sys, time
from pathlib import Path
from burnish.data import cache

def make(folder):
    print("made", flush=True)
    time.sleep(0.5)
    (folder / "whole").write_text(str(os.getpid()))

folder = cache.entry("kind", "0" * 64, make)
print((folder / "whole").read_text())
"""


def started(code: str, **environment: str) -> subprocess.Popen[str]:
    """Another process; it hears Ctrl-C even where these tests run in the background and do not."""
    code = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n{code}"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
    )


def test_a_killed_maker_leaves_nothing_that_is_taken_for_whole(own: Path) -> None:
    process = started(KILLED)
    assert process.communicate(timeout=60)[0] == "begun\n" and process.returncode == -9
    (left,) = (own / "kind").glob("*.part")
    assert (left / "whole").is_file() and not (own / "kind" / KEY).exists()
    assert (cache.entry("kind", KEY, write) / "whole").read_text() == "content"
    assert not left.exists()


def test_two_processes_at_once_make_one_entry(own: Path) -> None:
    processes = [started(MAKER) for _ in range(3)]
    said = [process.communicate(timeout=60) for process in processes]
    assert [p.returncode for p in processes] == [0, 0, 0], said
    assert sum("made" in out for out, _ in said) == 1
    assert len({out.split()[-1] for out, _ in said}) == 1
    assert sorted(path.suffix for path in (own / "kind").iterdir()) == ["", ".lock"]


def test_who_waits_is_told(own: Path, caplog: pytest.LogCaptureFixture) -> None:
    process = started(MAKER)
    assert process.stdout and process.stdout.readline() == "made\n"
    with caplog.at_level("INFO", logger="burnish"):
        cache.entry("kind", KEY, never)
    process.communicate(timeout=60)
    assert "another process prepares the same data" in caplog.text


def test_ctrl_c_while_waiting_for_another(own: Path) -> None:
    (own / "kind").mkdir(parents=True)
    with cache._alone((own / "kind" / KEY).with_suffix(".lock")):
        process = started(MAKER)
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        assert "made" not in process.communicate(timeout=20)[0]


def test_a_cache_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BURNISH_CACHE", str(tmp_path / "file" / "cache"))
    cache._root.cache_clear()
    folder = cache.entry("kind", KEY, write)
    assert cache.is_sound(folder) and not folder.is_relative_to(tmp_path)
    assert "cannot be written" in caplog.text and caplog.text.count("nothing is cached") == 1
    cache.entry("kind", KEY, never)
    shutil.rmtree(cache._root())


def test_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BURNISH_CACHE")
    for variable, expected in (("XDG_CACHE_HOME", ""), ("HOME", ".cache")):
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setenv(variable, str(tmp_path / variable))
        cache._root.cache_clear()
        assert cache._root() == tmp_path / variable / expected / "burnish"


def test_a_full_disk_is_told(own: Path) -> None:
    def fill(folder: Path) -> None:
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
        try:
            (folder / "whole").write_bytes(b"x" * 5000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    with pytest.raises(DataError, match=r"cannot be written: .*Make room.*BURNISH_CACHE"):
        cache.entry("kind", KEY, fill)
    assert [path.suffix for path in (own / "kind").iterdir()] == [".lock"], "no space stays taken"


def test_a_file_that_vanishes_is_told(own: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone.jsonl cannot be read: No such file or directory\.$"):
        cache.entry("kind", KEY, lambda _: (tmp_path / "gone.jsonl").read_bytes())


# What decides a key.


def keys(template: Template, rows: Path, **options: Any) -> str:
    reading = survey(open_table(rows), "train")
    encoder = Encoder(template, **options)
    return cache.key_of(reading.table.key(), reading_key(reading), encoder_key(encoder))


def test_everything_that_decides_ids_decides_the_key(folder: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"query": "q", "response": "a"}\n')
    template = Template.own(Tokenizer.load(folder))
    found = {
        "as it is": keys(template, rows),
        "max_length": keys(template, rows, max_length=10),
        "truncation": keys(template, rows, max_length=10, truncation="truncation_left"),
        "view": keys(template, rows, view="label"),
        "weights": keys(template, rows, scale=LossScale(query=(("a", 2.0),))),
        "other weights": keys(template, rows, scale=LossScale(query=(("a", 3.0),))),
    }
    assert keys(Template.own(Tokenizer.load(folder)), rows) == found["as it is"]
    jinja = folder / "chat_template.jinja"
    jinja.write_text(jinja.read_text() + " ")
    found["template"] = keys(Template.own(Tokenizer.load(folder)), rows)
    config = folder / "tokenizer.json"
    config.write_text(config.read_text() + " ")
    found["tokenizer"] = keys(Template.own(Tokenizer.load(folder)), rows)
    rows.write_text('{"query": "q", "response": "b"}\n')
    found["rows"] = keys(Template.own(Tokenizer.load(folder)), rows)
    assert len(set(found.values())) == len(found), found


def test_the_name_of_a_file_does_not_matter(template: Template, tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text('{"query": "q", "response": "a"}\n')
    assert keys(template, tmp_path / "a.jsonl") == keys(template, tmp_path / "b.jsonl")


KEYED = """
import sys
from pathlib import Path
from tests.data.test_cache import keys
from burnish.data.template import Template
from burnish.data.tokenizer import Tokenizer

print(keys(Template.own(Tokenizer.load(sys.argv[1])), Path(sys.argv[2])))
"""


def test_other_processes_find_the_same_key(folder: Path, tmp_path: Path) -> None:
    """Where sets are iterated and where objects lie differs by process."""
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"messages": [{"role": "user", "content": "q"}, '
                    '{"role": "assistant", "content": "a"}], "tools": null}\n')  # fmt: skip
    found = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", KEYED, str(folder), str(rows)],
            env={**os.environ, "PYTHONHASHSEED": seed,
                 "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])},
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        found.add(done.stdout)
    assert len(found) == 1 and json.dumps(found.pop().strip())
