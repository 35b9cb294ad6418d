"""Ranks say the same thing once, and keep quiet about a rank that has gone."""

import os
import subprocess
import sys

import pytest

from burnish.core import once


@pytest.fixture
def rank(tmp_path, monkeypatch):
    """This process as the first of two ranks."""
    (tmp_path / "0").mkdir()
    monkeypatch.setenv(once.FOLDER_OF, str(tmp_path / "0" / "error.json"))
    monkeypatch.setattr(once, "SECONDS", 0.0)


def test_one_process_always_speaks(monkeypatch):
    monkeypatch.delenv(once.FOLDER_OF, raising=False)
    assert once.is_first_to_say("a", waits=True) and once.is_first_to_say("a", waits=False)


def test_the_same_words_once(rank):
    assert once.is_first_to_say("a", waits=False)
    assert not once.is_first_to_say("a", waits=False)
    assert once.is_first_to_say("b", waits=False), "another fault is another message"
    assert not once.is_first_to_say("c", waits=True), "it follows from what was said"


def test_an_unforeseen_fault_is_said_where_nobody_has_gone(rank):
    assert once.is_first_to_say("c", waits=True)


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="counts processes in /proc")
@pytest.mark.parametrize(("ranks", "lost"), [("1", False), ("2", True)])
def test_a_rank_that_has_gone_is_seen(ranks, lost):
    code = "from burnish.core.once import has_lost_a_rank as h; print(h())"
    env = os.environ | {"LOCAL_WORLD_SIZE": ranks}
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    said = subprocess.run(
        [sys.executable, "-c", parent], env=env, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == str(lost)
