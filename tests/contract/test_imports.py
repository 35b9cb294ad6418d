"""What help and a bare import may load: nothing heavy."""

import subprocess
import sys

import pytest

from burnish.commands.base import COMMANDS

HEAVY = (
    "torch",
    "transformers",
    "datasets",
    "accelerate",
    "peft",
    "gradio",
    "numpy",
    "jinja2",
    "yaml",
)
SHOW = f"import sys; print(sorted(set({HEAVY}) & set(sys.modules)))"


def loaded(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{SHOW}"], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("topic", ["", "all"])
def test_help_of_every_command_stays_light(topic: str) -> None:
    lines = [["--help"], *([name, "--help", *([topic] if topic else [])] for name in COMMANDS)]
    runs = "; ".join(f"assert run({line!r}) == 0" for line in lines)
    assert loaded(f"from burnish.cli import run; {runs}") == "[]"


def test_importing_burnish_stays_light_and_changes_nothing() -> None:
    code = (
        "import os, logging, warnings; before = (dict(os.environ), list(logging.root.handlers),"
        " list(warnings.filters)); import burnish; burnish.sft; after = (dict(os.environ),"
        " list(logging.root.handlers), list(warnings.filters)); assert before == after"
    )
    assert loaded(code) == "[]"


def test_a_misspelled_flag_ends_before_anything_heavy() -> None:
    code = "from burnish.cli import run; assert run(['sft', '--lora_rnak', '4']) == 2"
    assert loaded(code) == "[]"


@pytest.mark.parametrize("number", [120])
def test_the_number_of_our_modules_stays_small(number: int) -> None:
    code = (
        "import sys; from burnish.cli import run; run(['sft', '--help']);"
        "print(sum(name.startswith('burnish') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout.splitlines()[-1]) <= number
