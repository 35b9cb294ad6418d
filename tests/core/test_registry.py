"""The folder is the registry; files of a person's own add to it."""

import subprocess
import sys
from pathlib import Path

import pytest

from burnish.core.errors import UsageError
from burnish.core.registry import TUNERS, Registry, load_file, nearest


def test_names_are_files_that_hold_the_constant_and_nothing_is_imported() -> None:
    code = (
        "import sys; from burnish.core.registry import TUNERS; print(' '.join(TUNERS.names()));"
        "print('burnish.tuners.lora' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names, imported = done.stdout.splitlines()
    assert {"lora", "full"} <= set(names.split()) and "targets" not in names.split()
    assert imported == "False"


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'lora'"):
        TUNERS.find("lorra")


def test_a_name_is_taken_once() -> None:
    registry = Registry("thing", "burnish.no_such_package", "THING")
    registry.add("a", 1)
    with pytest.raises(UsageError, match="already a thing called 'a'"):
        registry.add("a", 2)
    registry.add("a", 3, replaces=True)
    assert registry.find("a") == 3 and registry.names() == ["a"]


def test_literals_are_keyed_by_their_name() -> None:
    templates = Registry("template", "burnish.catalog.templates", "TEMPLATES", key=lambda t: t.name)
    assert templates.find("chatml").name == "chatml"


def test_a_file_of_ones_own_adds_its_constants(tmp_path: Path) -> None:
    path = tmp_path / "my_own_tuner.py"
    path.write_text("TUNER = 'mine'\n")
    assert load_file(path) is load_file(path)
    assert TUNERS.find("my_own_tuner") == "mine"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("x = 1\n", "none of the constants"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("def", "SyntaxError"),
    ],
)
def test_a_file_that_adds_nothing_is_refused(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / f"bad_{says[:4].strip()}.py"
    path.write_text(content)
    with pytest.raises(UsageError, match=says):
        load_file(path)


def test_nearest_prefers_what_was_begun() -> None:
    names = ["lora_rank", "lora_lr_ratio", "model_type"]
    assert nearest("lora_lr", names) == "lora_lr_ratio"
    assert nearest("lora-rnak", names) == "lora_rank"
    assert nearest("qqqq", names) is None
