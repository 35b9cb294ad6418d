"""The process of a command that was called from Python elsewhere."""

import json
import subprocess
import sys
from pathlib import Path

from burnish import apart


def test_an_error_is_left_as_json(tmp_path: Path) -> None:
    flags = {"model_type": "demo", "dataset": ["rows.jsonl"], "tuner_backend": "unsloth"}
    (tmp_path / "flags.json").write_text(json.dumps(flags))
    command = [sys.executable, "-m", "burnish.apart", "sft", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    said = json.loads((tmp_path / "answer.json").read_text())
    assert done.returncode == 2 and said["error"] == "UsageError"
    assert "needs the package unsloth" in said["text"]


def test_starting_it_imports_nothing_that_unsloth_changes() -> None:
    code = "import sys, burnish.apart; print(*{'transformers', 'peft', 'trl'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_fault_of_ours_says_so(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def fails(*given: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(apart, "resolve", fails)
    monkeypatch.setattr(apart, "own_the_process", lambda: None)
    monkeypatch.setattr(apart, "start_logging", lambda: None)
    code, said = apart.run("sft", {})
    assert code == 1 and "out of order" in said["text"]
