"""Ctrl-C in the midst of an import ends the process with one word; elsewhere it is an exception."""

import subprocess
import sys
from pathlib import Path

import pytest

LISTENER = """
import sys
sys.path.insert(0, {folder!r})
from burnish.core.ctrl_c import start_listening
start_listening()
try:
    {what}
except BaseException as error:
    print("caught", type(error).__name__)
"""
PRESS = "import os, signal; os.kill(os.getpid(), signal.SIGINT)\n"


def run(folder: Path, what: str, **env: str) -> subprocess.CompletedProcess[str]:
    code = LISTENER.format(folder=str(folder), what=what)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_in_an_import(tmp_path):
    """A library that takes an interrupt for a missing part of itself cannot do so."""
    (tmp_path / "inner.py").write_text(PRESS)
    (tmp_path / "outer.py").write_text("try:\n import inner\nexcept BaseException:\n inner = None")
    done = run(tmp_path, "import outer")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_elsewhere(tmp_path):
    done = run(tmp_path, PRESS.strip())
    assert (done.returncode, done.stdout, done.stderr) == (0, "caught KeyboardInterrupt\n", "")


@pytest.mark.parametrize("module", ["burnish.core.registry", "torch"])
def test_while_burnish_starts(module, tmp_path):
    """The real command line, interrupted when it comes to import `module`."""
    hook = f"""
import importlib.abc, os, runpy, signal, sys
class Press(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Press())
sys.argv = ["burnish", "infer", "--model_type", "demo", "--val_dataset", "x.jsonl"]
runpy.run_module("burnish", run_name="__main__")
"""
    (tmp_path / "x.jsonl").write_text('{"query": "a"}')
    done = subprocess.run(
        [sys.executable, "-c", hook], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 130 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == "interrupted"
