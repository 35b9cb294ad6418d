"""The command line as a person meets it: messages, exit codes, streams."""

import os
import subprocess
import sys

import pytest

from burnish.cli import run

THREE = """\
error: 3 problems with the command line
  --lora_rnak 4            is not a flag of burnish sft
                           hint: did you mean --lora_rank?
  --model_typ demo         is not a flag of burnish sft
                           hint: did you mean --model_type?
  --learning_rate abc      must be a number
"""


def burnish(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "burnish", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **env},
    )


def test_three_problems_at_once() -> None:
    done = burnish("sft", "--lora_rnak", "4", "--learning_rate", "abc", "--model_typ", "demo")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", THREE)


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        [],
        ["--help"],
        ["-h"],
        ["--version"],
        ["sft", "--help"],
        ["sft", "--help", "lora"],
    ):
        assert run(words) == 0
    out = capsys.readouterr()
    assert "merge-lora" in out.out and "burnish 0." in out.out and out.err == ""


@pytest.mark.parametrize("words", [["merge_lora"], ["MERGE-LORA"], ["merge-lora"]])
def test_commands_in_either_spelling(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    assert "which adapter" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sftt"], "did you mean sft?"),
        (["rlhf"], "burnish rlhf is not available yet"),
        (["dpo", "--beta", "0.2"], "burnish rlhf is not available yet"),
        (["deploy", "--port", "x"], "must be a whole number"),
        (["eval"], "burnish eval is not available yet"),
        (["infer", "--lora_rank", "4"], "is no flag of burnish infer, but of sft, pt, rlhf"),
        (["sft", "--help", "lora_rnk"], "did you mean lora_rank?"),
        (["sft", "no-such.json"], "no such file"),
        (["list"], "say what to list"),
        (["sft"], "which model?"),
    ],
)
def test_usage_errors(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    err = capsys.readouterr().err
    assert says in err and err.startswith("error: ") and "Traceback" not in err


def test_lists(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "tuners"]) == 0
    assert {"lora", "full"} <= set(capsys.readouterr().out.split())


def test_debug_shows_the_traceback() -> None:
    assert "Traceback" not in burnish("sftt").stderr
    assert "Traceback" in burnish("sftt", BURNISH_DEBUG="1").stderr


def test_an_unexpected_fault_is_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(argv: list[str]) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("burnish.cli._dispatch", broken)
    assert run(["sft"]) == 1
    err = capsys.readouterr().err
    assert "RuntimeError: boom" in err and "BURNISH_DEBUG=1" in err


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(argv: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("burnish.cli._dispatch", stopped)
    assert run(["sft"]) == 130


def test_bad_launch_variable_is_a_usage_error() -> None:
    done = burnish("sft", "--model_id_or_path", "x", "--dataset", "a", NPROC_PER_NODE="two")
    assert done.returncode == 2 and "NPROC_PER_NODE is 'two'" in done.stderr
